"""The console as staff use it: signing in."""

from __future__ import annotations

from tests.browser.someone import APP_CODE, Someone


async def sign_in(one: Someone, *, path: str = "/console") -> None:
    """Open a page of the console, sign in on the way to it, and begin to count presses there."""
    await one.open(f"{one.product.web_url}{path}")
    await one.field("Organisation").fill("acme")
    await one.field("Login").fill(one.person.login)
    await one.field("Password").fill(one.person.password)
    await one.press("Continue")
    if one.person.passkey:
        await one.press("Use passkey or security key")
    else:
        await one.field(APP_CODE).fill(await one.code())
        await one.press("Sign in")
    one.presses.start_over()
