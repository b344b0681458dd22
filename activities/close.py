"""Closing: the case gets its outcome, once, with its audit event."""

from __future__ import annotations

from typing import TYPE_CHECKING

from temporalio import activity

from activities.looking import answering, open_page
from domain.audit import EventOutcome, EventType
from domain.events import by_system
from domain.messages import Outcome, Phase, Step, StepInput

if TYPE_CHECKING:
    from domain.ports import CaseBook

_ENDED_WELL = frozenset({Outcome.RECOVERED, Outcome.SELF_SERVICE, Outcome.CANCELLED})


class Closing:
    """The last activity of every case."""

    def __init__(self, book: CaseBook) -> None:
        self._book = book

    @activity.defn(name="recovery.close")
    @answering
    async def close(self, message: StepInput) -> Step:
        """Write the outcome that an earlier step decided. Raises ValueError where none was."""
        async with open_page(self._book, message) as page:
            ending = page.case.ending
            if ending is None:
                raise ValueError("no step has ended this case")
            if page.case.outcome is None:
                await page.close(ending.value)
                how = EventOutcome.SUCCESS if ending in _ENDED_WELL else EventOutcome.FAILURE
                page.audit(by_system(page.case, EventType.CASE_CLOSED, how, ended=ending.value, code=page.case.code))
            return await page.move(Step(phase=Phase.CLOSED, version=0, code=page.case.code, wake_in=1, outcome=ending))
