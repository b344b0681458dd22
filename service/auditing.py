"""Reading, checking and exporting the tenant's audit chain (R42)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

from domain.audit import EventType
from domain.errors import Throttled
from domain.events import by_person
from domain.policy.access import Access, may_read_case
from service.dry_run import file_of
from service.reading import require
from service.view import View
from store.audit.check import check
from store.audit.export import csv_lines, json_lines
from store.audit.heads import HeadsFile
from store.audit.reading import chain_of_tenant, events_of_case, newest_events

if TYPE_CHECKING:
    from service.doors import Doors
    from service.sessions import Session
    from store.audit.check import CheckReport
    from store.audit.reading import ReadEvent
    from store.audit.signing import Verifier

MOST_EXPORTS_AT_ONCE = 2


class ExportFormat(StrEnum):
    """JSON lines carry the proof, CSV is for reading."""

    JSONL = "jsonl"
    CSV = "csv"


class ExportsBusy(Throttled):
    """Other exports are under way; try again when they are done."""

    code = "exports_busy"


class EventActor(View):
    """Who acted."""

    kind: str
    id: str


class EventView(View):
    """One audit event as its signed text says."""

    seq: int
    id: UUID
    at: datetime
    type: str
    outcome: str
    actor: EventActor
    subject: str | None
    case: UUID | None
    data: dict[str, Any]


@dataclass(frozen=True)
class AuditTrail:
    """Where the signed heads are, how signatures are checked, and the public keys as a keyring document."""

    heads: Path
    verifier: Verifier
    public_keys: Callable[[], str]
    exports: asyncio.Semaphore


async def check_chain(doors: Doors, trail: AuditTrail, session: Session) -> CheckReport:
    """Check the tenant's chain against the signed heads. Raises `Refused` for other roles."""
    await require(doors, session, Access.READ_AUDIT)
    # Before the snapshot: a newer head would look like a chain cut off.
    heads = await asyncio.to_thread(_heads, trail.heads)
    async with chain_of_tenant(doors.ledger, session.tenant_id) as chain:
        return await check(chain, heads, trail.verifier)


async def read_events(
    doors: Doors, session: Session, *, case_id: UUID | None, before: int | None, limit: int
) -> list[EventView]:
    """The newest events before `before`, or one case's from its first; the latter for everybody who works on cases.

    Raises `Refused` for other roles, `CaseNotFound`.
    """
    if case_id is None:
        await require(doors, session, Access.READ_AUDIT)
        found = await newest_events(doors.ledger, session.tenant_id, before=before, limit=limit)
    else:
        file = await file_of(doors, session, case_id)
        may_read_case(session.actor, file.case.subject_person_id).enforce()
        found = await events_of_case(doors.ledger, session.tenant_id, case_id, limit=limit)
    return [event_view(one) for one in found]


async def begin_export(
    doors: Doors, trail: AuditTrail, session: Session, export_format: ExportFormat
) -> AsyncGenerator[str]:
    """The tenant's whole chain, line by line from one snapshot that includes the event of this very export.

    Raises `Refused` for other roles, `ExportsBusy`. The caller must close the iterator.
    """
    await require(doors, session, Access.READ_AUDIT)
    if trail.exports.locked():
        raise ExportsBusy
    event = by_person(session.actor, EventType.AUDIT_EXPORTED, format=export_format.value)
    await doors.ledger.audit(session.tenant_id, event)
    return _lines(doors, trail, session.tenant_id, export_format)


async def _lines(doors: Doors, trail: AuditTrail, tenant_id: UUID, export_format: ExportFormat) -> AsyncGenerator[str]:
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(trail.exports)
        chain = await stack.enter_async_context(chain_of_tenant(doors.ledger, tenant_id))
        async for line in json_lines(chain) if export_format is ExportFormat.JSONL else csv_lines(chain):
            yield line


def _heads(path: Path) -> HeadsFile | None:
    try:
        return HeadsFile(path)
    except FileNotFoundError:
        return None


def event_view(one: ReadEvent) -> EventView:
    """The event as doors show it."""
    return EventView(
        seq=one.seq,
        id=one.id,
        at=one.at,
        type=one.type,
        outcome=one.outcome,
        actor=EventActor(kind=one.actor_kind, id=one.actor_id),
        subject=one.subject_id,
        case=one.case_id,
        data=one.data,
    )
