"""What a decision would meet now: asked for a page, recorded and audited nowhere; the decision is judged anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.policy.doors import Situation, is_proved, may_decide
from service.view import View

if TYPE_CHECKING:
    from uuid import UUID

    from domain.acts import Body
    from domain.policy.decision import Decision
    from service.doors import Doors
    from service.sessions import Session


class Hindrance(View):
    """Why something would be refused, in words, with the rule's code."""

    code: str
    sentence: str
    rule: str


async def situation_of(doors: Doors, session: Session, case_id: UUID) -> Situation:
    """The case as this person would decide on it, without its lock. Raises `CaseNotFound`."""
    file = await doors.ledger.read_file(session.tenant_id, case_id, reader=session.actor.person_id)
    return Situation(case=file.case, acts=file.acts, members=file.members, now=file.now)


async def would_refuse(doors: Doors, session: Session, case_id: UUID, body: Body) -> Hindrance | None:
    """What refuses this decision at the moment, its proof apart; None where nothing does. Raises `CaseNotFound`."""
    return hindrance(may_decide(session.actor, body, await situation_of(doors, session, case_id)))


async def needs_proof(doors: Doors, session: Session, case_id: UUID, body: Body) -> bool:
    """Whether this decision has to carry a step-up under the case's policy (R26, R28). Raises `CaseNotFound`."""
    return not is_proved(session.actor, body, None, await situation_of(doors, session, case_id)).allowed


def hindrance(decision: Decision) -> Hindrance | None:
    """A decision of the rules as pages show it."""
    if decision.allowed:
        return None
    return Hindrance(code=decision.code, sentence=decision.reason, rule=decision.rule)
