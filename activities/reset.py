"""The reset: judge and claim in one transaction, then forward only (R31, R33, R34; architecture steps 8 to 10)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from temporalio import activity

from activities.looking import LookingPage, answering, look, open_page, subject_gone, waiting_in
from activities.operations import Carrier, lock, of_stage, show_life
from activities.provider import provider_facts
from domain.acts import ActKind, HeldBody
from domain.audit import EventOutcome, EventType
from domain.errors import SubjectGone
from domain.events import by_acting_admin, by_system
from domain.messages import Outcome, Phase, Step, StepInput
from domain.notices import Occasion
from domain.plan import OperationKind, Stage
from domain.policy.brakes import released, wipe_brakes
from domain.policy.judge import judge, replan
from domain.policy.read_back import left_behind
from domain.ports import CaseFacts, CaseRecords, Claims, Planned, Sent
from domain.refusal_codes import Code

if TYPE_CHECKING:
    from domain.account import Account
    from domain.audit import AuditEvent
    from domain.case import Case
    from domain.case_file import CaseFile, ProviderFacts
    from domain.policy.decision import Decision
    from domain.policy.presence import Presence
    from domain.ports import Accounts, CaseBook, Effects, NewIds, OperationState, Presences


class ClaimingPage(CaseFacts, Claims, Planned, Protocol):
    """What a claim needs of a locked case."""


class BrakingPage(CaseFacts, Claims, CaseRecords, Protocol):
    """What the tenant's brake needs of a locked case."""


class TurningBackPage(LookingPage, Claims, CaseRecords, Protocol):
    """What a refused reset needs of a locked case: its claim goes, then it is looked at again."""


class Resetting:
    """The one activity that removes anything of a routine case, and the judge of whether it may."""

    def __init__(
        self, book: CaseBook, accounts: Accounts, effects: Effects, presences: Presences, new_id: NewIds
    ) -> None:
        self._book = book
        self._accounts = accounts
        self._effects = effects
        self._presences = presences
        self._new_id = new_id
        self._carrier = Carrier(book, effects)

    @activity.defn(name="recovery.reset")
    @answering
    async def reset(self, message: StepInput) -> Step:
        """Judge, claim, wipe, read back and let the bound browser on; or say why not.

        A repeat after a crash goes on where the store says it stopped; with nothing sent it judges again.
        """
        try:
            return await self._reset(message)
        except SubjectGone:
            return await subject_gone(self._book, message)

    async def _reset(self, message: StepInput) -> Step:
        file = await self._book.read_file(message.tenant_id, message.case_id)
        said = await provider_facts(file, self._accounts, self._presences)
        if said.account is None:
            return await subject_gone(self._book, message)
        async with open_page(self._book, message) as page:
            if not await self._under_way(page):
                decision = judge(_unclaimed(page.file), said)
                if not decision.allowed:
                    return await _turn_back(page, said.account, decision, said)
                if await _held_by_the_tenants_brake(page):
                    return await look(page, page.file)
                await self._claim(page, said.presence)
            attempt = await page.take_attempt()
            case, states = page.case, await page.operations()
        return await self._go_forward(message, case, states, attempt)

    async def _under_way(self, page: ClaimingPage) -> bool:
        """Whether something was sent already: then nothing is judged any more."""
        if page.case.claimed_at is None:
            return False
        return any(one.state is not Sent.PLANNED for one in of_stage(await page.operations(), Stage.RESET))

    async def _claim(self, page: ClaimingPage, waiting: Presence | None) -> None:
        if page.case.claimed_at is not None or waiting is None:
            return
        await page.claim(page.file.now + page.case.policy.enrolment_window, waiting.id)
        planned = page.case.plan.stage(Stage.RESET) + page.case.plan.stage(Stage.COMPLETE)
        await page.plan_operations([(self._new_id(), one) for one in planned])
        page.audit(
            by_acting_admin(page.case, EventType.RESET_CLAIMED, plan=page.case.plan.digest(), operations=len(planned))
        )

    async def _go_forward(self, message: StepInput, case: Case, states: list[OperationState], attempt: int) -> Step:
        enrolment = OperationKind.REQUIRE_ENROLMENT
        removal = [one for one in of_stage(states, Stage.RESET) if one.operation.kind is not enrolment]
        await self._carrier.carry_out(case, removal, attempt)
        show_life()
        account = await self._accounts.read(case.subject_id)
        async with open_page(self._book, message) as page:
            case, left = page.case, left_behind(page.case, account, await page.operations())
            if case.wiped_at is None and not left:
                page.audit(_reset_event(case, left))
                await page.wiped()
                await page.notify(Occasion.RESET)
                case = page.case
        if case.wiped_at is None:
            return await self._name_what_is_left(message, case, left)
        await self._let_the_browser_on(case, states, attempt)
        async with open_page(self._book, message) as page:
            seconds = (case.enrol_by - page.file.now).total_seconds() if case.enrol_by else 1
            return await page.move(waiting_in(Phase.RE_ENROLMENT, Code.ENROLMENT_AWAITED, seconds))

    async def _let_the_browser_on(self, case: Case, states: list[OperationState], attempt: int) -> None:
        # Where the browser cannot be let on, the password alone still reaches nothing, so waiting for the window's
        # end is safe; a new case helps (R37).
        required = [one for one in states if one.operation.kind is OperationKind.REQUIRE_ENROLMENT]
        await self._carrier.carry_out(case, required, attempt)

    async def _name_what_is_left(self, message: StepInput, case: Case, left: list[str]) -> Step:
        # Locked before it is told: a crash in between locks again by the same command.
        locked = await lock(self._effects, case)
        async with open_page(self._book, message) as page:
            page.audit(_reset_event(page.case, left), locked)
            return await page.move(
                Step(phase=Phase.CLOSED, version=0, code=Code.WIPE_INCOMPLETE, wake_in=1, outcome=Outcome.INTERRUPTED)
            )


async def _held_by_the_tenants_brake(page: BrakingPage) -> bool:
    """Whether one more wipe in this hour goes past the tenant's brake; then the case waits for an officer (R41)."""
    if page.case.claimed_at is not None:
        return False
    over = wipe_brakes(page.case.policy.brakes, claimed_this_hour=await page.claims_this_hour())
    over = [brake for brake in over if not released(page.file.acts, brake)]
    for brake in over:
        await page.record(HeldBody(brake=brake))
        page.audit(by_system(page.case, EventType.CASE_HELD, brake=brake.value))
    return bool(over)


async def _turn_back(page: TurningBackPage, subject: Account, decision: Decision, said: ProviderFacts) -> Step:
    """Refused by the judge: withdraw a claim of which nothing was sent, void what was used up, look again."""
    page.audit(
        by_acting_admin(page.case, EventType.RESET_REFUSED, EventOutcome.DENIED, code=decision.code, rule=decision.rule)
    )
    await page.judged_against(decision.code)
    if page.case.claimed_at is not None:
        page.audit(by_system(page.case, EventType.CLAIM_WITHDRAWN, code=decision.code))
    # Also where none is believed: what an insider with a database login wrote into the row past the judge goes with it.
    await page.withdraw_claim()
    await page.forget_unsent(Stage.RESET)
    await page.forget_unsent(Stage.COMPLETE)
    if decision.code == Code.PLAN_CHANGED:
        before = page.case.plan.digest()
        await page.replan(subject, replan(page.case, subject))
        page.audit(by_system(page.case, EventType.PLAN_CHANGED, before=before, after=page.case.plan.digest()))
    return await look(page, page.file.as_provider_says(said))


def _unclaimed(file: CaseFile) -> CaseFile:
    """The case as it was before its claim: what that judgement used up counts again when it is judged again."""
    if file.case.claimed_at is None:
        return file
    before = [act.seq for act in file.acts if act.kind is ActKind.JUDGEMENT][:-1]
    facts = {"claimed_at": None, "enrol_by": None, "spent_seq": before[-1] if before else 0}
    return replace(file, case=file.case.model_copy(update=facts))


def _reset_event(case: Case, left: list[str]) -> AuditEvent:
    removed = sorted(case.plan.factor_ids - set(left))
    return by_acting_admin(
        case,
        EventType.MFA_FACTOR_ADMIN_RESET,
        EventOutcome.PARTIAL if left else EventOutcome.SUCCESS,
        removed=removed,
        left=left,
        plan=case.plan.digest(),
    )
