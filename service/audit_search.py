"""Looking for events in the tenant's audit chain, and looking at one as it was signed (R42)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from domain.audit import EventOutcome, EventType
from domain.errors import InputRefused
from domain.events import by_person
from domain.policy.access import Access, may_read_case
from domain.refusal_codes import Code
from domain.texts import Text
from service.auditing import EventView, event_view
from service.reading import require
from service.view import View
from store.audit.canonical import parse_canonical
from store.statements import SQL

if TYPE_CHECKING:
    from service.doors import Doors
    from service.sessions import Session

MOST_SEQ = 2**53


@dataclass(frozen=True, kw_only=True)
class Filters:
    """What an event must fit; None fits all. `person` is an account id, as actor or subject; `until` is exclusive."""

    case_id: UUID | None = None
    person: str | None = None
    type: str | None = None
    outcome: EventOutcome | None = None
    since: datetime | None = None
    until: datetime | None = None


class SignedEvent(View):
    """One event with what proves it: the exact text, its hash and the hash before it, and the key that signed."""

    event: EventView
    text: str
    hash: str
    previous_hash: str
    signature: str
    key_id: str


class EventNotFound(InputRefused):
    """There is no such event."""

    def __init__(self) -> None:
        super().__init__(Code.EVENT_NOT_FOUND, Text("There is no such event."))


async def search(
    doors: Doors, session: Session, filters: Filters, *, before: int | None, limit: int
) -> list[EventView]:
    """The newest events before `before` that fit; without those of cases about the reader. Raises `Refused`."""
    await require(doors, session, Access.READ_AUDIT)
    rows = await doors.ledger.pool.fetch(
        SQL["audit_search"], session.tenant_id, before, filters.case_id, filters.person, filters.type,
        filters.outcome.value if filters.outcome else None, filters.since, filters.until,
        session.actor.person_id, limit,
    )  # fmt: skip
    return [event_view(row) for row in rows]


async def read_event(doors: Doors, session: Session, seq: int) -> SignedEvent:
    """One event as it stands. Raises `Refused`, also for one of a case about the reader, and `EventNotFound`."""
    await require(doors, session, Access.READ_AUDIT)
    row = None
    if 0 < seq < MOST_SEQ:
        row = await doors.ledger.pool.fetchrow(SQL["audit_event_of_seq"], session.tenant_id, seq)
    if row is None:
        raise EventNotFound
    if row["subject_person_id"] is not None:
        may_read_case(session.actor, row["subject_person_id"]).enforce()
    return SignedEvent(
        event=event_view(row),
        text=row["text"],
        hash=row["hash"].hex(),
        previous_hash=_previous_hash(row["text"]),
        signature=row["signature"].hex(),
        key_id=row["key_id"],
    )


async def accounts_called(doors: Doors, session: Session, text: str) -> list[str]:
    """The ids of the accounts that answer to exactly `text`; audited like every look-up.

    Auditors may ask as well, who look nobody up otherwise. Raises `Refused`, `ProviderUnavailable`.
    """
    await require(doors, session, Access.READ_AUDIT)
    ids = [one.id for one in await doors.accounts.find(session.tenant_id, text)]
    event = by_person(session.actor, EventType.ACCOUNTS_LOOKED_UP, matches=len(ids), accounts=ids[:10], for_audit=True)
    await doors.ledger.audit(session.tenant_id, event)
    return ids


def _previous_hash(text: str) -> str:
    previous = (parse_canonical(text) or {}).get("prev")
    return previous if isinstance(previous, str) else ""
