"""The watch after a recovery: what changes on the account is reported, what is objected to is suspended (R24, R38)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from temporalio import activity

from activities.looking import LONGEST_SLEEP_SECONDS
from activities.suspend import Suspender
from domain.audit import EventType
from domain.errors import SubjectGone
from domain.events import by_system
from domain.messages import Outcome, WatchInput, WatchStep
from domain.policy.objections import disputed, lift_due, suspended, suspension_due, upheld
from domain.ports import CaseFacts, Watches
from domain.refusal_codes import Code

if TYPE_CHECKING:
    from domain.ports import CaseBook, Effects, NewIds


class WatchPage(CaseFacts, Watches, Protocol):
    """What the watch needs of a locked case."""


class Watching:
    """The one activity of the watch."""

    def __init__(self, book: CaseBook, effects: Effects, new_id: NewIds) -> None:
        self._book = book
        self._suspender = Suspender(book, effects, new_id)

    @activity.defn(name="recovery.watch")
    async def watch(self, message: WatchInput) -> WatchStep:
        """Do what an objection or a ruling asks for, and say when to look again or that the watch is over.

        It ends when its time has passed and nothing is left for an officer to decide.
        """
        async with self._book.page(message.tenant_id, message.case_id) as page:
            due = suspension_due(page.file) or lift_due(page.file)
        if due:
            try:
                await self._suspender.settle(message.tenant_id, message.case_id)
            except SubjectGone:
                return await self._end(message, Code.SUBJECT_GONE)
        async with self._book.page(message.tenant_id, message.case_id) as page:
            return await _step(page)

    async def _end(self, message: WatchInput, code: str) -> WatchStep:
        async with self._book.page(message.tenant_id, message.case_id) as page:
            page.audit(by_system(page.case, EventType.WATCH_ENDED, code=code))
            return WatchStep(version=await page.move_watch(ended=True), code=code, ended=True)


async def _step(page: WatchPage) -> WatchStep:
    watch = page.file.watch
    if watch is None or watch.ended:
        return WatchStep(version=watch.version if watch else 0, code="watch_over", ended=True)
    if suspended(page.file.acts) and upheld(page.file.acts):
        page.audit(by_system(page.case, EventType.WATCH_ENDED, code=Outcome.DISPUTED.value))
        return WatchStep(version=await page.move_watch(ended=True), code=Outcome.DISPUTED.value, ended=True)
    if disputed(page.file):
        # An account whose owner objected is never simply let go by the clock.
        version = await page.move_watch(ended=False)
        return WatchStep(version=version, code=Code.SUSPENDED_UNTIL_RULING, wake_in=LONGEST_SLEEP_SECONDS)
    if page.file.now >= watch.until:
        page.audit(by_system(page.case, EventType.WATCH_ENDED, code="watch_over"))
        return WatchStep(version=await page.move_watch(ended=True), code="watch_over", ended=True)
    seconds = int((watch.until - page.file.now).total_seconds()) + 1
    version = await page.move_watch(ended=False)
    return WatchStep(version=version, code="watching", wake_in=min(seconds, LONGEST_SLEEP_SECONDS))
