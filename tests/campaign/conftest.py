"""Worlds as in tests/recovery, and one with a fake provider of many people."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest_asyncio

from tests.campaign.support import FakeRollout, Hall
from tests.recovery.conftest import MakeWorld, make_world, prepared, w

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

__all__ = ["make_world", "prepared", "w"]


@pytest_asyncio.fixture(loop_scope="session")
async def hall(make_world: MakeWorld) -> AsyncIterator[Hall]:
    """A tenant without a worker, over a fake provider: looks are taken one by one."""
    async with make_world(start_worker=False) as world:
        yield Hall(world, FakeRollout())
