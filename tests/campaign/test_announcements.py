"""Announcements on their way to people: once each, held while a campaign is paused, and never resent in doubt (R40)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from domain.account import ContactKind
from domain.campaign import ANNOUNCED, CampaignActKind
from domain.campaign_words import announcement_words
from domain.notices import NoticeRefused
from starter.relay.announcements import AnnouncementParts, AnnouncementRelay
from tests.campaign.support import Hall
from tests.support.database import pool_of

if TYPE_CHECKING:
    from uuid import UUID

    from domain.notices import Notice
    from domain.ports import HandingOver

END = datetime(2026, 12, 1, 9, tzinfo=UTC)


@dataclass
class Channel:
    """Takes e-mail, or does what a test wants instead."""

    name: str = "test"
    kinds: frozenset[ContactKind] = frozenset({ContactKind.EMAIL})
    taken: list[Notice] = field(default_factory=list)
    refuses: NoticeRefused | None = None
    breaks: bool = False

    async def deliver(self, notice: Notice, handing_over: HandingOver) -> None:
        if self.refuses is not None:
            raise self.refuses
        await handing_over()
        self.taken.append(notice)
        if self.breaks:
            raise ConnectionResetError


class Post:
    """A campaign for two real people, and the relay that brings them their messages."""

    def __init__(self, hall: Hall) -> None:
        self.hall = hall
        self.channel = Channel()
        self.relay = AnnouncementRelay(
            AnnouncementParts(
                book=hall.book, accounts=hall.world.parts.feed, channels=[self.channel], help_line="+44 20 7946 0000"
            )
        )

    async def announced(self) -> UUID:
        accounts = self.hall.world.accounts
        self.hall.fake.members = sorted([accounts["kim"], accounts["lee"]])
        campaign_id = await self.hall.start()
        await self.hall.look(campaign_id)
        return campaign_id

    async def deliver(self) -> int:
        await self.hall.world.owner("UPDATE recovery.announcements SET next_at = clock_timestamp() - interval '1 s'")
        return await self.relay.deliver()

    async def states(self) -> list[tuple[str, str]]:
        rows = await pool_of(self.hall.world.parts.ledger).fetch(
            "SELECT state, code FROM recovery.announcements ORDER BY account_id"
        )
        return [(row["state"], row["code"]) for row in rows]


@pytest.fixture
def post(hall: Hall) -> Post:
    """The post."""
    return Post(hall)


async def test_everybody_gets_one_message(post: Post) -> None:
    """R40: once each, to the address on record, with a Message-ID that never changes."""
    await post.announced()
    assert await post.deliver() == 2
    assert await post.deliver() == 0
    assert await post.states() == [("accepted", "")] * 2
    assert len({one.id for one in post.channel.taken}) == 2
    assert all("@" in one.address and one.stop_url is None for one in post.channel.taken)


async def test_a_paused_campaign_tells_nobody(post: Post) -> None:
    """R40: messages that have not left wait with their campaign, and go out when it is resumed."""
    campaign_id = await post.announced()
    await post.hall.decide(campaign_id, CampaignActKind.PAUSE)
    assert await post.deliver() == 0
    await post.hall.decide(campaign_id, CampaignActKind.RESUME)
    assert await post.deliver() == 2


async def test_a_campaign_called_off_a_moment_ago_tells_nobody(post: Post) -> None:
    """R40: committed and not yet looked at, the decision counts for the post already."""
    campaign_id = await post.announced()
    await post.hall.decide(campaign_id, CampaignActKind.CALL_OFF)
    await post.deliver()
    assert post.channel.taken == []
    await post.hall.look(campaign_id)
    assert await post.states() == [("failed", "campaign_called_off")] * 2


async def test_what_was_handed_over_without_an_answer_is_not_sent_again(post: Post) -> None:
    """R40: in doubt nobody is told twice; the state says `unknown`."""
    await post.announced()
    post.channel.breaks = True
    await post.deliver()
    post.channel.breaks = False
    assert await post.deliver() == 0
    assert await post.states() == [("unknown", "no_answer")] * 2


async def test_a_channel_that_is_down_for_a_day_loses_nothing(post: Post) -> None:
    """R40: what was certainly not delivered is tried again, and fails visibly after three days."""
    await post.announced()
    post.channel.refuses = NoticeRefused("server_unreachable")
    await post.deliver()
    await post.deliver()
    assert await post.states() == [("queued", "server_unreachable")] * 2
    await post.hall.world.owner("UPDATE recovery.announcements SET created_at = created_at - interval '4 days'")
    await post.deliver()
    assert await post.states() == [("failed", "server_unreachable")] * 2


async def test_who_is_gone_or_has_no_address_is_named(post: Post) -> None:
    """R40: a message that cannot reach its reader fails with its reason and holds back no other."""
    await post.announced()
    post.hall.fake.members = ["00000000-0000-4000-8000-000000000001"]
    await post.hall.world.owner(
        "UPDATE recovery.announcements SET account_id = $1 WHERE account_id = $2",
        "00000000-0000-4000-8000-000000000001",
        post.hall.world.accounts["lee"],
    )
    await post.deliver()
    assert sorted(await post.states()) == [("accepted", ""), ("failed", "subject_gone")]


def test_the_words_have_no_link_and_no_name() -> None:
    """R40, B26: what is needed from when on, in UTC, without a link; names are cleaned and escaped."""
    for stage in (ANNOUNCED, "reminder_3"):
        made = announcement_words(stage=stage, tenant="<b>Ac\u202eme</b>\r\nBcc: x", enforce_at=END, help_line="9<1")
        assert "2026-12-01 09:00 UTC (+00:00)" in made.text
        for text in (made.text, made.html):
            assert "http" not in text
            assert "href" not in text
        assert "\n" not in made.subject
        assert "\u202e" not in made.text
        assert "<b>" not in made.html


async def test_a_campaign_changed_past_the_doors_tells_nobody(post: Post) -> None:
    """R42: messages of a campaign that no door signed stay where they are."""
    campaign_id = await post.announced()
    later = END + timedelta(days=1)
    await post.hall.world.owner(
        "UPDATE recovery.campaigns SET terms = terms || jsonb_build_object('enforce_at', $2::text) WHERE id = $1",
        campaign_id, later.isoformat(),
    )  # fmt: skip
    await post.deliver()
    assert post.channel.taken == []
