"""A campaign over the real directory and server: what a test does with it while it runs."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

from domain.campaign import Campaign, CampaignActKind, Stage
from domain.ids import rollout_id
from domain.messages import CampaignResult
from domain.policy.campaigns import Wish
from service import campaigns
from starter.relay.campaign_bells import CampaignBells
from store.campaigns import CampaignBook
from tests.support import playing
from workflows.campaign import PolicyRollout

if TYPE_CHECKING:
    from collections.abc import Callable

    from temporalio.client import WorkflowHandle

    from tests.support.world import World

EVERYONE = Wish(group="everyone", grace_days=7, remind_days=(1,), per_second=1000)


class Running:
    """The doors, the relay and the clocks of one campaign."""

    def __init__(self, world: World) -> None:
        self.w = world
        self.bells = CampaignBells(world.parts.ledger, world.client, task_queue=world.task_queue)
        self.book = CampaignBook(world.parts.ledger)

    async def start(self, wish: Wish = EVERYONE) -> UUID:
        campaign_id = await campaigns.start_campaign(self.w.doors, await self.w.session("ari"), wish, key=str(uuid4()))
        await self.ring()
        return campaign_id

    async def ring(self) -> int:
        await self.w.owner("UPDATE recovery.campaigns SET bell_at = clock_timestamp()")
        return await self.bells.ring()

    async def decide(self, campaign_id: UUID, kind: CampaignActKind) -> None:
        session = await self.w.session("ari")
        await campaigns.decide_campaign(self.w.doors, session, campaign_id, kind, key=str(uuid4()))
        await self.ring()

    def handle(self, campaign_id: UUID) -> WorkflowHandle[PolicyRollout, CampaignResult]:
        return self.w.client.get_workflow_handle(rollout_id(campaign_id), result_type=CampaignResult)

    async def until(self, campaign_id: UUID, wanted: Callable[[Campaign], bool]) -> Campaign:
        async def there() -> bool:
            return wanted((await self.book.read(self.w.tenant_id, campaign_id))[0])

        async def nothing() -> None:
            return None

        await playing.eventually(there, nudge=nothing)
        return (await self.book.read(self.w.tenant_id, campaign_id))[0]

    async def forward(self, campaign_id: UUID, by: timedelta) -> None:
        """The rules' clock, and the workflow's to its next look."""
        await self.w.forward(by)
        await self.w.environment.fast_forward(self.handle(campaign_id), timedelta(hours=1))

    async def to_the_end(self, campaign_id: UUID) -> Campaign:
        await self.until(campaign_id, lambda one: one.place.stage is Stage.WAITING)
        await self.forward(campaign_id, timedelta(days=6, minutes=1))
        await self.until(campaign_id, lambda one: one.place.reminded == 1)
        await self.forward(campaign_id, timedelta(days=1))
        return await self.until(campaign_id, lambda one: one.outcome is not None)
