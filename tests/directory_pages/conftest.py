"""The directory's own tenant, people and database, and browsers that know it by its pages only."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from typing import TypeAlias

import pytest_asyncio

from directory.app import create_app
from tests.directory.conftest import app_pool, directory_database, owner, world
from tests.directory.world import World
from tests.directory_pages.browser import Browser
from tests.support.known_sentences import only_known_sentences

__all__ = ["app_pool", "directory_database", "only_known_sentences", "owner", "world"]

OpenBrowser: TypeAlias = Callable[[], Browser]


@pytest_asyncio.fixture(loop_scope="session")
async def open_browser(world: World) -> AsyncIterator[OpenBrowser]:
    """Opens browsers with no cookies in common, on one application."""
    app = create_app(world.services)
    async with AsyncExitStack() as opened:

        def browser() -> Browser:
            one = Browser(app, tenant=world.slug)
            opened.push_async_callback(one.close)
            return one

        yield browser


@pytest_asyncio.fixture(loop_scope="session")
async def browser(open_browser: OpenBrowser) -> Browser:
    """The subject's browser."""
    return open_browser()
