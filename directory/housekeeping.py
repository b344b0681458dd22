"""Forgetting what has expired, so that guessing at the door cannot fill the disk; call it about once an hour."""

from __future__ import annotations

import asyncpg

from directory.database import SQL

_STATEMENTS = (
    "purge_transactions",
    "purge_throttles",
    "purge_presences",
    "purge_pending_apps",
    "purge_pending_keys",
    "purge_first_enrolments",
)


async def purge(pool: asyncpg.Pool) -> None:
    """Delete expired transactions and first enrolments, brakes without recent tries, old presences, pending factors.

    Failures in a row at the second factor are kept: their limit has no time.
    """
    for name in _STATEMENTS:
        await pool.execute(SQL[name])
