"""Bringing a campaign's announcements to people over the channels of notices, each at most once (R40)."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

import structlog

from domain.account import ContactKind
from domain.campaign import ANNOUNCED, Campaign, CampaignState, RolloutOccasion, campaign_state
from domain.campaign_words import announcement_words
from domain.errors import RecoveryError, SubjectGone
from domain.notice_words import ENGLISH, Speech
from domain.notices import Notice, NoticeState
from starter.relay.delivering import hand_over
from store.announcements import announcements_due, begin_sending, mark, settle_lost, try_again

if TYPE_CHECKING:
    from collections.abc import Sequence

    from domain.account import Account
    from domain.ports import Accounts, NoticeChannel
    from store.announcements import Announcement
    from store.campaigns import CampaignBook

_LOG = structlog.get_logger(__name__)
BATCH = 100
AT_ONCE = 10


@dataclass(frozen=True, kw_only=True)
class AnnouncementParts:
    """What the relay of announcements works with."""

    book: CampaignBook
    accounts: Accounts
    channels: Sequence[NoticeChannel]
    help_line: str
    speech: Speech = ENGLISH


@dataclass
class _Attempt:
    """One try of an announcement, as the store keeps it."""

    book: CampaignBook
    row: Announcement
    channel: str
    name: str = "announcement"
    field: str = "message"

    async def begin(self) -> bool:
        return await begin_sending(self.book.ledger, self.row, self.channel)

    async def settle(self, state: NoticeState, code: str) -> None:
        await mark(self.book.ledger, self.row, state, code)

    async def try_again(self, code: str) -> None:
        await try_again(self.book.ledger, self.row, code)


class AnnouncementRelay:
    """Many may run at once: rows are leased, and an attempt that was overtaken can neither send nor settle."""

    def __init__(self, parts: AnnouncementParts) -> None:
        self._parts = parts
        self._ledger = parts.book.ledger

    async def deliver(self) -> int:
        """Try what is due; returns how many messages were tried."""
        await settle_lost(self._ledger)
        rows = await announcements_due(self._ledger, BATCH)
        campaigns: dict[UUID, Campaign | None] = {}
        for row in rows:
            if row.campaign_id not in campaigns:
                campaigns[row.campaign_id] = await self._told_about(row)
        few = asyncio.Semaphore(AT_ONCE)
        await asyncio.gather(*(self._deliver_one(few, row, campaigns[row.campaign_id]) for row in rows))
        return len(rows)

    async def _told_about(self, row: Announcement) -> Campaign | None:
        """The campaign, unless it was paused or called off a moment ago, or is not what doors signed."""
        campaign, acts = await self._parts.book.read(row.tenant_id, row.campaign_id)
        return campaign if campaign.genuine and campaign_state(acts) is CampaignState.RUNNING else None

    async def _deliver_one(self, few: asyncio.Semaphore, row: Announcement, campaign: Campaign | None) -> None:
        async with few:
            try:
                if campaign is None:
                    await try_again(self._ledger, row, "campaign_held")
                else:
                    await self._attempt(row, campaign)
            except Exception as error:  # noqa: BLE001 - whatever it is
                # What the store did not take is left to the lease, or settled as unknown. No trace: it could hold an
                # address.
                _LOG.warning("announcement_not_settled", message=str(row.message_id), kind=type(error).__name__)

    async def _attempt(self, row: Announcement, campaign: Campaign) -> None:
        try:
            notice = _notice(self._parts, row, campaign, await self._parts.accounts.read(row.account_id))
        except SubjectGone:
            await mark(self._ledger, row, NoticeState.FAILED, SubjectGone.code)
            return
        except RecoveryError as error:
            await try_again(self._ledger, row, error.code)
            return
        channel = next((one for one in self._parts.channels if ContactKind.EMAIL in one.kinds), None)
        if notice is None or channel is None:
            await mark(self._ledger, row, NoticeState.FAILED, "no_address" if channel else "no_channel")
            return
        await hand_over(_Attempt(self._parts.book, row, channel.name), notice, channel)


def _notice(parts: AnnouncementParts, row: Announcement, campaign: Campaign, account: Account) -> Notice | None:
    """The message to the account's first e-mail address on record; None where there is none."""
    contact = next((one for one in account.contacts if one.kind is ContactKind.EMAIL), None)
    if contact is None:
        return None
    words = announcement_words(
        stage=row.stage,
        tenant=row.tenant,
        enforce_at=campaign.terms.enforce_at,
        help_line=parts.help_line,
        speech=parts.speech,
    )
    first = row.stage == ANNOUNCED
    return Notice(
        id=row.message_id,
        tenant=row.tenant,
        reference=str(campaign.id),
        occasion=RolloutOccasion.ANNOUNCED if first else RolloutOccasion.REMINDED,
        contact_id=contact.id,
        kind=contact.kind,
        address=contact.value,
        subject=words.subject,
        text=words.text,
        html=words.html,
    )
