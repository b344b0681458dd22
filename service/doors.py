"""What every door needs, wired once in compose.py."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from domain.audit import ActorKind, AuditEvent, EventOutcome

if TYPE_CHECKING:
    from domain.case import Case
    from domain.people import Actor
    from domain.policy.decision import Decision
    from domain.ports import Accounts, NewIds, Presences, Rollout, StaffSignIn, StepUps
    from store.ledger import Ledger

Ring = Callable[[int], Awaitable[bool]]
"""Delivers one outbox row at once if it can; True when the workflow has been told."""


@dataclass(frozen=True)
class Doors:
    """The parts behind the doors. `secret` makes session tokens; it is never logged."""

    ledger: Ledger
    accounts: Accounts
    presences: Presences
    sign_in: StaffSignIn
    step_ups: StepUps
    ring: Ring
    new_id: NewIds
    secret: bytes
    rollout: Rollout

    def __repr__(self) -> str:
        return "Doors(…)"


def by_person(
    actor: Actor,
    event_type: str,
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


def by_product(case: Case, event_type: str, outcome: EventOutcome = EventOutcome.SUCCESS, **data: object) -> AuditEvent:
    """An event of a case that the product itself stands behind."""
    return AuditEvent(
        type=event_type,
        actor_kind=ActorKind.SYSTEM,
        actor_id="doors",
        outcome=outcome,
        subject_id=case.subject_id,
        case_id=case.id,
        data=data,
    )


def refusal(
    actor: Actor,
    event_type: str,
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
