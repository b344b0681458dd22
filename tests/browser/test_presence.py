"""The page on which the subject's browser waits and shows its code (R36)."""

from __future__ import annotations

import re

from tests.browser.cast import Cast
from tests.browser.conftest import Meet
from tests.browser.directory_site import code_shown, show_code

# The alphabet of the codes has 32 letters: eight of them are 40 bits.
_CODE = re.compile(r"[0-9A-HJKMNP-TV-Z-]{8,}")


async def test_the_code_stays_until_it_is_renewed(meet: Meet, cast: Cast) -> None:
    """R36: at least 40 bits, the same after a reload, another after “Show a new code”."""
    one = await meet(cast.subject())
    first = await show_code(one)
    assert _CODE.fullmatch(first)
    assert len(first.replace("-", "")) >= 8
    await one.page.reload()
    assert await code_shown(one) == first
    await one.press("Show a new code")
    assert await code_shown(one) != first


async def test_no_other_browser_shows_it(meet: Meet, cast: Cast) -> None:
    """R36: each browser that waits for the same account has a code of its own."""
    one = await meet(cast.subject())
    other = await meet(one.person)
    assert await show_code(one) != await show_code(other)


async def test_stop_waiting(meet: Meet, cast: Cast) -> None:
    """R36: who did not ask for this stops waiting, and the back button shows no code to read out."""
    one = await meet(cast.subject())
    await show_code(one)
    await one.press("Stop waiting")
    assert await one.heading() == "This browser has stopped waiting"
    await one.page.go_back()
    assert await one.page.locator(".code").count() == 0
