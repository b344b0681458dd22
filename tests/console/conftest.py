"""A world, the console over it, and desks for the people who work in it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TypeAlias

import pytest_asyncio
from fastapi import FastAPI

from tests.console.support import Desk, console_app
from tests.recovery.conftest import make_world, prepared, w
from tests.support.known_sentences import only_known_sentences
from tests.support.world import World

__all__ = ["make_world", "only_known_sentences", "prepared", "w"]

At: TypeAlias = Callable[[str], Awaitable[Desk]]


@pytest_asyncio.fixture(loop_scope="session")
async def console(w: World, tmp_path: Path) -> FastAPI:
    """The application that browsers see."""
    return console_app(w, tmp_path)


@pytest_asyncio.fixture(loop_scope="session")
async def at(w: World, console: FastAPI) -> AsyncIterator[At]:
    """Desks of their own for people of the cast, by key, at which they are signed in already."""
    async with AsyncExitStack() as opened:

        async def sit_down(key: str) -> Desk:
            desk = Desk(console, w, key)
            opened.push_async_callback(desk.close)
            return await desk.sit_down()

        yield sit_down


@pytest_asyncio.fixture(loop_scope="session")
async def stranger(w: World, console: FastAPI) -> AsyncIterator[Desk]:
    """A browser in which nobody is signed in."""
    desk = Desk(console, w, "ada")
    try:
        yield desk
    finally:
        await desk.close()
