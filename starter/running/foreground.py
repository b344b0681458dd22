"""Running something until it is told to stop: the first signal stops it cleanly, the second at once."""

from __future__ import annotations

import asyncio
import os
import signal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

STOPPING_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
FORCED = 130
"""The exit status that shells give to what Ctrl-C ended."""


async def until_stopped(
    work: Awaitable[None],
    *,
    stopping: Callable[[], None] = lambda: None,
    force: Callable[[], None] = lambda: None,
) -> bool:
    """Run `work` until it ends by itself (False) or a signal has stopped it cleanly (True).

    `stopping` is called at the first signal. At the second `force` is called and this process ends without waiting.
    """
    loop = asyncio.get_running_loop()
    task = asyncio.ensure_future(work)
    heard: list[signal.Signals] = []

    def hear(number: signal.Signals) -> None:
        heard.append(number)
        if len(heard) == 1:
            task.cancel()
            stopping()
        else:
            force()
            os._exit(FORCED)

    for number in STOPPING_SIGNALS:
        loop.add_signal_handler(number, hear, number)
    try:
        await task
    except asyncio.CancelledError:
        if not heard:
            raise
        return True
    finally:
        for number in STOPPING_SIGNALS:
            loop.remove_signal_handler(number)
    return bool(heard)
