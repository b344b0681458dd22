"""What the campaign's activity needs of the store, as Protocols."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import TYPE_CHECKING, Protocol
from uuid import UUID

if TYPE_CHECKING:
    from collections.abc import Sequence

    from domain.audit import AuditEvent
    from domain.campaign import Campaign, CampaignAct, CampaignOutcome, Enforced, Place
    from domain.messages import CampaignCounts, CampaignStep


class CampaignFacts(Protocol):
    """One locked campaign as it is known within its transaction, and what is audited of it."""

    campaign: Campaign
    acts: list[CampaignAct]
    forged: int
    now: datetime

    def audit(self, *events: AuditEvent) -> None:
        """Queue audit events."""
        ...


class CampaignMoves(Protocol):
    """Where the campaign stands, and moving it on."""

    def recorded_step(self) -> CampaignStep | None:
        """What the last look answered."""
        ...

    async def move(
        self, place: Place, counts: CampaignCounts, step: CampaignStep, outcome: CampaignOutcome | None = None
    ) -> CampaignStep:
        """Move the campaign, every decision so far applied; returns the step with its version."""
        ...


class CampaignPeople(Protocol):
    """What became of the campaign's people, one by one."""

    async def tell(self, stage: str, account_ids: Sequence[str]) -> int:
        """Put down one message a person and stage; returns how many are new."""
        ...

    async def withdraw(self) -> None:
        """Take back the messages that have not left."""
        ...

    async def enforced(self, results: Sequence[Enforced]) -> list[Enforced]:
        """Record results, once a person; returns those that are new."""
        ...


class CampaignPage(CampaignFacts, CampaignMoves, CampaignPeople, Protocol):
    """One locked campaign within a transaction: all of the ports above, as `store.campaigns` fulfils them."""


class CampaignBook(Protocol):
    """Where campaigns are kept."""

    def page(self, tenant_id: UUID, campaign_id: UUID) -> AbstractAsyncContextManager[CampaignPage]:
        """Open and lock one campaign. Raises `CampaignNotFound`."""
        ...
