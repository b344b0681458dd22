"""A recovery case from intake to its outcome, in the order of the runbook."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from temporalio import workflow
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.workflow import ActivityConfig

from workflows import attributes
from workflows.doorbells import Doorbells, only_under_its_own_id
from workflows.options import effect, look
from workflows.watch import RecoveryWatch

with workflow.unsafe.imports_passed_through():
    from activities.assess import Assessing
    from activities.close import Closing
    from activities.confirm import Confirming
    from activities.contain import Containing
    from activities.reset import Resetting
    from activities.suspend import Suspending
    from domain.ids import case_of_workflow, opaque, watch_id
    from domain.messages import (
        CaseInput,
        CaseResult,
        Outcome,
        Phase,
        Step,
        StepInput,
        WatchInput,
    )
    from domain.refusal_codes import Code

STORE_BEHIND = Code.STORE_BEHIND_WORKFLOW
_AFTER_AN_OBJECTION = (Code.SUSPENSION_DUE, Code.LIFT_DUE)


@workflow.defn(name="recovery_case")
class RecoveryCase(Doorbells):
    """One subject's recovery. It knows phases, doorbells and timers; what is allowed is decided by activities."""

    @workflow.init
    def __init__(self, case: CaseInput) -> None:
        super().__init__()
        self._case = case
        self._step = Step(phase=Phase.INTAKE, version=case.version, code=Code.OPENING)

    @workflow.run
    async def run(self, case: CaseInput) -> CaseResult:
        """The runbook. A refused reset leads back to what is lacking; after the claim it only goes forward."""
        only_under_its_own_id(case_of_workflow(workflow.info().workflow_id) == case.case_id, "case")
        runbook = asyncio.ensure_future(self._runbook())
        while not runbook.done():
            try:
                await asyncio.shield(runbook)
            except asyncio.CancelledError:
                # Cancelling is a decision, and decisions are made at the doors: this one is only noticed.
                self._notice("workflow_cancel_ignored")
        await workflow.wait_condition(workflow.all_handlers_finished)
        return runbook.result()

    async def _runbook(self) -> CaseResult:
        await self._intake()
        while self._step.phase.before(Phase.RE_ENROLMENT):
            await self._backup_codes()
            await self._verification()
            await self._notice_and_cooling_off()
            await self._presence()
            await self._step_up()
            await self._reset()
        await self._re_enrolment()
        return await self._close()

    async def _intake(self) -> None:
        self._take(
            await self._once_the_store_is_there(
                lambda: workflow.execute_activity_method(Assessing.open, self._case, **look("Take up the case"))
            )
        )

    async def _backup_codes(self) -> None:
        while self._step.phase is Phase.BACKUP_CODES:
            await self._wait("Backup codes first: a sign-in with one, or why none can be used")

    async def _verification(self) -> None:
        while self._step.phase is Phase.VERIFICATION:
            if self._step.contain:
                await self._act(Containing.contain, effect("Disable the account and end its sessions"))
            else:
                await self._wait("An approver verifies the identity out of band")

    async def _notice_and_cooling_off(self) -> None:
        while self._step.phase is Phase.COOLING_OFF:
            await self._wait("Everybody is told, and has time to object")

    async def _presence(self) -> None:
        while self._step.phase is Phase.PRESENCE:
            await self._wait("The subject's own browser waits with its code")

    async def _step_up(self) -> None:
        while self._step.phase is Phase.STEP_UP:
            await self._wait("The acting admin proves a step-up over the plan")

    async def _reset(self) -> None:
        if self._step.phase is Phase.RESET:
            await self._act(Resetting.reset, effect("Judge, claim, wipe, read back"))

    async def _re_enrolment(self) -> None:
        while self._step.phase is Phase.RE_ENROLMENT:
            if self._step.code in _AFTER_AN_OBJECTION:
                await self._act(Suspending.suspend, effect("An objection came after the claim"))
            elif self._step.code == Code.ENROLMENT_OVERDUE:
                await self._act(Confirming.lapse, effect("The window has closed: lock the account"))
            else:
                await self._sleep("The subject sets up a new factor in the bound browser")
                await self._act(Confirming.confirm, effect("Read whether the enrolment is complete"))

    async def _close(self) -> CaseResult:
        await self._act(Closing.close, look("Record the outcome"))
        if self._step.outcome is None:
            message = "a closed case has an outcome"
            raise RuntimeError(message)
        if self._step.outcome is Outcome.RECOVERED and workflow.patched("2026-11-watch"):
            await self._begin_watch()
        return CaseResult(outcome=self._step.outcome, version=self._step.version)

    async def _begin_watch(self) -> None:
        watch = WatchInput(case_id=self._case.case_id, tenant_id=self._case.tenant_id)
        try:
            _ = await workflow.start_child_workflow(
                RecoveryWatch.run,
                watch,
                id=watch_id(self._case.case_id),
                parent_close_policy=workflow.ParentClosePolicy.ABANDON,
                static_summary="Watch after a recovery",
            )
        except WorkflowAlreadyStartedError:
            # The sweep was faster, or a continuation repeats the end of a lost run.
            return

    async def _wait(self, for_what: str) -> None:
        await self._sleep(for_what)
        await self._act(Assessing.assess, look("Look at what was recorded"))

    async def _sleep(self, for_what: str) -> None:
        if workflow.info().is_continue_as_new_suggested():
            # An intruder at Temporal can ring without end; a history that is full would end the case. The next run
            # begins with a look, so no bell is lost.
            await self.report_foreign(self._case)
            workflow.continue_as_new(self._case.model_copy(update={"version": self._step.version}))
        workflow.set_current_details(f"**{self._step.phase}** · {self._step.code}\n\n{for_what}.")
        await self.bell_or_timer(self._step.wake_in, for_what)

    async def _act(self, step: Callable[[Any, StepInput], Awaitable[Step]], options: ActivityConfig) -> None:
        await self.report_foreign(self._case)
        bells = [bell.act_id for bell in self.take_bells()]
        message = StepInput(
            case_id=self._case.case_id, tenant_id=self._case.tenant_id, version=self._step.version, rung=bells
        )
        self._take(
            await self._once_the_store_is_there(lambda: workflow.execute_activity_method(step, message, **options))
        )

    async def _once_the_store_is_there(self, ask: Callable[[], Awaitable[Step]]) -> Step:
        answer = await ask()
        while answer.code == STORE_BEHIND:
            # The older store's phase is not believed: the case stays where it is until ops have looked.
            workflow.set_current_details(f"**held** · {STORE_BEHIND}\n\nThe store is older than this workflow.")
            await workflow.sleep(answer.wake_in, summary="The store is older than this workflow: ops must look")
            answer = await ask()
        return answer

    def _take(self, step: Step) -> None:
        self._step = step
        self.version = self._step.version
        outcome = self._step.outcome
        workflow.upsert_search_attributes(
            [
                attributes.PHASE.value_set(self._step.phase.value),
                attributes.TIER.value_set(self._step.tier),
                attributes.TENANT.value_set(opaque(self._case.tenant_id)),
                *([attributes.OUTCOME.value_set(outcome.value)] if outcome else []),
            ]
        )
        if outcome:
            workflow.set_current_details(f"**closed** · {outcome}")
