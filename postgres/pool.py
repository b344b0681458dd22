"""Opening connections the same way everywhere; imports nothing of ours but `postgres`."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

import asyncpg

from postgres.errors import DatabaseUnreachable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

CONNECT_TIMEOUT_SECONDS = 10.0
_UNREACHABLE = (OSError, asyncio.TimeoutError, asyncpg.CannotConnectNowError, asyncpg.TooManyConnectionsError)


async def open_pool(url: str, *, application: str, size: int = 10) -> asyncpg.Pool:
    """Open a pool whose sessions speak UTC, wait at most 10 s for a lock and 30 s for a statement.

    `jsonb` values are Python objects on both sides. Raises `DatabaseUnreachable` when no server answers.
    """
    try:
        return await asyncpg.create_pool(
            url,
            min_size=1,
            max_size=size,
            timeout=CONNECT_TIMEOUT_SECONDS,
            command_timeout=60,
            init=_prepare,
            server_settings=_session_settings(application),
        )
    except _UNREACHABLE as error:
        raise DatabaseUnreachable from error


async def connect(url: str, *, application: str) -> asyncpg.Connection:
    """Open one connection with the settings of `open_pool`; raises `DatabaseUnreachable`."""
    try:
        connection = await asyncpg.connect(
            url, timeout=CONNECT_TIMEOUT_SECONDS, server_settings=_session_settings(application)
        )
    except _UNREACHABLE as error:
        raise DatabaseUnreachable from error
    await _prepare(connection)
    return connection


async def notifications(url: str, channel: str, *, application: str) -> AsyncIterator[str]:
    """Yield the payload of each NOTIFY on `channel`, and an empty string whenever some may have been missed.

    An empty string comes at the start and after every lost connection: the reader then looks for itself.
    Reconnects for ever, one second after each failure.
    """
    while True:
        arrived: asyncio.Queue[str | None] = asyncio.Queue()
        try:
            connection = await connect(url, application=application)
        except DatabaseUnreachable:
            await asyncio.sleep(1)
            continue
        try:
            connection.add_termination_listener(lambda _connection, queue=arrived: queue.put_nowait(None))
            await connection.add_listener(channel, lambda *args, queue=arrived: queue.put_nowait(str(args[3])))
            yield ""
            while (payload := await arrived.get()) is not None:
                yield payload
        finally:
            await connection.close(timeout=2) if not connection.is_closed() else None
        await asyncio.sleep(1)


def _session_settings(application: str) -> dict[str, str]:
    return {
        "application_name": application,
        "timezone": "UTC",
        "lock_timeout": "10s",
        "statement_timeout": "30s",
        "idle_in_transaction_session_timeout": "60s",
    }


async def _prepare(connection: asyncpg.Connection) -> None:
    await connection.set_type_codec("jsonb", encoder=json.dumps, decoder=json.loads, schema="pg_catalog")
