"""A copy of the campaign that waits before its first look, to show that replay notices; alone for the sandbox."""

from __future__ import annotations

from temporalio import workflow

from workflows.campaign import PolicyRollout

with workflow.unsafe.imports_passed_through():
    from domain.messages import CampaignInput, CampaignResult


@workflow.defn(name="policy_rollout")
class ImpatientRollout(PolicyRollout):
    """Sleeps first."""

    @workflow.init
    def __init__(self, campaign: CampaignInput) -> None:
        super().__init__(campaign)

    @workflow.run
    async def run(self, campaign: CampaignInput) -> CampaignResult:
        """As before, a second later."""
        await workflow.sleep(1)
        return await super().run(campaign)
