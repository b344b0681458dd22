"""A campaign look by look: everybody once, whatever is repeated, lost, paused or refused in between (R40)."""

from __future__ import annotations

from contextlib import asynccontextmanager
from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from activities.campaign import Campaigning
from domain.campaign import CampaignActKind, Stage
from domain.messages import CampaignLook
from service import campaigns
from store.campaigns import CampaignBook
from tests.campaign.support import WISH, Hall, people
from tests.support.database import pool_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from uuid import UUID

    from store.campaigns import CampaignPage

PAUSE, RESUME = CampaignActKind.PAUSE, CampaignActKind.RESUME
TAMPERING = (
    """UPDATE recovery.campaigns SET terms = jsonb_set(terms, '{enforce_at}', '"2020-01-01T00:00:00Z"')
       WHERE id = $1""",
    """UPDATE recovery.campaigns SET terms = jsonb_set(terms, '{group}', '"everyone"') WHERE id = $1""",
    """UPDATE recovery.campaign_acts SET record = jsonb_set(record, '{kind}', '"resume"')
       WHERE campaign_id = $1 AND seq = 2""",
    """DELETE FROM recovery.campaign_acts WHERE campaign_id = $1 AND seq = 2""",
    """UPDATE recovery.campaign_acts SET signature = '\\x00' WHERE campaign_id = $1 AND seq = 1""",
)


class Crash(Exception):
    """The process is gone."""


class LosingBook(CampaignBook):
    """Loses the n-th transaction before it commits, or the answer after it."""

    def __init__(self, hall: Hall, *, at: int, after_commit: bool) -> None:
        super().__init__(hall.book.ledger)
        self.count, self.at, self.after_commit = 0, at, after_commit

    @asynccontextmanager
    async def page(self, tenant_id: UUID, campaign_id: UUID) -> AsyncIterator[CampaignPage]:
        self.count += 1
        lost = self.count == self.at
        async with super().page(tenant_id, campaign_id) as page:
            yield page
            if lost and not self.after_commit:
                raise Crash
        if lost:
            raise Crash


async def enforcing(hall: Hall) -> UUID:
    """A campaign about to change its first batch."""
    campaign_id = await hall.start()
    await hall.until(campaign_id, lambda step: step.stage == "waiting")
    await hall.world.forward(timedelta(days=14))
    await hall.until(campaign_id, lambda step: step.stage == "enforcing")
    return campaign_id


async def test_everybody_is_told_reminded_and_required_once(hall: Hall) -> None:
    """R40: everybody is told, those without a factor are reminded, all are under the policy, in pages of 200."""
    hall.fake.members = people(450)
    hall.fake.with_factor = set(people(100))
    hall.fake.required = set(people(30))
    campaign_id = await hall.start()
    step = await hall.through(campaign_id)
    assert step.counts.model_dump() == {
        "told": 450, "reminded": 350, "enforced": 420, "already_required": 30, "had_factor": 100, "gone": 0, "failed": 0
    }  # fmt: skip
    assert await hall.told(campaign_id) == {"announced": 450, "reminder_3": 350}
    assert hall.fake.changes == people(450)[30:]
    assert hall.fake.largest_page == 200
    required = await hall.audited("mfa.required")
    assert [one["subject"] for one in required] == people(450)[30:]
    assert {one["actor"]["id"] for one in required} == {hall.world.accounts["ari"]}
    reached = [one["data"]["stage"] for one in await hall.audited("rollout.stage_reached")]
    assert reached == ["waiting", "reminding", "waiting", "enforcing", "ended"]


async def test_nobody_is_changed_before_the_announced_time(hall: Hall) -> None:
    """R40: in the grace period accounts stay as they are, to its last second."""
    hall.fake.members = people(5)
    campaign_id = await hall.start()
    await hall.until(campaign_id, lambda step: step.code == "grace_period")
    await hall.world.forward(timedelta(days=13, hours=23, minutes=58))
    await hall.until(campaign_id, lambda step: step.code == "grace_period" and step.wake_in < 200)
    assert hall.fake.changes == []


@pytest.mark.parametrize("after_commit", [False, True], ids=["before the commit", "after the commit"])
@pytest.mark.parametrize("at", [1, 2])
@pytest.mark.parametrize("stage", ["announcing", "enforcing"])
async def test_a_batch_lost_anywhere_is_repeated_once(hall: Hall, stage: str, at: int, *, after_commit: bool) -> None:
    """R33, R40: a crash at any commit of a batch: nobody is told twice, changed twice, counted twice or left out."""
    hall.fake.members = people(250)
    campaign_id = await (hall.start() if stage == "announcing" else enforcing(hall))
    version = (await hall.campaign(campaign_id)).version
    losing = Campaigning(LosingBook(hall, at=at, after_commit=after_commit), hall.fake, hall.fake)
    with pytest.raises(Crash):
        await losing.advance(CampaignLook(campaign_id=campaign_id, tenant_id=hall.world.tenant_id, version=version))
    again = await hall.look(campaign_id, version=version)
    assert again.version == version + 1
    counts = (await hall.through(campaign_id)).counts
    assert (counts.told, counts.enforced) == (250, 250)
    assert hall.fake.changes == people(250)
    assert len(await hall.audited("mfa.required")) == 250


async def test_two_workers_at_the_same_batch(hall: Hall) -> None:
    """R33: a worker thought dead that comes back finds the batch recorded, and records nothing."""
    hall.fake.members = people(250)
    campaign_id = await enforcing(hall)
    version = (await hall.campaign(campaign_id)).version
    first = await hall.look(campaign_id, version=version)
    assert await hall.look(campaign_id, version=version) == first
    assert (await hall.campaign(campaign_id)).counts.enforced == 200


async def test_a_pause_between_two_batches_holds_until_it_is_resumed(hall: Hall) -> None:
    """R40: paused in the middle of enforcement; a bell changes nothing; resumed, it goes on where it was."""
    hall.fake.members = people(450)
    campaign_id = await enforcing(hall)
    await hall.look(campaign_id)
    await hall.decide(campaign_id, PAUSE)
    for _ in range(3):
        assert (await hall.look(campaign_id)).code == "paused"
        await hall.world.forward(timedelta(hours=1))
    assert len(hall.fake.changes) == 200
    await hall.decide(campaign_id, RESUME)
    assert (await hall.through(campaign_id)).counts.enforced == 450
    assert hall.fake.changes == people(450)


async def test_a_pause_while_a_batch_is_read_wins(hall: Hall) -> None:
    """R40: committed after the batch was read and before it was written down, the pause holds: nobody is told."""
    hall.fake.members = people(10)
    campaign_id = await hall.start()
    read = hall.fake.members_of

    async def pausing(*given: Any, **named: Any) -> list[str]:
        await hall.decide(campaign_id, PAUSE)
        return await read(*given, **named)

    hall.fake.members_of = pausing  # type: ignore[method-assign]
    assert (await hall.look(campaign_id)).code == "paused"
    assert await hall.told(campaign_id) == {}


async def test_a_long_pause_sends_no_heap_of_reminders(hall: Hall) -> None:
    """R40: resumed after several reminders were due, only the latest is sent, then enforcement comes as announced."""
    hall.fake.members = people(5)
    campaign_id = await hall.start(WISH.model_copy(update={"remind_days": (7, 3, 1)}))
    await hall.until(campaign_id, lambda step: step.code == "grace_period")
    await hall.decide(campaign_id, PAUSE)
    await hall.world.forward(timedelta(days=12))
    await hall.decide(campaign_id, RESUME)
    await hall.until(campaign_id, lambda step: step.code == "grace_period")
    assert await hall.told(campaign_id) == {"announced": 5, "reminder_3": 5}


async def test_a_provider_that_is_down_is_waited_for(hall: Hall) -> None:
    """R40: nothing is lost and nobody skipped while the provider does not answer; the reason stands in the store."""
    hall.fake.members = people(250)
    campaign_id = await enforcing(hall)
    await hall.look(campaign_id)
    hall.fake.down = True
    await hall.world.forward(timedelta(minutes=1))
    step = await hall.look(campaign_id)
    assert (step.code, step.wake_in) == ("provider_unavailable", 60)
    assert (await hall.campaign(campaign_id)).code == "provider_unavailable"
    hall.fake.down = False
    assert (await hall.through(campaign_id)).counts.enforced == 250


async def test_who_is_gone_or_refused_is_named_and_holds_back_nobody(hall: Hall) -> None:
    """R40: one account that cannot be changed is counted with its code; a new campaign for the group takes it up."""
    hall.fake.members = people(6)
    hall.fake.gone = {people(6)[1]}
    hall.fake.refusing = {people(6)[2]: "provider_refused", people(6)[3]: "provider_refused"}
    campaign_id = await hall.start()
    counts = (await hall.through(campaign_id)).counts
    assert (counts.enforced, counts.gone, counts.failed) == (3, 1, 2)
    view = await campaigns.read_campaign(hall.doors, await hall.world.session("ari"), campaign_id)
    assert [(one.code, one.people) for one in view.failures] == [("provider_refused", 2)]
    [ended] = await hall.audited("rollout.ended")
    assert ended["outcome"] == "partial"
    hall.fake.refusing = {}
    second = await hall.start()
    assert (await hall.through(second)).counts.enforced == 2


async def test_who_joins_later_is_under_the_policy_too(hall: Hall) -> None:
    """R40: the group is read anew at each stage: who joined is required, who left is left alone."""
    hall.fake.members = people(4)
    campaign_id = await hall.start()
    await hall.until(campaign_id, lambda step: step.code == "grace_period")
    hall.fake.members = people(6)[1:]
    counts = (await hall.through(campaign_id)).counts
    assert (counts.told, counts.reminded, counts.enforced) == (4, 5, 5)
    assert hall.fake.changes == people(6)[1:]


async def test_a_store_older_than_the_workflow_is_held(hall: Hall) -> None:
    """R33: restored from an older copy, the store is not believed: nothing is done until ops have looked."""
    hall.fake.members = people(4)
    campaign_id = await hall.start()
    step = await hall.look(campaign_id, version=7)
    assert (step.code, step.version) == ("store_behind_workflow", 7)
    assert await hall.told(campaign_id) == {}


@pytest.mark.parametrize("tampering", TAMPERING)
async def test_what_was_written_past_the_doors_stops_it(hall: Hall, tampering: str) -> None:
    """R40, R42: changed terms, a changed, taken away or unsigned decision: nothing happens, and the audit says so."""
    hall.fake.members = people(4)
    campaign_id = await enforcing(hall)
    await hall.decide(campaign_id, PAUSE)
    await hall.world.owner(tampering, campaign_id)
    step = await hall.look(campaign_id)
    assert step.code == "campaign_not_genuine"
    assert hall.fake.changes == []
    assert (await hall.audited("recovery.decision_refused"))[-1]["data"]["code"] == "campaign_not_genuine"


async def test_a_tampered_campaign_can_be_called_off(hall: Hall) -> None:
    """R40: whatever was forged, at whatever stage, the group is free for another campaign after calling off."""
    hall.fake.members = people(4)
    campaign_id = await enforcing(hall)
    await hall.world.owner(
        "INSERT INTO recovery.campaign_acts SELECT gen_random_uuid(), campaign_id, 2, record, signature, key_id, "
        "actor_account, 'forged', request_digest FROM recovery.campaign_acts WHERE campaign_id = $1",
        campaign_id,
    )
    await hall.decide(campaign_id, PAUSE)
    assert (await hall.look(campaign_id)).code == "campaign_not_genuine"
    await hall.decide(campaign_id, CampaignActKind.CALL_OFF)
    assert (await hall.look(campaign_id)).code == "called_off"
    assert hall.fake.changes == []
    assert await hall.start() != campaign_id


async def test_a_stage_moved_by_hand_enforces_nothing(hall: Hall) -> None:
    """R40: an insider who sets the row to enforcing gains nothing before the signed time."""
    hall.fake.members = people(4)
    campaign_id = await hall.start()
    await hall.world.owner("UPDATE recovery.campaigns SET stage = 'enforcing' WHERE id = $1", campaign_id)
    assert (await hall.look(campaign_id)).code == "before_the_announced_time"
    assert hall.fake.changes == []


async def test_bells_move_no_batch_before_its_time(hall: Hall) -> None:
    """R40: however often a stranger rings, the pace between batches is the signed one."""
    hall.fake.members = people(20)
    campaign_id = await hall.start(WISH.model_copy(update={"per_second": 1}))
    assert (await hall.look(campaign_id)).wake_in == 4
    for _ in range(5):
        assert (await hall.look(campaign_id)).code == "pacing"
    assert await hall.told(campaign_id) == {"announced": 4}


async def test_messages_leave_one_after_the_other(hall: Hall) -> None:
    """R40: sending is spread like everything else: the messages of a batch are due one by one."""
    hall.fake.members = people(4)
    campaign_id = await hall.start(WISH.model_copy(update={"per_second": 1}))
    await hall.look(campaign_id)
    rows = await pool_of(hall.world.parts.ledger).fetch(
        "SELECT next_at FROM recovery.announcements WHERE campaign_id = $1 ORDER BY account_id", campaign_id
    )
    gaps = {later["next_at"] - earlier["next_at"] for earlier, later in pairwise(rows)}
    assert all(timedelta(milliseconds=900) < gap < timedelta(milliseconds=1100) for gap in gaps)


async def test_a_foreign_message_is_noticed_once(hall: Hall) -> None:
    """B19, B04: bells for decisions that nobody made, and messages that are not ours, stand in the audit."""
    hall.fake.members = people(4)
    campaign_id = await hall.start()
    known = (await hall.book.read(hall.world.tenant_id, campaign_id))[1][0].id
    await hall.look(campaign_id, rung=[known, hall.world.tenant_id], foreign={"message_unknown": 3})
    found = [(one["data"]["code"], one["data"]["count"]) for one in await hall.audited("recovery.foreign_message")]
    assert found == [("act_unknown", 1), ("message_unknown", 3)]


async def test_an_ended_campaign_stays_as_it_ended(hall: Hall) -> None:
    """R33: a look after the end, of a workflow that an insider started again, changes nothing."""
    hall.fake.members = people(4)
    campaign_id = await hall.start()
    await hall.through(campaign_id)
    before = await hall.campaign(campaign_id)
    assert before.place.stage is Stage.ENDED
    assert (await hall.look(campaign_id)).ended
    assert await hall.campaign(campaign_id) == before
