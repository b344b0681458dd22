"""Signing in at the directory's own pages, in a real browser."""

from __future__ import annotations

from tests.browser.cast import Cast
from tests.browser.conftest import Meet
from tests.browser.directory_site import give_password, sign_in


async def test_with_an_app(meet: Meet, cast: Cast) -> None:
    """Password and code lead to the profile."""
    one = await meet(cast.subject())
    await sign_in(one)
    assert await one.heading() == "Your profile"


async def test_with_a_passkey(meet: Meet, cast: Cast) -> None:
    """Password and passkey lead to the profile."""
    cleo = await meet(cast["cleo"])
    await sign_in(cleo)
    assert await cleo.heading() == "Your profile"


async def test_a_passkey_that_says_no(meet: Meet, cast: Cast) -> None:
    """Who does not touch the authenticator is told so, is not signed in, and may try again."""
    dev = await meet(cast["dev"])
    await give_password(dev)
    assert dev.authenticator
    await dev.authenticator.user_refuses()
    await dev.button("Use passkey or security key").click()
    await dev.page.locator("[data-passkey-failed]").wait_for(state="visible")
    assert await dev.button("Use passkey or security key").is_enabled()
    await dev.open(f"{dev.product.directory_url}/profile")
    assert await dev.heading() == "Sign in"
