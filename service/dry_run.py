"""What a decision would meet now: asked for a page, recorded and audited nowhere; the decision is judged anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.policy.doors import is_proved, may_decide
from domain.texts import Text
from service.view import View

if TYPE_CHECKING:
    from uuid import UUID

    from domain.acts import Body
    from domain.case_file import CaseFile
    from domain.people import Actor
    from domain.policy.decision import Decision
    from service.doors import Doors
    from service.sessions import Session


class Hindrance(View):
    """Why something would be refused, in words, with the rule's code."""

    code: str
    sentence: Text
    rule: str


async def file_of(doors: Doors, session: Session, case_id: UUID) -> CaseFile:
    """The case as this person would decide on it, without its lock. Raises `CaseNotFound`."""
    return await doors.ledger.read_file(session.tenant_id, case_id, reader=session.actor.person_id)


def would_refuse(file: CaseFile, actor: Actor, body: Body) -> Hindrance | None:
    """What refuses this person's decision at the moment, its proof apart; None where nothing does."""
    return hindrance(may_decide(actor, body, file))


def needs_proof(file: CaseFile, actor: Actor, body: Body) -> bool:
    """Whether this decision has to carry a step-up under the case's policy (R26, R28)."""
    return not is_proved(actor, body, None, file).allowed


def hindrance(decision: Decision) -> Hindrance | None:
    """A decision of the rules as pages show it."""
    if decision.allowed:
        return None
    return Hindrance(code=decision.code, sentence=decision.reason, rule=decision.rule)
