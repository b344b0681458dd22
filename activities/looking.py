"""What every activity does first and last: compare versions, and put the case's progress into a Step."""

from __future__ import annotations

import math
from contextlib import asynccontextmanager
from datetime import datetime
from functools import wraps
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from activities.answered import answered_before
from activities.telling import tell
from domain.audit import EventOutcome, EventType
from domain.errors import SubjectGone
from domain.events import by_system
from domain.messages import Outcome, Phase, Step
from domain.plan import Stage
from domain.policy.progress import progress
from domain.ports import CaseFacts, CaseMoves, Planned, Sent, Telling
from domain.refusal_codes import Code

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine

    from domain.audit import AuditEvent
    from domain.case import Case
    from domain.case_file import CaseFile
    from domain.messages import CaseInput, StepInput
    from domain.policy.progress import Progress
    from domain.ports import CaseBook, CasePage

LONGEST_SLEEP_SECONDS = 24 * 3600
HELD_FOR_OPS_SECONDS = 600


Room = TypeVar("Room")
Asked = TypeVar("Asked")


class AnsweredPage(CaseFacts, CaseMoves, Protocol):
    """What is needed of a locked case to know whether a step was answered before."""


class LookingPage(CaseFacts, CaseMoves, Telling, Planned, Protocol):
    """What a look at a locked case needs of it."""


class Answered(Exception):
    """This step needs nothing done: its answer stands in the store, or must be waited for."""

    def __init__(self, step: Step) -> None:
        super().__init__()
        self.step = step


def answering(
    activity: Callable[[Room, Asked], Coroutine[Any, Any, Step]],
) -> Callable[[Room, Asked], Coroutine[Any, Any, Step]]:
    """An activity that opens its pages with `open_page`; it returns the recorded step where there is one."""

    @wraps(activity)
    async def answered(room: Room, message: Asked) -> Step:
        try:
            return await activity(room, message)
        except Answered as known:
            return known.step

    return answered


@asynccontextmanager
async def open_page(book: CaseBook, message: CaseInput | StepInput) -> AsyncIterator[CasePage]:
    """The locked case as this step expects it. Raises `Answered` where store and workflow differ."""
    async with book.page(message.tenant_id, message.case_id) as page:
        known = already_answered(page, message.version)
        if known is None:
            yield page
            return
    raise Answered(known)


def already_answered(page: AnsweredPage, version: int) -> Step | None:
    """The recorded step, or a hold, where store and workflow differ: see `answered_before`."""
    hold = Step(phase=page.case.phase, version=version, code=Code.STORE_BEHIND_WORKFLOW, wake_in=HELD_FOR_OPS_SECONDS)
    return answered_before(version, page.case.version, page.recorded_step, lambda: hold)


async def look(page: LookingPage, file: CaseFile, *, contain: bool = True) -> Step:
    """Move the case to where its facts, acts and the clock say it stands.

    `file` is the page's own, with the people's standing as the provider says it where that was asked; `contain` False
    asks for no containment until a door or the relay rings.
    """
    if file.forged:
        page.audit(forged_acts(file.case, file.forged))
    if not file.case.genuine:
        page.audit(by_system(file.case, EventType.DECISION_REFUSED, EventOutcome.DENIED, code=Code.CASE_ROW_CHANGED))
    where = progress(file)
    await tell(page, where)
    step = step_for(where, file.now)
    if where.phase is Phase.RE_ENROLMENT and await _reset_unfinished(page):
        # Lost between the wipe and letting the browser on: a continuation must finish that first (B29).
        step = waiting_in(Phase.RESET, Code.RESET_UNDER_WAY, 1)
    return await page.move(step if contain else step.model_copy(update={"contain": False}))


async def _reset_unfinished(page: Planned) -> bool:
    states = await page.operations()
    return any(one.operation.stage is Stage.RESET and one.state is not Sent.DONE for one in states)


def step_for(where: Progress, now: datetime) -> Step:
    """Progress as the workflow needs it. The version is set by `move`."""
    seconds = math.ceil((where.wake_at - now).total_seconds())
    return Step(
        phase=where.phase,
        version=0,
        code=where.code,
        wake_in=min(max(seconds, 1), LONGEST_SLEEP_SECONDS),
        outcome=where.outcome,
        contain=where.contain,
    )


def forged_acts(case: Case, count: int) -> AuditEvent:
    """Acts that no door has signed were found and not believed."""
    return by_system(case, EventType.DECISION_REFUSED, EventOutcome.DENIED, code="act_signature_wrong", count=count)


async def subject_gone(book: CaseBook, message: StepInput) -> Step:
    """The account is no longer there: nothing can be done for it, and asking again would not help (B17)."""
    async with open_page(book, message) as page:
        page.audit(by_system(page.case, EventType.RESET_REFUSED, EventOutcome.FAILURE, code=SubjectGone.code))
        return await page.move(
            Step(phase=Phase.CLOSED, version=0, code=SubjectGone.code, wake_in=1, outcome=Outcome.INTERRUPTED)
        )


def waiting_in(phase: Phase, code: str, seconds: float) -> Step:
    """A step that waits in `phase`; the version is set by `move`."""
    return Step(phase=phase, version=0, code=code, wake_in=min(max(math.ceil(seconds), 1), LONGEST_SLEEP_SECONDS))
