"""Who may verify a case: drawn by the product among those eligible, widened when no answer comes (R22)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from domain.acts import DrawnBody, VerdictBody
from domain.people import Actor, Role
from domain.policy.decision import ALLOWED, Decision, refuse
from domain.policy.requirement import requirement_of
from domain.policy.standing import stands
from domain.policy.verification import may_verify
from domain.refusal_codes import Code
from domain.texts import Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from domain.acts import Act
    from domain.case import Case
    from domain.people import Member


@dataclass(frozen=True)
class Assignment:
    """The approvers drawn, since when they wait, and when the others are asked to help."""

    approvers: tuple[str, ...]
    eligible: int
    since: datetime
    remind_at: datetime
    escalate_at: datetime


def eligible_approvers(case: Case, members: Iterable[Member], *, now: datetime) -> list[Member]:
    """Everybody who could verify this case now, one login a person, in the order of their account ids (R13, R21)."""
    known = list(members)
    parties = [one for one in known if one.person_id in {case.agent.person_id, case.acting_admin.person_id}]
    found: dict[str, Member] = {}
    for one in sorted(known, key=lambda member: member.account_id):
        if not one.active or Role.APPROVER not in one.roles or one.person_id in found:
            continue
        actor = Actor(account_id=one.account_id, person_id=one.person_id, roles=one.roles)
        if may_verify(actor, case).allowed and stands(one, parties, now=now, policy=case.policy).allowed:
            found[one.person_id] = one
    return list(found.values())


def how_many(case: Case) -> int:
    """How many approvers are drawn: as many people as R19 asks for."""
    return requirement_of(case).people


def assignment(case: Case, acts: Sequence[Act]) -> Assignment | None:
    """The last draw, or None where the product has drawn no approver.

    R22: The product draws the approver among those eligible; when the drawn one does not answer, others may help.
    """
    drawn = [act for act in acts if isinstance(act.body, DrawnBody)]
    if not drawn or not isinstance(body := drawn[-1].body, DrawnBody):
        return None
    limits = case.policy.verification
    since = max([drawn[-1].at, *(act.at for act in acts if isinstance(act.body, VerdictBody))])
    return Assignment(
        approvers=body.approvers,
        eligible=body.eligible,
        since=since,
        remind_at=since + timedelta(minutes=limits.remind_minutes),
        escalate_at=since + timedelta(minutes=limits.escalate_minutes),
    )


def is_assigned(actor: Actor, case: Case, acts: Sequence[Act], now: datetime) -> Decision:
    """Whether this approver was drawn, or may help because those drawn have not answered in time (R22)."""
    drawn = assignment(case, acts)
    if drawn is None or not drawn.approvers or now >= drawn.escalate_at or actor.account_id in drawn.approvers:
        return ALLOWED
    minutes = case.policy.verification.escalate_minutes
    return refuse(
        "R22",
        Code.APPROVER_NOT_DRAWN,
        Text(
            "Another approver was drawn for this case. "
            "Others may help once {minutes} minutes have passed without answer.",
            minutes=minutes,
        ),
        minutes=minutes,
    )
