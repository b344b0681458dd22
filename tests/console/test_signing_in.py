"""The console's own sign-in by its pages, and what a stranger sees who has not signed in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from starter.console.site import BASE

if TYPE_CHECKING:
    from tests.console.support import Desk


@pytest.mark.parametrize("key", ["ada", "bo"])
async def test_people_sign_in_with_the_factor_they_hold(stranger: Desk, key: str) -> None:
    """An app's code or a passkey; then the page that was wanted."""
    stranger.key = key
    page = await stranger.sign_in(f"{BASE}/people")
    assert (page.status, page.path) == (200, f"{BASE}/people")


async def test_a_stranger_is_led_to_the_sign_in(stranger: Desk) -> None:
    """Every page asks for a sign-in first, also one that does not exist."""
    for path in ("/people", "/cases", "/cases/R-0000-0000", "/nowhere"):
        page = await stranger.get(BASE + path)
        assert page.path == f"{BASE}/sign-in"
