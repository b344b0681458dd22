"""Announcements on their way: what is due is leased, and one that was handed over is never sent again (R40)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from domain.notices import NoticeState
from store.statements import SQL

if TYPE_CHECKING:
    from uuid import UUID

    from store.ledger import Ledger

LEASE = timedelta(minutes=3)
LOST_AFTER = timedelta(minutes=5)
GIVE_UP = timedelta(days=3)
_SETTLED = {NoticeState.ACCEPTED: "accepted", NoticeState.FAILED: "failed", NoticeState.UNKNOWN: "unknown"}


@dataclass(frozen=True, kw_only=True)
class Announcement:
    """One message to one person; `message_id` is its idempotency key, `attempts` says whose lease it is."""

    campaign_id: UUID
    tenant_id: UUID
    tenant: str
    account_id: str
    stage: str
    message_id: UUID
    attempts: int


@dataclass(frozen=True, kw_only=True)
class Delivered:
    """How many messages of a stage are in which state."""

    stage: str
    state: str
    messages: int


async def announcements_due(ledger: Ledger, limit: int) -> list[Announcement]:
    """What is due, leased for three minutes; a paused campaign's messages wait."""
    rows = await ledger._pool.fetch(SQL["announcements_claim"], limit, LEASE)
    return [
        Announcement(
            campaign_id=row["campaign_id"], tenant_id=row["tenant_id"], tenant=row["tenant_name"],
            account_id=row["account_id"], stage=row["stage"], message_id=row["message_id"], attempts=row["attempts"],
        )
        for row in rows
    ]  # fmt: skip


async def begin_sending(ledger: Ledger, one: Announcement, channel: str) -> bool:
    """To be committed right before the content leaves; False where another relay has taken it over."""
    return await ledger._pool.fetchval(SQL["announcement_sending"], *_place(one), channel) is not None


async def mark(ledger: Ledger, one: Announcement, state: NoticeState, code: str) -> bool:
    """Settle it as accepted, failed or unknown; False where another relay has taken it over."""
    return await ledger._pool.fetchval(SQL["announcement_settle"], *_place(one), _SETTLED[state], code) is not None


async def try_again(ledger: Ledger, one: Announcement, code: str) -> None:
    """Certainly not delivered: tried again later, for three days from its beginning."""
    await ledger._pool.execute(SQL["announcement_again"], *_place(one), code, GIVE_UP)


async def settle_lost(ledger: Ledger) -> None:
    """What a dead relay left in the middle becomes `unknown` and is not sent again."""
    await ledger._pool.execute(SQL["announcements_lost"], LOST_AFTER)


async def standing_of(ledger: Ledger, campaign_id: UUID) -> list[Delivered]:
    """How the campaign's messages stand."""
    rows = await ledger._pool.fetch(SQL["announcements_standing"], campaign_id)
    return [Delivered(stage=row["stage"], state=row["state"], messages=row["messages"]) for row in rows]


def _place(one: Announcement) -> tuple[UUID, str, str, int]:
    return one.campaign_id, one.account_id, one.stage, one.attempts
