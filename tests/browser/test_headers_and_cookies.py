"""What answers carry so that a page cannot be framed, kept, or made to run what is not ours (B22, B26)."""

from __future__ import annotations

from tests.browser import console_site
from tests.browser.cast import Cast
from tests.browser.conftest import Meet
from tests.browser.directory_site import show_code, sign_in
from tests.browser.someone import Someone


def _pages_are_strict(one: Someone) -> None:
    """Judge every page that this person saw."""
    pages = [answer.headers for answer in one.guard.answers if answer.request.resource_type == "document"]
    shown = [headers for headers in pages if headers.get("content-type", "").startswith("text/html")]
    assert len(shown) >= 3
    for headers in shown:
        policy = {part.split()[0]: part.split()[1:] for part in headers["content-security-policy"].split(";")}
        assert policy["default-src"] == ["'none'"]
        assert policy["frame-ancestors"] == ["'none'"]
        assert policy["base-uri"] == ["'none'"]
        assert policy["form-action"] == ["'self'"]
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["cache-control"] == "no-store"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cross-origin-opener-policy"] == "same-origin"


async def _cookies_are_closed(one: Someone) -> None:
    """No script reads a cookie of ours, and no foreign page makes the browser send one with a POST."""
    cookies = await one.context.cookies()
    assert cookies
    assert [cookie["name"] for cookie in cookies if not cookie["httpOnly"] or cookie["sameSite"] == "None"] == []
    assert await one.page.evaluate("() => document.cookie") == ""


async def test_the_directory(meet: Meet, cast: Cast) -> None:
    """B22: strict headers on every page, and cookies that no script can read."""
    one = await meet(cast.subject())
    await show_code(one)
    await sign_in(one)
    _pages_are_strict(one)
    await _cookies_are_closed(one)


async def test_the_console(meet: Meet, cast: Cast) -> None:
    """B22: the same for staff."""
    cleo = await meet(cast["cleo"])
    await console_site.sign_in(cleo)
    _pages_are_strict(cleo)
    await _cookies_are_closed(cleo)
