"""A policy rollout campaign: look, wait, look again; the store knows where it stands and what is allowed (R40)."""

from __future__ import annotations

from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.workflow import ActivityConfig

from workflows.doorbells import Doorbells, only_under_its_own_id

with workflow.unsafe.imports_passed_through():
    from activities.campaign import Campaigning
    from domain.ids import rollout_id
    from domain.messages import CampaignInput, CampaignLook, CampaignResult, CampaignStep

SHORTEST_WAIT_SECONDS = 0.01
"""Not worth a timer, which the server rings to the second."""


def batch(summary: str) -> ActivityConfig:
    """One batch of people: safe to repeat, retried for ever; time enough for a provider that takes them one by one."""
    return ActivityConfig(
        summary=summary,
        start_to_close_timeout=timedelta(minutes=5),
        retry_policy=RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(minutes=2)),
    )


@workflow.defn(name="policy_rollout")
class PolicyRollout(Doorbells):
    """Its pace is timers between batches; its history holds counts and codes, and no person."""

    @workflow.init
    def __init__(self, campaign: CampaignInput) -> None:
        super().__init__()
        self._campaign = campaign
        self.version = campaign.version
        self.foreign = dict(campaign.foreign)

    @workflow.run
    async def run(self, campaign: CampaignInput) -> CampaignResult:
        """Go on until the store says that it is over."""
        only_under_its_own_id(workflow.info().workflow_id == rollout_id(campaign.campaign_id), "campaign")
        step = await self._look()
        while not step.ended:
            if workflow.info().is_continue_as_new_suggested():
                await workflow.wait_condition(workflow.all_handlers_finished)
                # The next run begins with a look, so no bell is lost.
                workflow.continue_as_new(self._campaign.model_copy(update={"foreign": self.take_foreign()}))
            await self._sleep(step)
            step = await self._look()
        await workflow.wait_condition(workflow.all_handlers_finished)
        return CampaignResult(code=step.code, version=step.version, counts=step.counts)

    async def _look(self) -> CampaignStep:
        foreign = self.take_foreign()
        look = CampaignLook(
            campaign_id=self._campaign.campaign_id,
            tenant_id=self._campaign.tenant_id,
            version=self.version,
            rung=[bell.act_id for bell in self.take_bells()],
            foreign=foreign,
        )
        step = await workflow.execute_activity_method(
            Campaigning.advance, look, **batch(f"{self._campaign.stage}: do what is due, one batch at most")
        )
        self.version = step.version
        update = {"version": step.version, "stage": step.stage, "counts": step.counts}
        self._campaign = self._campaign.model_copy(update=update)
        return step

    async def _sleep(self, step: CampaignStep) -> None:
        counts = ", ".join(f"{name} {count}" for name, count in step.counts.model_dump().items() if count)
        workflow.set_current_details(f"**{step.stage}** · {step.code}\n\n{counts or 'nobody reached yet'}")
        if step.wake_in >= SHORTEST_WAIT_SECONDS:
            await self.bell_or_timer(step.wake_in, "The campaign goes on")
