"""The watch over a recovered account, in a life of its own: the case has ended, its subject is looked after (R38)."""

from __future__ import annotations

from datetime import timedelta

from temporalio import workflow
from temporalio.exceptions import ApplicationError

from workflows.doorbells import Doorbells
from workflows.options import effect, look

with workflow.unsafe.imports_passed_through():
    from activities.assess import Assessing
    from activities.watch import Watching
    from domain.ids import watch_id
    from domain.messages import ForeignMessage, WatchInput, WatchStep


@workflow.defn(name="recovery_watch")
class RecoveryWatch(Doorbells):
    """Looks when rung and when its time has passed; what is done about what it sees, an activity decides."""

    @workflow.init
    def __init__(self, watch: WatchInput) -> None:
        super().__init__()
        self._watch = watch
        self.version = watch.version

    @workflow.run
    async def run(self, watch: WatchInput) -> None:
        """Watch until the store says that it is over."""
        if workflow.info().workflow_id != watch_id(watch.case_id):
            raise ApplicationError(
                "This workflow's id is not its case's.", type="workflow_id_wrong", non_retryable=True
            )
        step = await self._look()
        while not step.ended:
            await self._bell_or_timer(step)
            step = await self._look()
        await workflow.wait_condition(workflow.all_handlers_finished)

    async def _look(self) -> WatchStep:
        self.take_bells()
        await self._report_foreign()
        message = self._watch.model_copy(update={"version": self.version})
        step = await workflow.execute_activity_method(Watching.watch, message, **effect("Look after the account"))
        self.version = step.version
        return step

    async def _bell_or_timer(self, step: WatchStep) -> None:
        if workflow.info().is_continue_as_new_suggested():
            workflow.continue_as_new(self._watch.model_copy(update={"version": self.version}))
        workflow.set_current_details(f"**watch** · {step.code}")
        try:
            await workflow.wait_condition(
                lambda: self.rung, timeout=timedelta(seconds=step.wake_in), timeout_summary="The watch goes on"
            )
        except TimeoutError:
            return

    async def _report_foreign(self) -> None:
        for code, count in sorted(self.take_foreign().items()):
            message = ForeignMessage(
                case_id=self._watch.case_id, tenant_id=self._watch.tenant_id, code=code, count=count
            )
            await workflow.execute_activity_method(
                Assessing.record_foreign, message, **look("Audit a message that is not ours")
            )
