"""Campaigns whose workflow is to be looked after: at once for a decision, else every half minute (R40, B29)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from store.statements import SQL

if TYPE_CHECKING:
    from uuid import UUID

    from store.ledger import Ledger


@dataclass(frozen=True, kw_only=True)
class CampaignBell:
    """A campaign whose turn it is; `act_id` is its latest decision, `unheard` that no look has applied it yet."""

    campaign_id: UUID
    tenant_id: UUID
    version: int
    act_id: UUID
    unheard: bool


async def campaigns_to_ring(ledger: Ledger, *, limit: int) -> list[CampaignBell]:
    """Campaigns of all tenants whose turn it is, the longest waiting first; each is looked after by one relay."""
    return [
        CampaignBell(
            campaign_id=row["id"],
            tenant_id=row["tenant_id"],
            version=row["version"],
            act_id=row["act_id"],
            unheard=row["act_seq"] > row["applied_seq"],
        )
        for row in await ledger._pool.fetch(SQL["campaigns_to_ring"], limit)
    ]
