"""How an audit event is made: who stands behind it, what it is about, and how it ended (R42)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.audit import ActorKind, AuditEvent, EventOutcome, EventType

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from domain.case import Case
    from domain.people import Actor
    from domain.policy.decision import Decision


def by_person(
    actor: Actor,
    event_type: EventType,
    outcome: EventOutcome = EventOutcome.SUCCESS,
    *,
    subject_id: str | None = None,
    case_id: UUID | None = None,
    details: Mapping[str, object] | None = None,
    **data: object,
) -> AuditEvent:
    """An event with a signed-in person as its actor; `details` and `data` together are its data."""
    said = {**(details or {}), **data}
    return _made(
        ActorKind.PERSON, actor.account_id, event_type, outcome, subject_id=subject_id, case_id=case_id, data=said
    )


def by_login(account_id: str, event_type: EventType, outcome: EventOutcome, **data: object) -> AuditEvent:
    """An event of a person who signs in and is known by their account alone."""
    return _made(ActorKind.PERSON, account_id, event_type, outcome, data=data)


def by_subject(
    account_id: str,
    event_type: EventType,
    *,
    case_id: UUID | None = None,
    details: Mapping[str, object] | None = None,
) -> AuditEvent:
    """Something that an account's own person did at the provider, as the provider reports it."""
    succeeded = EventOutcome.SUCCESS
    return _made(
        ActorKind.SUBJECT, account_id, event_type, succeeded, subject_id=account_id, case_id=case_id, data=details or {}
    )


def refusal(
    actor: Actor,
    event_type: EventType,
    decision: Decision,
    *,
    subject_id: str | None = None,
    case_id: UUID | None = None,
    **data: object,
) -> AuditEvent:
    """A refusal is audited like a success (R42)."""
    return by_person(
        actor,
        event_type,
        EventOutcome.DENIED,
        subject_id=subject_id,
        case_id=case_id,
        code=decision.code,
        rule=decision.rule,
        details=data,
    )


def by_acting_admin(
    case: Case, event_type: EventType, outcome: EventOutcome = EventOutcome.SUCCESS, **data: object
) -> AuditEvent:
    """An event of a case that bears the acting admin's name (R43)."""
    return by_person(case.acting_admin, event_type, outcome, subject_id=case.subject_id, case_id=case.id, details=data)


def by_system(
    case: Case, event_type: EventType, outcome: EventOutcome = EventOutcome.SUCCESS, **data: object
) -> AuditEvent:
    """An event of a case that the worker itself stands behind."""
    return by_part("worker", event_type, outcome, subject_id=case.subject_id, case_id=case.id, details=data)


def by_product(
    case: Case, event_type: EventType, outcome: EventOutcome = EventOutcome.SUCCESS, **data: object
) -> AuditEvent:
    """An event of a case that the product's doors stand behind, not the person at them."""
    return by_part("doors", event_type, outcome, subject_id=case.subject_id, case_id=case.id, details=data)


def by_part(
    part: str,
    event_type: EventType,
    outcome: EventOutcome = EventOutcome.SUCCESS,
    *,
    subject_id: str | None = None,
    case_id: UUID | None = None,
    details: Mapping[str, object] | None = None,
    **data: object,
) -> AuditEvent:
    """An event that a part of the product stands behind: the worker, the relay, the sweep, the set-up."""
    said = {**(details or {}), **data}
    return _made(ActorKind.SYSTEM, part, event_type, outcome, subject_id=subject_id, case_id=case_id, data=said)


def by_unknown(
    event_type: EventType,
    outcome: EventOutcome,
    *,
    subject_id: str | None = None,
    case_id: UUID | None = None,
    **data: object,
) -> AuditEvent:
    """An event whose author cannot be known: a stranger's message, a link's reader, a change by another way."""
    return _made(ActorKind.UNKNOWN, "unknown", event_type, outcome, subject_id=subject_id, case_id=case_id, data=data)


def _made(
    kind: ActorKind,
    actor_id: str,
    event_type: EventType,
    outcome: EventOutcome,
    *,
    data: Mapping[str, object],
    subject_id: str | None = None,
    case_id: UUID | None = None,
) -> AuditEvent:
    return AuditEvent(
        type=event_type,
        actor_kind=kind,
        actor_id=actor_id,
        outcome=outcome,
        subject_id=subject_id,
        case_id=case_id,
        data=dict(data),
    )
