"""Watching the re-enrolment: confirmed by reading the provider, or locked when the window closes (R30, R35, R37)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from temporalio import activity

from activities.looking import already_answered, by_system, waiting_in
from activities.operations import Carrier, of_stage
from domain.audit import USER_LOCKED
from domain.messages import Outcome, Phase, Step, StepInput
from domain.plan import Stage
from domain.policy.enrolment import enrolment_complete, events_awaited, window_closed

if TYPE_CHECKING:
    from domain.ports import Accounts, CaseBook, Effects, NewIds


class Confirming:
    """The activities between the wipe and the end."""

    def __init__(self, book: CaseBook, accounts: Accounts, effects: Effects, new_id: NewIds) -> None:
        self._book = book
        self._accounts = accounts
        self._effects = effects
        self._new_id = new_id
        self._carrier = Carrier(book, effects)

    @activity.defn(name="recovery.confirm")
    async def confirm(self, message: StepInput) -> Step:
        """Read the account; when the enrolment is complete finish the plan and end the case as recovered.

        State decides, not events: an event only rings (connectors, "state over events").
        """
        case, _ = await self._book.read_case(message.tenant_id, message.case_id)
        account = await self._accounts.read(case.subject_id)
        decision = enrolment_complete(case, account)
        async with self._book.page(message.tenant_id, message.case_id) as page:
            if known := already_answered(page, message):
                return known
            if not decision.allowed:
                if window_closed(page.case, page.now):
                    return await page.move(waiting_in(Phase.RE_ENROLMENT, "enrolment_overdue", 1))
                seconds = (page.case.enrol_by - page.now).total_seconds() if page.case.enrol_by else 1
                return await page.move(waiting_in(Phase.RE_ENROLMENT, decision.code, seconds))
            if events_awaited(account, page.acts, page.now):
                return await page.move(waiting_in(Phase.RE_ENROLMENT, "events_awaited", 2))
            attempt = await page.take_attempt()
            case, states = page.case, await page.operations()
        await self._carrier.carry_out(case, of_stage(states, Stage.COMPLETE), attempt)
        return await self._end(message, Outcome.RECOVERED)

    @activity.defn(name="recovery.lapse")
    async def lapse(self, message: StepInput) -> Step:
        """Lock the account whose window has closed without an enrolment (R37)."""
        case, _ = await self._book.read_case(message.tenant_id, message.case_id)
        account = await self._accounts.read(case.subject_id)
        if enrolment_complete(case, account).allowed:
            return await self.confirm(message)
        await self._effects.lock(case.subject_id, self._new_id())
        return await self._end(message, Outcome.ENROLMENT_EXPIRED)

    async def _end(self, message: StepInput, outcome: Outcome) -> Step:
        async with self._book.page(message.tenant_id, message.case_id) as page:
            if known := already_answered(page, message):
                return known
            if outcome is Outcome.ENROLMENT_EXPIRED:
                page.audit(by_system(page.case, USER_LOCKED, because="enrolment_window_closed"))
            return await page.move(
                Step(phase=Phase.CLOSED, version=0, code=outcome.value, wake_in=1, outcome=outcome)
            )
