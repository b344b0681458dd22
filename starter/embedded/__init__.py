"""PostgreSQL and Temporal as servers of this process alone, for one machine; imports only `postgres` of ours."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

from starter.embedded.errors import EmbeddedServerDied, EmbeddedServerOff
from starter.embedded.folder import own, prepare_data_folder
from starter.embedded.postgres import PostgresSettings, start_postgres
from starter.embedded.temporal import TemporalSettings, start_temporal

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from pathlib import Path

    from starter.embedded.postgres import RunningPostgres
    from starter.embedded.temporal import RunningTemporal

__all__ = ["EmbeddedServers", "PostgresSettings", "TemporalSettings", "embedded", "prepare_data_folder"]

_POSTGRES = PostgresSettings()
_TEMPORAL = TemporalSettings()


class EmbeddedServers:
    """The servers that run for us; asking for one that was switched off raises `EmbeddedServerOff`."""

    def __init__(self, *, postgres: RunningPostgres | None, temporal: RunningTemporal | None) -> None:
        self._postgres = postgres
        self._temporal = temporal

    @property
    def database_url(self) -> str:
        """The owner's URL of our database, password included: pass it by environment, never as an argument."""
        if self._postgres is None:
            raise EmbeddedServerOff("postgres")
        return self._postgres.url

    @property
    def temporal_address(self) -> str:
        """Host and port for clients and workers."""
        return self._running_temporal.address

    @property
    def temporal_ui_url(self) -> str:
        """The address of Temporal's own web pages."""
        return self._running_temporal.ui_url

    @property
    def ports(self) -> Mapping[str, int]:
        """The TCP ports of 127.0.0.1 in use, by purpose; PostgreSQL needs none."""
        return {} if self._temporal is None else dict(self._temporal.ports)

    async def watch(self) -> None:
        """Wait for as long as all is well; raises `EmbeddedServerDied` naming the server and its log."""
        children = [one.child for one in (self._postgres, self._temporal) if one]
        if not children:
            await asyncio.Event().wait()
        waiting = {asyncio.ensure_future(child.wait()): child for child in children}
        try:
            done, _ = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            first = waiting[done.pop()]
            raise EmbeddedServerDied(f"{first.name}, {first.log}")
        finally:
            for one in waiting:
                one.cancel()

    @property
    def _running_temporal(self) -> RunningTemporal:
        if self._temporal is None:
            raise EmbeddedServerOff("temporal")
        return self._temporal


@asynccontextmanager
async def embedded(
    data_folder: Path,
    *,
    postgres: PostgresSettings | None = _POSTGRES,
    temporal: TemporalSettings | None = _TEMPORAL,
) -> AsyncIterator[EmbeddedServers]:
    """Run the servers that are not None on the data folder for as long as the block lasts.

    Leaving the block stops them, also when it is cancelled or fails. With both None the folder is not touched.
    Raises the errors of `starter.embedded.errors`.
    """
    if not postgres and not temporal:
        yield EmbeddedServers(postgres=None, temporal=None)
        return
    async with AsyncExitStack() as running:
        database: RunningPostgres | None = None
        engine: RunningTemporal | None = None
        folder = await own(data_folder)
        running.callback(folder.release)
        if postgres:
            database = await start_postgres(folder, postgres)
            running.push_async_callback(database.stop)
        if temporal:
            engine = await start_temporal(folder, temporal)
            running.push_async_callback(engine.stop)
        yield EmbeddedServers(postgres=database, temporal=engine)
