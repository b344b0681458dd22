"""The directory's own pages as a person uses them: signing in, waiting with a code, enrolling, saving codes."""

from __future__ import annotations

import re

import pyotp
from playwright.async_api import expect

from tests.browser.console_site import Look, unseen
from tests.browser.someone import APP_CODE, Someone

_CODE = re.compile(r"[0-9A-Z]{2,}")


async def give_password(one: Someone, *, path: str = "/sign-in") -> None:
    """The first page of a sign-in."""
    await one.open(f"{one.product.directory_url}{path}")
    await fill_sign_in(one)
    await one.press("Continue")


async def fill_sign_in(one: Someone) -> None:
    """Organisation, login, password."""
    await one.field("Organisation").fill("acme")
    await one.field("Login").fill(one.person.login)
    await one.field("Password").fill(one.person.password)


async def sign_in(one: Someone, *, path: str = "/sign-in") -> None:
    """Password, then the passkey if this person holds one, else the app's code."""
    await give_password(one, path=path)
    if one.person.passkey:
        await one.press("Use passkey or security key")
    else:
        await one.field(APP_CODE).fill(await one.code())
        await one.press("Continue")


async def show_code(one: Someone) -> str:
    """Begin to wait, with the password; the code as it would be read out."""
    await one.open(f"{one.product.directory_url}/waiting")
    with_password = one.page.locator("form", has=one.page.get_by_label("Password", exact=True))
    await with_password.get_by_label("Organisation", exact=True).fill("acme")
    await with_password.get_by_label("Login", exact=True).fill(one.person.login)
    await with_password.get_by_label("Password", exact=True).fill(one.person.password)
    async with one.page.expect_navigation():
        await with_password.get_by_role("button").click()
    return await code_shown(one)


async def code_shown(one: Someone) -> str:
    """The presence code on the page."""
    groups = one.page.locator(".code > span:not(.visually-hidden)")
    await expect(groups.first).to_be_visible()
    return "-".join(await groups.all_inner_texts())


async def set_up_app(one: Someone) -> None:
    """From the choice of a factor: take the app, type its key by hand, confirm. The person has a new app then."""
    await one.press("Set up an app")
    secret = await one.page.locator(".secret").inner_text()
    one.person.totp, one.person.last_step = secret.replace(" ", ""), 0
    assert pyotp.TOTP(one.person.totp).now()
    await one.field(APP_CODE).fill(await one.code())
    await one.press("Confirm")


async def set_up_passkey(one: Someone) -> None:
    """From the choice of a factor: let this browser keep a passkey."""
    await one.press("Set up a passkey or security key")
    await one.press("Set up now")


async def save_codes(one: Someone) -> list[str]:
    """From the new factor to its end: look at the backup codes, say that they are saved, finish."""
    await one.press("Show my backup codes")
    codes: list[str] = await one.page.locator(".codes code").all_inner_texts()
    await one.field("I have saved the codes").check()
    await one.press("Finish")
    one.person.backup_codes = codes
    return codes


async def enrol_app(one: Someone, *, look: Look = unseen) -> list[str]:
    """From the page that says that this browser may enrol to the end, with an app; the backup codes."""
    await look(one)
    await one.press("Begin")
    await look(one)
    await set_up_app(one)
    await look(one)
    codes = await save_codes(one)
    assert await one.heading() == "Done"
    await look(one)
    return codes
