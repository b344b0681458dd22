"""Events: what happened to an account, written in the transaction that made it happen, kept for each consumer.

The data holds ids, kinds and counts only: no secret and no personal data (R44).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal
from uuid import UUID

import asyncpg

from directory.database import SQL, Connection
from directory.records import EventView

CHANNEL = "directory_events"

EventType = Literal[
    "user.signed_in",
    "user.signed_in.backup_code",
    "user.signed_in.mfa_required",
    "user.sign_in_mfa_failed",
    "user.stepped_up",
    "user.step_up_failed",
    "user.disabled",
    "user.enabled",
    "user.locked",
    "user.session_revoked",
    "user.password_invalidated",
    "user.password_changed",
    "user.contact_changed",
    "user.presence_confirmed",
    "user.presence_code_failed",
    "mfa.factor_removed",
    "mfa.factor_enrolled",
    "mfa.backup_codes_regenerated",
    "mfa.enrolment_granted",
    "mfa.required",
]


async def emit(connection: Connection, account_id: UUID, event: EventType, **data: object) -> None:
    """Append one event of the account and announce its tenant on the channel `directory_events` at commit."""
    await connection.execute(
        SQL["emit_event"], account_id, event, {name: _plain(value) for name, value in data.items()}
    )


async def undelivered(pool: asyncpg.Pool, consumer: str, limit: int, *, tenant_id: UUID | None) -> list[EventView]:
    """What waits for the consumer, oldest first; a new consumer is taken up with everything so far."""
    if not await pool.fetchval(SQL["is_known_consumer"], consumer):
        async with pool.acquire() as connection, connection.transaction():
            # The emitter has read the consumers and holds their table until commit: after this no event
            # is under way that does not know of the new one.
            await connection.execute(SQL["halt_emitters"])
            await connection.execute(SQL["take_up_consumer"], consumer)
    return [EventView(**row) for row in await pool.fetch(SQL["undelivered_events"], consumer, limit, tenant_id)]


async def acknowledge(pool: asyncpg.Pool, consumer: str, event_ids: Sequence[UUID]) -> None:
    """Take these off what waits for the consumer."""
    await pool.execute(SQL["acknowledge_events"], consumer, list(event_ids))


def _plain(value: object) -> object:
    return str(value) if isinstance(value, UUID) else value
