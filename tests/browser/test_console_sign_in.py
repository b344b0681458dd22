"""Signing in to the console and out of it."""

from __future__ import annotations

from tests.browser.cast import Cast
from tests.browser.conftest import Meet
from tests.browser.console_site import sign_in


async def test_by_app_and_by_passkey(meet: Meet, cast: Cast) -> None:
    """R27: both kinds of staff get in; the passkey is asked at the console's origin and belongs to the directory."""
    for person in (cast.agent(), cast["cleo"]):
        one = await meet(person)
        await sign_in(one)
        assert await one.button("Sign out").is_visible()
        await one.press("Sign out")
        assert await one.heading() == "Sign in to the console"


async def test_the_session_is_new_and_dies(meet: Meet, cast: Cast) -> None:
    """B22: a stolen cookie is worthless after the sign-out."""
    dev = await meet(cast["dev"])
    await sign_in(dev)
    stolen = await dev.context.cookies()
    await dev.press("Sign out")
    await dev.context.add_cookies(stolen)
    await dev.open(f"{dev.product.web_url}/console")
    assert await dev.heading() == "Sign in to the console"
