"""What is known of a subject beyond the provider's present answer: our own nightly reads, and what stands out (R8)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.people import Role
from domain.policy.risks import Known, risk_signals
from domain.policy.standing import apart, role_is_old_enough
from store.sightings import look_alikes, with_sightings

if TYPE_CHECKING:
    from datetime import datetime

    from domain.account import Account
    from domain.case import Risk
    from domain.policy.brakes import SubjectHistory
    from domain.policy.document import Policy
    from store.unit import Unit

__all__ = ["risks_of", "with_sightings"]


async def risks_of(
    unit: Unit, subject: Account, agent: Account | None, history: SubjectHistory, *, now: datetime, policy: Policy
) -> tuple[Risk, ...]:
    """What stands out about this subject now; `subject` comes from `with_sightings`, so that ages seen by us count."""
    alike = await look_alikes(unit, subject)
    approvers = await unit.with_role(Role.APPROVER)
    known = Known(
        subject=subject,
        agent=agent,
        history=history,
        look_alikes=tuple(alike),
        staff_alike=tuple(account for account, person in alike.items() if person in approvers),
        eligible=await _eligible(unit, subject, agent, now=now, policy=policy),
    )
    return risk_signals(known, now=now, policy=policy)


async def _eligible(unit: Unit, subject: Account, agent: Account | None, *, now: datetime, policy: Policy) -> int:
    """How many approvers could verify this subject's case for this agent, before one is drawn (R13, R21)."""
    approvers = await unit.with_role(Role.APPROVER)
    parties = {subject.person_id} | ({agent.person_id} if agent else set())
    carrying = await unit.members([agent.person_id]) if agent else {}
    return sum(
        role_is_old_enough(one, now=now, policy=policy).allowed and apart(one, carrying.values()).allowed
        for one in approvers.values()
        if one.person_id not in parties
    )
