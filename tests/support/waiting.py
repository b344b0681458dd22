"""Waiting for something of which nobody tells: asked again and again, until it is so or a generous deadline has passed.

The only place of the tests that sleeps. The deadline decides nothing but that a test has failed.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

PATIENCE_SECONDS = 40.0
PAUSE_SECONDS = 0.02
_Found = TypeVar("_Found")


async def until(
    there: Callable[[], Awaitable[_Found]],
    *,
    nudge: Callable[[], Awaitable[object]] | None = None,
    patience: float = PATIENCE_SECONDS,
    every: float = PAUSE_SECONDS,
) -> _Found:
    """What `there` answers, once it is true or something; `nudge` does in between what the relay would.

    A look that costs the product something is made less often. Raises `TimeoutError` after so many seconds.
    """
    async with asyncio.timeout(patience):
        while not (found := await there()):
            if nudge is not None:
                await nudge()
            await asyncio.sleep(every)
    return found


def until_now(there: Callable[[], bool], *, patience: float = PATIENCE_SECONDS) -> None:
    """The same where no loop runs. Raises `TimeoutError` after about so many seconds."""
    for _ in range(int(patience / PAUSE_SECONDS)):
        if there():
            return
        time.sleep(PAUSE_SECONDS)
    raise TimeoutError


async def pause() -> None:
    """Leave the others a moment, between two looks."""
    await asyncio.sleep(PAUSE_SECONDS)
