"""The watch over a recovered account, in a life of its own: the case has ended, its subject is looked after (R38)."""

from __future__ import annotations

from temporalio import workflow

from workflows.doorbells import Doorbells, only_under_its_own_id
from workflows.options import effect

with workflow.unsafe.imports_passed_through():
    from activities.watch import Watching
    from domain.ids import watch_id
    from domain.messages import WatchInput, WatchStep


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
        only_under_its_own_id(workflow.info().workflow_id == watch_id(watch.case_id), "case")
        step = await self._look()
        while not step.ended:
            await self._sleep(step)
            step = await self._look()
        await workflow.wait_condition(workflow.all_handlers_finished)

    async def _look(self) -> WatchStep:
        self.take_bells()
        await self.report_foreign(self._watch)
        message = self._watch.model_copy(update={"version": self.version})
        step = await workflow.execute_activity_method(Watching.watch, message, **effect("Look after the account"))
        self.version = step.version
        return step

    async def _sleep(self, step: WatchStep) -> None:
        if workflow.info().is_continue_as_new_suggested():
            workflow.continue_as_new(self._watch.model_copy(update={"version": self.version}))
        workflow.set_current_details(f"**watch** · {step.code}")
        await self.bell_or_timer(step.wake_in, "The watch goes on")
