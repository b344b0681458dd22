"""Starting, pausing, resuming and calling off at the doors, and who may (R40)."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from domain.campaign import CampaignActKind, CampaignNotFound, CampaignOutcome, CampaignState
from domain.errors import InputRefused, Refused
from service import campaigns
from tests.campaign.support import GROUP, WISH, Hall, people
from tests.support.refusals import coded

if TYPE_CHECKING:
    from domain.policy.campaigns import Wish

PAUSE, RESUME, CALL_OFF = CampaignActKind.PAUSE, CampaignActKind.RESUME, CampaignActKind.CALL_OFF


@pytest.fixture(autouse=True)
def sales(hall: Hall) -> None:
    """Ten people."""
    hall.fake.members = people(10)


async def refused(hall: Hall, wish: Wish, who: str = "ari") -> Refused:
    """How the door refuses."""
    with pytest.raises(Refused) as caught:
        await hall.start(wish, who=who)
    return caught.value


async def test_a_campaign_is_an_act_and_in_the_audit(hall: Hall) -> None:
    """R40, R42: what was promised, by whom and from when is signed and in the audit; nobody was changed."""
    campaign_id = await hall.start()
    view = await campaigns.read_campaign(hall.doors, await hall.world.session("ivy"), campaign_id)
    assert (view.group, view.people, view.standing, view.remind_days) == (GROUP, 10, CampaignState.RUNNING, [3])
    assert view.enforce_at - view.started_at == timedelta(days=14)
    assert [(one.kind, one.by) for one in view.decisions] == [(CampaignActKind.START, hall.world.accounts["ari"])]
    [event] = await hall.audited("rollout.started")
    assert event["actor"]["id"] == hall.world.accounts["ari"]
    assert event["data"]["people"] == 10
    assert hall.fake.changes == []


@pytest.mark.parametrize("who", ["ada", "cleo", "sol", "ivy"])
async def test_nobody_else_starts_one(hall: Hall, who: str) -> None:
    """R40: agent, approver, security and auditor are refused, and the refusal is in the audit."""
    assert (await refused(hall, WISH, who)).code == "role_missing"
    [event] = await hall.audited("rollout.refused")
    assert (event["actor"]["id"], event["outcome"]) == (hall.world.accounts[who], "denied")


@pytest.mark.parametrize("who", ["ada", "cleo"])
async def test_who_carries_cases_does_not_read_campaigns(hall: Hall, who: str) -> None:
    """R40: whom a campaign reached is for administrators, security and auditors."""
    session = await hall.world.session(who)
    with pytest.raises(Refused, check=coded("role_missing")):
        await campaigns.read_campaigns(hall.doors, session, limit=10)
    with pytest.raises(Refused, check=coded("role_missing")):
        await campaigns.read_campaign(hall.doors, session, uuid4())


async def test_an_empty_or_unknown_group_is_refused(hall: Hall) -> None:
    """R40: nothing begins for nobody."""
    assert (await refused(hall, WISH.model_copy(update={"group": "nobody"}))).code == "campaign_group_empty"
    hall.fake.members = []
    assert (await refused(hall, WISH)).code == "campaign_group_empty"


async def test_one_campaign_a_group(hall: Hall) -> None:
    """R40: the second is refused with the id of the one that runs, until that one is over."""
    first = await hall.start()
    error = await refused(hall, WISH)
    assert (error.code, error.facts["campaign_id"]) == ("campaign_already_running", str(first))
    await hall.decide(first, CALL_OFF)
    assert (await hall.look(first)).ended
    assert await hall.start() != first


async def test_two_administrators_at_the_same_instant(hall: Hall) -> None:
    """R40: however many start one for the same group at once, one campaign runs and the others hear its id."""
    found = await asyncio.gather(*(hall.start() for _ in range(5)), return_exceptions=True)
    ids = [one for one in found if not isinstance(one, BaseException)]
    errors = [one for one in found if isinstance(one, Refused)]
    assert len(ids) == 1
    assert {error.facts["campaign_id"] for error in errors} == {str(ids[0])}
    assert len(errors) == 4


async def test_the_same_request_again_is_the_same_campaign(hall: Hall) -> None:
    """R33: a repeated key gives the first answer, also at the same moment; another content under it is refused."""
    found = await asyncio.gather(*(hall.start(key="start-1") for _ in range(4)))
    assert len(set(found)) == 1
    assert await hall.start(key="start-1") == found[0]
    assert len(await hall.audited("rollout.started")) == 1
    with pytest.raises(InputRefused) as caught:
        await hall.start(WISH.model_copy(update={"grace_days": 20}), key="start-1")
    assert caught.value.code == "idempotency_key_reused"


async def test_pausing_twice_from_two_devices(hall: Hall) -> None:
    """R40: one pause counts; the second click hears that it is paused already, the repeated request its answer."""
    campaign_id = await hall.start()
    await asyncio.gather(*(hall.decide(campaign_id, PAUSE, key="pause-1") for _ in range(3)))
    with pytest.raises(Refused) as caught:
        await hall.decide(campaign_id, PAUSE)
    assert caught.value.code == "campaign_paused_already"
    assert len(await hall.audited("rollout.paused")) == 1
    await hall.decide(campaign_id, RESUME)
    _, acts = await hall.book.read(hall.world.tenant_id, campaign_id)
    assert [act.kind for act in acts] == [CampaignActKind.START, PAUSE, RESUME]


async def test_calling_off_ends_it_and_takes_back_what_has_not_left(hall: Hall) -> None:
    """R40: called off before enforcement: nobody is changed and no message that waits is sent any more."""
    campaign_id = await hall.start()
    await hall.until(campaign_id, lambda step: step.stage == "waiting")
    await hall.decide(campaign_id, CALL_OFF)
    assert (await hall.look(campaign_id)).ended
    campaign = await hall.campaign(campaign_id)
    assert campaign.outcome is CampaignOutcome.CALLED_OFF
    view = await campaigns.read_campaign(hall.doors, await hall.world.session("ari"), campaign_id)
    assert [(one.state, one.messages) for one in view.messages] == [("failed", 10)]
    assert hall.fake.changes == []
    with pytest.raises(Refused) as caught:
        await hall.decide(campaign_id, RESUME)
    assert caught.value.code == "campaign_over"


async def test_enforcement_that_has_begun_is_not_called_off(hall: Hall) -> None:
    """R40: the move to enforcement is committed before its first effect; an administrator who is late is told so."""
    campaign_id = await hall.start()
    await hall.until(campaign_id, lambda step: step.stage == "waiting")
    await hall.world.forward(timedelta(days=14))
    assert (await hall.until(campaign_id, lambda step: step.stage == "enforcing")).stage == "enforcing"
    assert hall.fake.changes == []
    with pytest.raises(Refused) as caught:
        await hall.decide(campaign_id, CALL_OFF)
    assert caught.value.code == "campaign_enforcing"


async def test_another_tenants_campaign_is_not_there(hall: Hall) -> None:
    """B23: an id of another tenant is answered as if there were no such campaign."""
    campaign_id = await hall.start()
    other = uuid4()
    with pytest.raises(CampaignNotFound):
        await hall.book.read(other, campaign_id)
    with pytest.raises(CampaignNotFound):
        await hall.decide(uuid4(), PAUSE)
