"""Following the provider: what happens to a subject is observed in the subject's case (architecture, step 12)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING

import structlog

from domain.acts import ObservationBody
from domain.audit import AuditEvent, EventOutcome, EventType, Reported
from domain.events import by_part, by_subject, by_unknown
from domain.notices import Occasion, nth
from store.observations import take_in
from store.operations import is_our_command
from store.page import lock_case
from store.sessions import end_sessions_of_account

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from domain.ports import EventFeed, NewIds, ProviderEvent
    from service.doors import Ring
    from store.ledger import Ledger
    from store.page import Page

_LOG = structlog.get_logger(__name__)
BATCH = 50
FIRST_REST, LONGEST_REST = 1.0, 60.0
"""Seconds that an event which could not be taken in is left alone, twice as long each time."""
_ENDS_SESSIONS = frozenset(
    {
        EventType.SESSION_REVOKED,
        EventType.USER_DISABLED,
        EventType.USER_LOCKED,
        EventType.PASSWORD_INVALIDATED,
        Reported.PASSWORD_CHANGED,
    }
)
"""What ends an account's sessions at the provider ends those at our doors too (R30, B15)."""
_TOLD: Mapping[str, Occasion] = {
    Reported.CONTACT_CHANGED: Occasion.CONTACT_CHANGED,
    EventType.MFA_FACTOR_ENROLLED: Occasion.FACTOR_ADDED,
    EventType.FACTOR_REMOVED: Occasion.FACTOR_REMOVED,
}
_NOT_THEIRS = frozenset({Reported.DOCUMENT_VERIFIED, Reported.DOCUMENT_REFUSED})
"""Only our own door records these: a directory must not vouch twice, for a sign-in and for a document (R14)."""
_BY_THE_SUBJECT: Mapping[str, EventType] = {
    one.value: one
    for one in (
        EventType.USER_SIGNED_IN_MFA_REQUIRED,
        EventType.MFA_FACTOR_ENROLLED,
        EventType.MFA_BACKUP_CODES_REGENERATED,
    )
}
"""What the provider reports is on record under the same name as something that the subject did (R43)."""


@dataclass(frozen=True)
class Rest:
    """How often an event has failed, and until when (of the monotonic clock, seconds) it is left alone."""

    tries: int
    until: float


class Follower:
    """Stores each event once, by its id, and rings the case it concerns."""

    def __init__(self, ledger: Ledger, feed: EventFeed, ring: Ring, new_id: NewIds) -> None:
        self._ledger = ledger
        self._feed = feed
        self._ring = ring
        self._new_id = new_id
        self._failing: dict[str, Rest] = {}

    async def follow(self) -> int:
        """Take in what is new; returns how many events were taken in."""
        taken = 0
        for event in await self._due():
            try:
                row = await self._take_in(event)
            except Exception:  # noqa: BLE001 - whatever it is
                # One case that cannot be read must not hold back everybody else's events; it is tried again.
                _LOG.exception("event_not_taken_in", event_id=event.id)
                self._failing[event.id] = _again(self._failing.get(event.id))
                continue
            self._failing.pop(event.id, None)
            # Acknowledged only after our commit: a crash in between shows the event again, and its id is known then.
            await self._feed.acknowledge([event.id])
            taken += 1
            if row is not None:
                await self._ring(row)
        return taken

    async def _due(self) -> list[ProviderEvent]:
        """The oldest events, those apart that failed a moment ago: however many they are, others come by them."""
        window = BATCH + len(self._failing)
        events = await self._feed.undelivered(window)
        if len(events) < window:
            # Everything that waits is in sight: what is not, another relay has taken in.
            waiting = {one.id for one in events}
            self._failing = {known: rest for known, rest in self._failing.items() if known in waiting}
        now = monotonic()
        return [one for one in events if one.id not in self._failing or self._failing[one.id].until <= now][:BATCH]

    async def _take_in(self, event: ProviderEvent) -> int | None:
        async with self._ledger.unit(event.tenant_id) as unit:
            if event.type in _ENDS_SESSIONS:
                await end_sessions_of_account(unit, event.account_id)
            case_id = await unit.open_case_of(event.account_id) or await unit.watch_of(event.account_id)
            page = await lock_case(unit, case_id) if case_id else None
            if not await take_in(unit, event, case_id):
                return None
            if (
                event.type == EventType.FACTOR_REMOVED
                and event.by_admin
                and not await is_our_command(unit, event.command)
            ):
                unit.audit(_incident(event, case_id))
            if page is None or case_id is None:
                return None
            if event.type in _NOT_THEIRS:
                unit.audit(_foreign(event, case_id))
                return None
            if page.case.outcome is not None:
                await _report(page, event)
            else:
                unit.audit(_observed(event, case_id))
                if event.type == Reported.CONTACT_CHANGED:
                    await page.notify(_once_an_event(event))
            _, row = await page.add_act(act_id=self._new_id(), actor=None, body=_body(event))
            return row


def _again(before: Rest | None) -> Rest:
    tries = before.tries + 1 if before else 1
    return Rest(tries, monotonic() + min(FIRST_REST * 2.0 ** min(tries - 1, 20), LONGEST_REST))


def _body(event: ProviderEvent) -> ObservationBody:
    return ObservationBody(
        event=event.type, event_id=event.id, at=event.at, factor_kind=event.factor_kind, factor_id=event.factor_id
    )


def _once_an_event(event: ProviderEvent) -> str:
    """Two changes are two notices; one event, shown twice, is one. Its digest, because its id is the provider's."""
    return nth(_TOLD[event.type], hashlib.sha256(event.id.encode()).hexdigest()[:12])


async def _report(page: Page, event: ProviderEvent) -> None:
    """What changes on a watched account is told everybody who was told of the recovery (R38)."""
    ours = await is_our_command(page.unit, event.command)
    page.audit(_watched(event, page.case.id, ours=ours))
    if event.type in _TOLD and not ours:
        await page.notify(_once_an_event(event))


def _watched(event: ProviderEvent, case_id: UUID, *, ours: bool) -> AuditEvent:
    data = {"event": event.id, "observed": event.type, "factor_kind": event.factor_kind or "none"}
    reported, account_id = EventType.WATCH_REPORTED, event.account_id
    if ours:
        return by_part("follower", reported, subject_id=account_id, case_id=case_id, details=data)
    return by_subject(account_id, reported, case_id=case_id, details=data)


def _incident(event: ProviderEvent, case_id: UUID | None) -> AuditEvent:
    """A factor was removed by another way than a case: security must look (R42)."""
    return by_unknown(
        EventType.FACTOR_REMOVED_OUTSIDE_CASE,
        EventOutcome.FAILURE,
        subject_id=event.account_id,
        case_id=case_id,
        event=event.id,
        code="removed_outside_case",
    )


def _foreign(event: ProviderEvent, case_id: UUID) -> AuditEvent:
    return by_unknown(
        EventType.OBSERVED,
        EventOutcome.DENIED,
        subject_id=event.account_id,
        case_id=case_id,
        event=event.id,
        observed=event.type,
        code="not_the_providers_to_say",
    )


def _observed(event: ProviderEvent, case_id: UUID) -> AuditEvent:
    known = _BY_THE_SUBJECT.get(event.type)
    data: dict[str, object] = {"event": event.id} if known else {"event": event.id, "observed": event.type}
    return by_subject(event.account_id, known or EventType.OBSERVED, case_id=case_id, details=data)
