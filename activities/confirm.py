"""Watching the re-enrolment: confirmed by reading the provider, or locked when the window closes (R30, R35, R37)."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Protocol
from uuid import uuid5

from temporalio import activity

from activities.looking import answering, look, open_page, subject_gone, waiting_in
from activities.operations import Carrier, lock, of_stage
from domain.account import AccountStatus
from domain.audit import EventOutcome, EventType
from domain.errors import ProviderRefused, SubjectGone
from domain.events import by_system
from domain.messages import Outcome, Phase, Step, StepInput
from domain.notices import Occasion
from domain.plan import Stage
from domain.policy.confirmed import refused_in
from domain.policy.enrolment import enrolment_complete, events_awaited, weaker_than_before, window_closed
from domain.policy.objections import disputed, lift_due, suspension_due
from domain.ports import CaseFacts, Telling, Watches
from domain.refusal_codes import Code

if TYPE_CHECKING:
    from datetime import datetime

    from domain.account import Account
    from domain.case import Case
    from domain.ports import Accounts, CaseBook, Effects


class RecoveredPage(CaseFacts, Telling, Watches, Protocol):
    """What is needed of a locked case whose subject is back."""


class Confirming:
    """The activities between the wipe and the end."""

    def __init__(self, book: CaseBook, accounts: Accounts, effects: Effects) -> None:
        self._book = book
        self._accounts = accounts
        self._effects = effects
        self._carrier = Carrier(book, effects)

    @activity.defn(name="recovery.confirm")
    @answering
    async def confirm(self, message: StepInput) -> Step:
        """Read the account; when the enrolment is complete finish the plan and end the case as recovered.

        State decides, not events: an event only rings (connectors, "state over events").
        """
        try:
            return await self._confirm(message)
        except SubjectGone:
            return await self._gone(message)

    @activity.defn(name="recovery.lapse")
    @answering
    async def lapse(self, message: StepInput) -> Step:
        """Lock the account whose window has closed without an enrolment (R37)."""
        try:
            return await self._lapse(message)
        except SubjectGone:
            return await self._gone(message)

    async def _confirm(self, message: StepInput) -> Step:
        case = (await self._book.read_file(message.tenant_id, message.case_id)).case
        account = await self._accounts.read(case.subject_id)
        decision = enrolment_complete(case, account)
        async with open_page(self._book, message) as page:
            if page.case.wiped_at is None or _needs_an_officer(page, enrolled=decision.allowed):
                # Led here by an answer that was never given, or objected to: the case stands where its acts say.
                return await look(page, page.file)
            if not decision.allowed:
                return await page.move(_still_awaited(page, decision.code))
            if account.status is not AccountStatus.ACTIVE and not account.held_by_recovery:
                # An admin disabled it meanwhile: a recovery enables no such account (B17), and people must look.
                return await page.move(_end(Outcome.INTERRUPTED, Code.SUBJECT_DISABLED))
            if events_awaited(account, page.file.acts, page.file.now):
                return await page.move(waiting_in(Phase.RE_ENROLMENT, Code.EVENTS_AWAITED, 2))
            attempt = await page.take_attempt()
            case, states = page.case, await page.operations()
        await self._carrier.carry_out(case, of_stage(states, Stage.COMPLETE), attempt)
        async with open_page(self._book, message) as page:
            if refused_in(await page.operations(), Stage.COMPLETE):
                # Enrolled, but still disabled: people must look, and the case is not called done.
                return await page.move(_end(Outcome.INTERRUPTED, Code.COMPLETION_REFUSED))
            await self._look_after(page, account)
            return await page.move(_end(Outcome.RECOVERED))

    async def _look_after(self, page: RecoveredPage, account: Account) -> None:
        """From here on the account is watched (R38): told, compared with before, its contacts frozen where possible."""
        case = page.case
        until = page.file.now + timedelta(hours=case.policy.watch.hours)
        await page.begin_watch(until)
        await page.notify(Occasion.ENROLLED)
        frozen = await self._freeze(case, until)
        page.audit(by_system(case, EventType.WATCH_BEGUN, hours=case.policy.watch.hours, contacts_frozen=frozen))
        if weaker := weaker_than_before(case, account):
            page.audit(
                by_system(case, EventType.FACTOR_WEAKER, EventOutcome.PARTIAL, before=weaker.before, now=weaker.now)
            )

    async def _freeze(self, case: Case, until: datetime) -> bool:
        try:
            return await self._effects.freeze_contacts(case.subject_id, until, uuid5(case.id, "freeze"))
        except ProviderRefused:
            return False

    async def _lapse(self, message: StepInput) -> Step:
        case = (await self._book.read_file(message.tenant_id, message.case_id)).case
        account = await self._accounts.read(case.subject_id)
        if enrolment_complete(case, account).allowed:
            return await self._confirm(message)
        async with open_page(self._book, message) as page:
            # Before the lock: a workflow that an operator set back must not lock an account recovered since.
            if page.case.wiped_at is None or not window_closed(page.case, page.file.now):
                return await look(page, page.file)
            case = page.case
        locked = await lock(self._effects, case)
        async with open_page(self._book, message) as page:
            page.audit(locked)
            return await page.move(_end(Outcome.ENROLMENT_EXPIRED))

    async def _gone(self, message: StepInput) -> Step:
        return await subject_gone(self._book, message)


def _end(outcome: Outcome, code: str | None = None) -> Step:
    return Step(phase=Phase.CLOSED, version=0, code=code or outcome.value, wake_in=1, outcome=outcome)


def _needs_an_officer(page: CaseFacts, *, enrolled: bool) -> bool:
    """Whether something is to be suspended or lifted, or an enrolment complete that is objected to (R24)."""
    if suspension_due(page.file) or lift_due(page.file):
        return True
    return enrolled and bool(disputed(page.file))


def _still_awaited(page: CaseFacts, code: str) -> Step:
    """What is still to come, until the window closes (R37)."""
    if window_closed(page.case, page.file.now) or page.case.enrol_by is None:
        return waiting_in(Phase.RE_ENROLMENT, Code.ENROLMENT_OVERDUE, 1)
    return waiting_in(Phase.RE_ENROLMENT, code, (page.case.enrol_by - page.file.now).total_seconds())
