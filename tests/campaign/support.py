"""A fake provider of many people, and campaigns whose looks a test takes one by one."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

from activities.campaign import Campaigning
from domain.campaign import CampaignActKind
from domain.errors import ProviderUnavailable
from domain.messages import CampaignLook, CampaignStep
from domain.policy.campaigns import Wish
from service import campaigns
from store.campaigns import CampaignBook
from tests.support.database import pool_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from domain.campaign import Campaign
    from service.doors import Doors
    from tests.support.world import World

GROUP = "sales"
WISH = Wish(group=GROUP, grace_days=14, remind_days=(3,), per_second=1000)


def people(count: int) -> list[str]:
    """Account ids in order."""
    return [f"person-{number:06}" for number in range(count)]


@dataclass
class FakeRollout:
    """Fulfils `domain.ports.Groups` and `Rollout` from memory; `changes` is every change, in order, and how often."""

    members: list[str] = field(default_factory=list)
    with_factor: set[str] = field(default_factory=set)
    required: set[str] = field(default_factory=set)
    gone: set[str] = field(default_factory=set)
    refusing: dict[str, str] = field(default_factory=dict)
    down: bool = False
    changes: list[str] = field(default_factory=list)
    commands: dict[UUID, str] = field(default_factory=dict)
    largest_page: int = 0

    async def require_mfa(self, account_id: str, command: UUID) -> str:
        return (await self.require_mfa_of({account_id: command}))[account_id]

    async def require_mfa_of(self, wanted: Mapping[str, UUID]) -> dict[str, str]:
        if self.down:
            raise ProviderUnavailable
        return {account: self._one(account, command) for account, command in wanted.items()}

    async def without_factor(self, account_ids: Sequence[str]) -> set[str]:
        return set(account_ids) - self.with_factor

    async def members_of(self, tenant_id: UUID, group: str, *, after: str | None, limit: int) -> list[str]:
        if self.down:
            raise ProviderUnavailable
        self.largest_page = max(self.largest_page, limit)
        return [one for one in self.members if group == GROUP and (after is None or one > after)][:limit]

    async def size_of(self, tenant_id: UUID, group: str) -> int | None:
        return len(self.members) if group == GROUP else None

    def _one(self, account: str, command: UUID) -> str:
        if account in self.gone:
            return "gone"
        if account in self.refusing:
            return self.refusing[account]
        if command not in self.commands:
            self.commands[command] = "already_required" if account in self.required else "required"
            if account not in self.required:
                self.required.add(account)
                self.changes.append(account)
        return self.commands[command]


class Hall:
    """What a test can do with campaigns."""

    def __init__(self, world: World, fake: FakeRollout) -> None:
        self.world = world
        self.fake = fake
        self.book = CampaignBook(world.parts.ledger)
        self.campaigning = Campaigning(self.book, fake, fake)

    @property
    def doors(self) -> Doors:
        return dataclasses.replace(self.world.doors, groups=self.fake)

    async def start(self, wish: Wish = WISH, *, who: str = "ari", key: str | None = None) -> UUID:
        return await campaigns.start_campaign(self.doors, await self.world.session(who), wish, key=key or str(uuid4()))

    async def decide(
        self, campaign_id: UUID, kind: CampaignActKind, *, who: str = "ari", key: str | None = None
    ) -> None:
        session = await self.world.session(who)
        await campaigns.decide_campaign(self.doors, session, campaign_id, kind, key=key or str(uuid4()))

    async def campaign(self, campaign_id: UUID) -> Campaign:
        return (await self.book.read(self.world.tenant_id, campaign_id))[0]

    async def look(self, campaign_id: UUID, *, version: int | None = None, **more: Any) -> CampaignStep:
        """Look once, from the version that the store has or another."""
        known = (await self.campaign(campaign_id)).version if version is None else version
        return await self.campaigning.advance(
            CampaignLook(campaign_id=campaign_id, tenant_id=self.world.tenant_id, version=known, **more)
        )

    async def until(
        self, campaign_id: UUID, wanted: Callable[[CampaignStep], bool], *, looks: int = 60
    ) -> CampaignStep:
        """Look until a step is as wanted, at the pace that steps ask for within a batch or two."""
        for _ in range(looks):
            step = await self.look(campaign_id)
            if wanted(step):
                return step
            if 0 < step.wake_in < 10:
                await self.world.forward(timedelta(seconds=step.wake_in))
        message = "this took too many looks"
        raise AssertionError(message)

    async def through(self, campaign_id: UUID) -> CampaignStep:
        """From the start to the end, time and again to the next thing that is due."""
        for _ in range(200):
            step = await self.look(campaign_id)
            if step.ended:
                return step
            if step.wake_in:
                await self.world.forward(timedelta(seconds=step.wake_in))
                if step.code == "grace_period":
                    await self.world.forward(timedelta(hours=12))
        message = "this took too many looks"
        raise AssertionError(message)

    async def told(self, campaign_id: UUID) -> dict[str, int]:
        """Messages by stage."""
        rows = await pool_of(self.world.parts.ledger).fetch(
            "SELECT stage, count(*) AS messages FROM recovery.announcements WHERE campaign_id = $1 GROUP BY stage",
            campaign_id,
        )
        return {row["stage"]: row["messages"] for row in rows}

    async def audited(self, event_type: str) -> list[dict[str, Any]]:
        """The tenant's audit events of this type, in order."""
        rows = await pool_of(self.world.parts.ledger).fetch(
            "SELECT text::jsonb AS event FROM recovery.audit_events WHERE tenant_id = $1 AND type = $2 ORDER BY seq",
            self.world.tenant_id,
            event_type,
        )
        return [row["event"] for row in rows]
