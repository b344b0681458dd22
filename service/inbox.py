"""What waits for one person by their roles, the most urgent first: the page that everybody's work begins with (R22)."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from domain.acts import VerdictBody
from domain.messages import Phase
from domain.people import Role
from domain.policy.access import may_read_case
from domain.policy.drawing import assignment
from domain.texts import Text
from service.case_view import CaseSummary, case_summary, where_it_stands
from service.course_view import DeadlineView, course_of, course_view
from service.next_steps import codes_waiting_for, next_step, sentences_of
from service.offers import next_offer, offers_to_officers
from service.view import View
from store.waiting import Turns, cases_waiting

if TYPE_CHECKING:
    from collections.abc import Sequence

    from domain.case_file import CaseFile
    from domain.people import Actor
    from domain.policy.drawing import Assignment
    from service.doors import Doors
    from service.next_steps import NextStep, WaitingFor
    from service.sessions import Session

MOST = 50
_LOOKED_THROUGH = 2
"""As many cases again may have moved on since a worker last looked at them; their acts say so."""
_BY_ROLE: dict[Role, tuple[WaitingFor, ...]] = {
    Role.APPROVER: ("approver",),
    Role.AGENT: ("agent", "acting_admin"),
    Role.SECURITY: ("security",),
}
"""Whose work to look for among all that waits; whether they may do it is asked of the rules, case by case."""
_URGENT = frozenset({"expires", "verified_until", "presence", "escalation", "enrolment"})


class Task(StrEnum):
    """What the reader has to do in a case."""

    VERIFY = "verify"
    PRESENCE = "presence"
    RESET = "reset"
    CODES = "codes"
    RULE = "rule"


class Line(View):
    """One case that waits for the reader.

    `mine` is True where it waits for this very person, False where a colleague was drawn or is at it. `since` and
    `until` are UTC; `overdue` says that the drawn approver should have answered. `others_from` is when others may help.
    """

    case: CaseSummary
    task: Task
    sentences: list[Text]
    mine: bool
    overdue: bool
    since: datetime
    until: DeadlineView | None
    others_from: datetime | None


async def inbox(doors: Doors, session: Session) -> list[Line]:
    """What waits for this person; of more than `MOST` cases the oldest."""
    kinds = [kind for role in sorted(session.actor.roles) for kind in _BY_ROLE.get(role, ())]
    if not kinds:
        return []
    reader = session.actor.person_id
    found = await cases_waiting(doors.ledger, session.tenant_id, reader, _turns(kinds), limit=_LOOKED_THROUGH * MOST)
    files = await doors.ledger.read_files(session.tenant_id, found, reader=reader)
    lines = [line for one in files if (line := _line(one, session.actor, kinds)) is not None]
    return sorted(lines[:MOST], key=_urgency)


def _turns(kinds: Sequence[WaitingFor]) -> Turns:
    def codes(kind: WaitingFor) -> Sequence[str]:
        return codes_waiting_for(kind) if kind in kinds else ()

    return Turns(
        anybody=codes("security"),
        approver=codes("approver"),
        agent=codes("agent"),
        acting_admin=codes("acting_admin"),
        objected="security" in kinds,
    )


def _line(file: CaseFile, actor: Actor, kinds: Sequence[WaitingFor]) -> Line | None:
    case, acts = file.case, file.acts
    if not may_read_case(actor, case.subject_person_id).allowed:
        return None
    phase, code = where_it_stands(file)
    course = course_of(file, actor)
    ended = case.outcome.value if case.outcome else None
    step = next_step(case, code, ended, course)
    if step.waiting_for not in kinds or not _is_for(actor, step, file):
        return None
    drawn = assignment(case, acts) if phase is Phase.VERIFICATION else None
    deadlines = course_view(file, actor).deadlines
    return Line(
        case=case_summary(case, course),
        task=_task(step, phase),
        sentences=sentences_of(case, code, ended, course),
        mine=_is_mine(actor, file, drawn, phase),
        overdue=drawn is not None and file.now >= drawn.remind_at,
        since=drawn.since if drawn else max((act.at for act in acts), default=case.opened_at),
        until=next((one for one in deadlines if one.what in _URGENT), None),
        others_from=drawn.escalate_at if drawn and file.now < drawn.escalate_at else None,
    )


def _is_for(actor: Actor, step: NextStep, file: CaseFile) -> bool:
    """Whether this person may take the step; the same rules that judge the decision."""
    if step.waiting_for == "security":
        return any(one.is_open for one in offers_to_officers(file, actor))
    offer = next_offer(file, actor)
    return offer is not None and offer.is_open


def _is_mine(actor: Actor, file: CaseFile, drawn: Assignment | None, phase: Phase) -> bool:
    """Whether the reader alone is meant: drawn and not done yet, or the one who has the caller on the line."""
    verified = {act.actor.account_id for act in file.acts if act.actor and isinstance(act.body, VerdictBody)}
    if phase is Phase.VERIFICATION and drawn is not None and drawn.approvers:
        return actor.account_id in drawn.approvers or file.now >= drawn.escalate_at
    if phase is Phase.PRESENCE:
        return actor.account_id in verified
    return True


def _task(step: NextStep, phase: Phase) -> Task:
    match step.waiting_for:
        case "approver":
            return Task.PRESENCE if phase is Phase.PRESENCE else Task.VERIFY
        case "acting_admin":
            return Task.RESET
        case "agent":
            return Task.CODES
    return Task.RULE


def _urgency(line: Line) -> tuple[bool, bool, float]:
    until = line.until.at.timestamp() if line.until else float("inf")
    return (not (line.mine and line.overdue), not line.mine, until)
