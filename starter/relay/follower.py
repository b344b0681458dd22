"""Following the provider: what happens to a subject is observed in the subject's case (architecture, step 12)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.acts import ObservationBody
from domain.audit import (
    MFA_BACKUP_CODES_REGENERATED,
    MFA_FACTOR_ENROLLED,
    OBSERVED,
    USER_SIGNED_IN_MFA_REQUIRED,
    ActorKind,
    AuditEvent,
)
from store.statements import SQL

if TYPE_CHECKING:
    from uuid import UUID

    from domain.ports import EventFeed, NewIds, ProviderEvent
    from starter.service.doors import Ring
    from store.ledger import Ledger

BATCH = 50
_BY_THE_SUBJECT = frozenset({USER_SIGNED_IN_MFA_REQUIRED, MFA_FACTOR_ENROLLED, MFA_BACKUP_CODES_REGENERATED})


class Follower:
    """Stores each event once, by its id, and rings the case it concerns."""

    def __init__(self, ledger: Ledger, feed: EventFeed, ring: Ring, new_id: NewIds) -> None:
        self._ledger = ledger
        self._feed = feed
        self._ring = ring
        self._new_id = new_id

    async def follow(self) -> int:
        """Take in what is new; returns how many events there were."""
        events = await self._feed.undelivered(BATCH)
        for event in events:
            row = await self._take_in(event)
            # Acknowledged only after our commit: a crash in between shows the event again, and its id is known then.
            await self._feed.acknowledge([event.id])
            if row is not None:
                await self._ring(row)
        return len(events)

    async def _take_in(self, event: ProviderEvent) -> int | None:
        async with self._ledger.unit(event.tenant_id) as unit:
            case_id = await unit.open_case_of(event.account_id)
            page = await unit.lock(case_id) if case_id else None
            new = await unit.connection.fetchval(
                SQL["observation_insert"], event.id, event.tenant_id, event.account_id, event.type, event.at, case_id
            )
            if new is None or page is None or case_id is None:
                return None
            unit.audit(_observed(event, case_id))
            _, row = await page.add_act(
                act_id=self._new_id(), actor=None, body=ObservationBody(event=event.type, event_id=event.id)
            )
            return row


def _observed(event: ProviderEvent, case_id: UUID) -> AuditEvent:
    known = event.type in _BY_THE_SUBJECT
    data: dict[str, object] = {"event": event.id} if known else {"event": event.id, "observed": event.type}
    return AuditEvent(
        type=event.type if known else OBSERVED,
        actor_kind=ActorKind.SUBJECT,
        actor_id=event.account_id,
        subject_id=event.account_id,
        case_id=case_id,
        data=data,
    )
