"""Brakes against guessing: an attempt is counted and committed before anything is checked (R27, B14)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import asyncpg

from directory.codes import throttle_key
from directory.database import SQL, Connection

_NO_LIMIT = 2_000_000_000


@dataclass(frozen=True)
class Brake:
    """At most `limit` attempts within `window`, and at most `in_a_row` without a success between."""

    purpose: str
    limit: int
    window: timedelta = timedelta(minutes=10)
    in_a_row: int = _NO_LIMIT


PASSWORD = Brake("password", limit=10)
# NIST SP 800-63B-4 §3.2.2: no more than 100 failures in a row; a new enrolment starts afresh.
SECOND_FACTOR = Brake("second_factor", limit=5, in_a_row=100)
PRESENCE_BEGUN = Brake("presence_begun", limit=30)
PRESENCE_CODE = Brake("presence_code", limit=5)
ENROLMENT_CODE = Brake("enrolment_code", limit=20)


class Throttles:
    """Counts attempts by a keyed digest of their subject, so that the table names no person."""

    def __init__(self, pool: asyncpg.Pool, *, code_key: bytes) -> None:
        self._pool = pool
        self._code_key = code_key

    async def admit(self, brake: Brake, *, tenant_id: UUID, subject: str) -> bool:
        """Count one attempt, in a transaction of its own; False, and nothing may be checked, past the limit."""
        admitted = await self._pool.fetchval(
            SQL["admit_attempt"],
            tenant_id,
            self._key(brake, subject),
            brake.limit,
            brake.window,
            brake.in_a_row,
        )
        return bool(admitted)

    async def clear(self, connection: Connection, brake: Brake, *, tenant_id: UUID, subject: str) -> None:
        """Forget the attempts, after a success and in its transaction."""
        await connection.execute(SQL["clear_attempts"], tenant_id, self._key(brake, subject))

    def _key(self, brake: Brake, subject: str) -> str:
        return throttle_key(brake.purpose, subject, key=self._code_key)
