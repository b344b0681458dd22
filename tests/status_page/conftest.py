"""Worlds whose cases are looked at without an account, while no worker runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest_asyncio

from tests.recovery.conftest import MakeWorld, make_world, prepared
from tests.support.known_sentences import only_known_sentences

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.support.world import World

__all__ = ["make_world", "only_known_sentences", "prepared"]


@pytest_asyncio.fixture(loop_scope="session")
async def w(make_world: MakeWorld) -> AsyncIterator[World]:
    """B29: the page reads the store, so it needs no worker; and nothing but the test changes anything."""
    async with make_world(start_worker=False) as made:
        yield made
