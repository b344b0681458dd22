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
    return AuditEvent(
        type=event_type,
        actor_kind=ActorKind.PERSON,
        actor_id=actor.account_id,
        outcome=outcome,
        subject_id=subject_id,
        case_id=case_id,
        data={**(details or {}), **data},
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
    return AuditEvent(
        type=event_type,
        actor_kind=ActorKind.SYSTEM,
        actor_id=part,
        outcome=outcome,
        subject_id=subject_id,
        case_id=case_id,
        data={**(details or {}), **data},
    )


def by_unknown(
    event_type: EventType,
    outcome: EventOutcome,
    *,
    subject_id: str | None = None,
    case_id: UUID | None = None,
    **data: object,
) -> AuditEvent:
    """An event whose author cannot be known: a stranger's message, a link's reader, a change by another way."""
    return AuditEvent(
        type=event_type,
        actor_kind=ActorKind.UNKNOWN,
        actor_id="unknown",
        outcome=outcome,
        subject_id=subject_id,
        case_id=case_id,
        data=data,
    )
