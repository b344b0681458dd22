"""Events as pages show them: from their columns, which the check compares with the signed text (R42)."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from store.audit.canonical import parse_canonical
from store.audit.rows import DatabaseChain
from store.statements import SQL

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from datetime import datetime
    from typing import Any
    from uuid import UUID

    from domain.audit import EventFilters
    from store.ledger import Ledger
    from store.statements import Row


@dataclass(frozen=True, kw_only=True)
class ReadEvent:
    """One event. A tampered text must not make a reader fail: where it is none, `data` is empty."""

    seq: int
    id: UUID
    at: datetime
    type: str
    outcome: str
    actor_kind: str
    actor_id: str
    subject_id: str | None
    case_id: UUID | None
    data: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class SignedText:
    """One event with what proves it, in hex, and about whom its case is, where it belongs to one."""

    event: ReadEvent
    text: str
    hash: str
    previous_hash: str
    signature: str
    key_id: str
    subject_person_id: str | None


async def newest_events(ledger: Ledger, tenant_id: UUID, *, before: int | None, limit: int) -> list[ReadEvent]:
    """The newest events before a sequence number, newest first; None for the newest of all."""
    return [_event(row) for row in await ledger._pool.fetch(SQL["audit_page"], tenant_id, before, limit)]


async def events_of_case(ledger: Ledger, tenant_id: UUID, case_id: UUID, *, limit: int) -> list[ReadEvent]:
    """One case's last events, in order."""
    rows = await ledger._pool.fetch(SQL["audit_chain_of_case"], tenant_id, case_id, limit)
    return [_event(row) for row in reversed(rows)]


async def search_events(
    ledger: Ledger, tenant_id: UUID, filters: EventFilters, *, reader: str, before: int | None, limit: int
) -> list[ReadEvent]:
    """The newest events that fit, without those of cases about the person who reads (R6)."""
    rows = await ledger._pool.fetch(
        SQL["audit_search"], tenant_id, before, filters.case_id, filters.person, filters.type,
        filters.outcome.value if filters.outcome else None, filters.since, filters.until, reader, limit,
    )  # fmt: skip
    return [_event(row) for row in rows]


async def event_of_seq(ledger: Ledger, tenant_id: UUID, seq: int) -> SignedText | None:
    """The tenant's event with this sequence number as it is stored, or None."""
    row = await ledger._pool.fetchrow(SQL["audit_event_of_seq"], tenant_id, seq)
    if row is None:
        return None
    previous = (parse_canonical(row["text"]) or {}).get("prev")
    return SignedText(
        event=_event(row),
        text=row["text"],
        hash=row["hash"].hex(),
        previous_hash=previous if isinstance(previous, str) else "",
        signature=row["signature"].hex(),
        key_id=row["key_id"],
        subject_person_id=row["subject_person_id"],
    )


@asynccontextmanager
async def chain_of_tenant(ledger: Ledger, tenant_id: UUID) -> AsyncIterator[DatabaseChain]:
    """The tenant's whole chain in one snapshot; where heads are compared with it, they are read before."""
    async with (
        ledger._pool.acquire() as connection,
        connection.transaction(isolation="repeatable_read", readonly=True),
    ):
        yield DatabaseChain(connection, tenant_id)


def _event(row: Row) -> ReadEvent:
    data = (parse_canonical(row["text"]) or {}).get("data")
    return ReadEvent(
        seq=row["seq"],
        id=row["id"],
        at=row["at"],
        type=row["type"],
        outcome=row["outcome"],
        actor_kind=row["actor_kind"],
        actor_id=row["actor_id"],
        subject_id=row["subject_id"],
        case_id=row["case_id"],
        data=data if isinstance(data, dict) else {},
    )
