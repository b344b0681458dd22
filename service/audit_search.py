"""Looking for events in the tenant's audit chain, and looking at one as it was signed (R42)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.audit import EventType
from domain.errors import InputRefused
from domain.events import by_person
from domain.policy.access import Access, may_read_case
from domain.refusal_codes import Code
from domain.texts import Text
from service.auditing import EventView, event_view
from service.reading import require
from service.view import View
from store.audit.reading import event_of_seq, search_events

if TYPE_CHECKING:
    from domain.audit import EventFilters
    from service.doors import Doors
    from service.sessions import Session

MOST_SEQ = 2**53


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
    doors: Doors, session: Session, filters: EventFilters, *, before: int | None, limit: int
) -> list[EventView]:
    """The newest events before `before` that fit; without those of cases about the reader. Raises `Refused`."""
    await require(doors, session, Access.READ_AUDIT)
    found = await search_events(
        doors.ledger, session.tenant_id, filters, reader=session.actor.person_id, before=before, limit=limit
    )
    return [event_view(one) for one in found]


async def read_event(doors: Doors, session: Session, seq: int) -> SignedEvent:
    """One event as it stands. Raises `Refused`, also for one of a case about the reader, and `EventNotFound`."""
    await require(doors, session, Access.READ_AUDIT)
    found = await event_of_seq(doors.ledger, session.tenant_id, seq) if 0 < seq < MOST_SEQ else None
    if found is None:
        raise EventNotFound
    if found.subject_person_id is not None:
        may_read_case(session.actor, found.subject_person_id).enforce()
    return SignedEvent(
        event=event_view(found.event),
        text=found.text,
        hash=found.hash,
        previous_hash=found.previous_hash,
        signature=found.signature,
        key_id=found.key_id,
    )


async def accounts_called(doors: Doors, session: Session, text: str) -> list[str]:
    """The ids of the accounts that answer to exactly `text`; audited like every look-up.

    Auditors may ask as well, who look no account up otherwise. Raises `Refused`, `ProviderUnavailable`.
    """
    await require(doors, session, Access.READ_AUDIT)
    ids = [one.id for one in await doors.accounts.find(session.tenant_id, text)]
    event = by_person(session.actor, EventType.ACCOUNTS_LOOKED_UP, matches=len(ids), accounts=ids[:10], for_audit=True)
    await doors.ledger.audit(session.tenant_id, event)
    return ids
