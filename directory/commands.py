"""Admin commands: each id takes effect once, and repeating it returns the first result (R33, B01)."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import asyncpg

from directory import accounts
from directory.database import SQL, Connection
from directory.errors import CommandReused

Effect = Callable[[Connection, asyncpg.Record], Awaitable[dict[str, Any]]]


async def once(
    pool: asyncpg.Pool, account_id: UUID, command: UUID, *, kind: str, arguments: dict[str, Any], effect: Effect
) -> dict[str, Any]:
    """Run `effect` under the account's lock and record its result with it, or return the recorded result.

    A refusal leaves no record, so the same id may be tried again. Raises `CommandReused` when the id
    was used for another account, kind or arguments.
    """
    wanted = json.dumps(arguments, sort_keys=True, default=str)
    async with pool.acquire() as connection, connection.transaction():
        account = await accounts.lock(connection, account_id)
        first = await connection.fetchrow(SQL["command"], command)
        if first is None:
            result = await effect(connection, account)
            try:
                await connection.execute(SQL["record_command"], command, account_id, kind, wanted, result)
            except asyncpg.UniqueViolationError as error:
                raise CommandReused from error
            return result
        if (first["account_id"], first["kind"], first["arguments"]) != (account_id, kind, wanted):
            raise CommandReused
        recorded: dict[str, Any] = first["result"]
        return recorded
