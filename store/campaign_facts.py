"""What doors ask of campaigns besides a campaign itself: by a key, by a group, and whom one could not reach (R40)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from store.statements import SQL

if TYPE_CHECKING:
    from uuid import UUID

    from store.ledger import Ledger


@dataclass(frozen=True, kw_only=True)
class KeyedCampaignAct:
    """The campaign of the act that took a key, and the digest of the request that made it."""

    campaign_id: UUID
    request_digest: str


@dataclass(frozen=True, kw_only=True)
class Failure:
    """How many accounts the provider would not change, by its code."""

    code: str
    people: int


async def campaign_act_of_key(ledger: Ledger, account_id: str, key: str) -> KeyedCampaignAct | None:
    """The act that this account recorded under this key, in whatever campaign, or None."""
    row = await ledger._pool.fetchrow(SQL["campaign_act_by_key"], account_id, key)
    return KeyedCampaignAct(campaign_id=row["campaign_id"], request_digest=row["request_digest"]) if row else None


async def running_campaign_of(ledger: Ledger, tenant_id: UUID, group: str) -> UUID | None:
    """The campaign that runs for this group, if one does; there is never a second."""
    found: UUID | None = await ledger._pool.fetchval(SQL["campaign_running_of_group"], tenant_id, group)
    return found


async def failures_of(ledger: Ledger, campaign_id: UUID) -> list[Failure]:
    """The accounts that the campaign could not reach, counted by why."""
    rows = await ledger._pool.fetch(SQL["campaign_failures"], campaign_id)
    return [Failure(code=row["code"], people=row["people"]) for row in rows]
