"""Locking an account: every change of one holds its row, so nothing about it races."""

from __future__ import annotations

from uuid import UUID

import asyncpg

from directory.database import SQL, Connection
from directory.errors import AccountUnknown


async def lock(connection: Connection, account_id: UUID) -> asyncpg.Record:
    """The account's row, held until the transaction ends; raises `AccountUnknown`."""
    row = await connection.fetchrow(SQL["lock_account"], account_id)
    if row is None:
        raise AccountUnknown
    return row
