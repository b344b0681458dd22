"""Running the relay: three loops that survive every fault of the parts they connect."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import structlog

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

    from starter.relay.follower import Follower
    from starter.relay.outbox import Outbox
    from starter.relay.sweep import Sweep

_LOG = structlog.get_logger(__name__)


class Relay:
    """Outbox every second, sweep every half minute, provider at each notification and every five seconds."""

    def __init__(
        self,
        outbox: Outbox,
        sweep: Sweep,
        follower: Follower,
        *,
        notifications: Callable[[], AsyncIterator[str]],
        housekeeping: Callable[[], Awaitable[object]],
        nightly: Callable[[], Awaitable[object]],
        notices: Sequence[Callable[[], Awaitable[object]]] = (),
        policies: Callable[[], Awaitable[object]],
        campaigns: Callable[[], Awaitable[object]] | None = None,
    ) -> None:
        self._outbox = outbox
        self._sweep = sweep
        self._follower = follower
        self._notifications = notifications
        self._housekeeping = housekeeping
        self._nightly = nightly
        self._notices = notices
        self._policies = policies
        self._campaigns = campaigns

    async def run(self) -> None:
        """Run until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(_every(1.0, self._outbox.deliver_waiting))
            group.create_task(_every(30.0, self._sweep.sweep))
            group.create_task(_every(5.0, self._drain))
            group.create_task(_every(3600.0, self._housekeeping))
            group.create_task(_every(60.0, self._nightly))
            group.create_task(_every(60.0, self._policies))
            for work in self._notices:
                group.create_task(_every(2.0, work))
            if self._campaigns is not None:
                group.create_task(_every(1.0, self._campaigns))
            group.create_task(self._listen())

    async def _drain(self) -> int:
        taken = 0
        while count := await self._follower.follow():
            taken += count
        return taken

    async def _listen(self) -> None:
        while True:
            try:
                async for _ in self._notifications():
                    await self._drain()
            except Exception:  # noqa: BLE001 - whatever is wrong with the feed, it must be followed again
                _LOG.exception("follower_failed")
            await asyncio.sleep(1)


async def _every(seconds: float, work: Callable[[], Awaitable[object]]) -> None:
    while True:
        try:
            await work()
        except Exception:  # noqa: BLE001 - the last resort of every case must outlive whatever is wrong just now
            _LOG.exception("relay_loop_failed")
        await asyncio.sleep(seconds)
