"""A case's workflow history with its payloads decrypted, for those who may read it; every reading is audited.

Pages are counted by event numbers: a continuation token of Temporal that came back from a browser could name another
workflow's history (B23).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from domain.audit import EventType
from domain.errors import CaseNotFound, InputRefused
from domain.events import by_person
from domain.ids import watch_id, workflow_id
from domain.policy.access import Access, may_read_case
from domain.refusal_codes import Code
from service.reading import require
from service.view import View
from store.movement import workflows_of_case

if TYPE_CHECKING:
    from domain.case_file import CaseFile
    from service.doors import Doors
    from service.ports import Histories
    from service.sessions import Session

A_PAGE = 50
WATCH = "watch"


class PayloadView(View):
    """One payload: where it stood in the event, and its text; `fault` says why it cannot be read."""

    place: str
    text: str
    fault: str


class HistoryEventView(View):
    """One event of a history: its number, its time (UTC), its type, what it is about, and what it carried."""

    id: int
    at: datetime
    type: str
    about: str
    payloads: list[PayloadView]


@dataclass(frozen=True)
class EventsRead:
    """What the engine has of a workflow: whether it knows it, some of its events, and whether there are more."""

    found: bool
    events: list[HistoryEventView]
    more: bool


class HistoryView(View):
    """A page of events; `next_after` is where the next one begins, None at the end.

    `found` is False where Temporal knows no such workflow: never started, or deleted after its retention.
    """

    workflow: str
    found: bool
    events: list[HistoryEventView]
    next_after: int | None


class WorkflowChoice(View):
    """A workflow that the case has had: `part` is its number among the continuations, or "watch"."""

    part: str
    workflow: str


async def workflows_of(doors: Doors, session: Session, file: CaseFile) -> list[WorkflowChoice]:
    """The workflows of a case that this request has read, the latest first. Raises `Refused`, also for one's own."""
    await require(doors, session, Access.READ_HISTORY)
    may_read_case(session.actor, file.case.subject_person_id).enforce()
    case_id = file.case.id
    had = await workflows_of_case(doors.ledger, session.tenant_id, case_id)
    if had is None:
        raise CaseNotFound
    runs = [WorkflowChoice(part=str(n), workflow=workflow_id(case_id, n)) for n in range(had.continuation, -1, -1)]
    return [WorkflowChoice(part=WATCH, workflow=watch_id(case_id)), *runs] if had.watched else runs


async def read_history(
    doors: Doors, histories: Histories, session: Session, file: CaseFile, *, part: str = "", after: int = 0
) -> HistoryView:
    """Events after number `after` of one of the workflows of a case that this request has read.

    Of the latest if none is named. Raises `Refused`, also for one's own case, `InputRefused`, `TemporalUnreachable`.
    """
    case = file.case
    choices = await workflows_of(doors, session, file)
    chosen = next((one for one in choices if one.part == part), None) if part else choices[0]
    if chosen is None:
        raise InputRefused(Code.WORKFLOW_UNKNOWN, "The case has had no such workflow.")
    read = await histories.events(chosen.workflow, after=after, most=A_PAGE)
    # Before anything is shown: what could not be recorded was not read.
    await doors.ledger.audit(
        session.tenant_id,
        by_person(
            session.actor, EventType.HISTORY_READ, subject_id=case.subject_id, case_id=case.id,
            workflow=chosen.part, after=after, events=len(read.events),
        ),
    )  # fmt: skip
    return HistoryView(
        workflow=chosen.workflow,
        found=read.found,
        events=read.events,
        next_after=read.events[-1].id if read.more and read.events else None,
    )
