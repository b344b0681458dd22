"""Campaigns as workflows on the real server, over the real directory (R40)."""

from __future__ import annotations

import asyncio
import dataclasses
from datetime import timedelta
from typing import TYPE_CHECKING
from unittest import mock
from uuid import UUID, uuid4

import pytest
from temporalio.client import WorkflowExecutionStatus
from temporalio.common import RawValue

from activities.campaign import Campaigning
from directory.records import FirstEnrolmentStarted, IssuedSession, SignInStarted
from domain.campaign import CampaignActKind, CampaignOutcome
from domain.ids import rollout_id
from service import campaigns
from store.campaigns import CampaignBook
from tests.campaign.running import EVERYONE, Running
from tests.campaign.short_histories import short_histories
from tests.campaign.support import WISH, FakeRollout, people
from tests.support import playing
from tests.support import world as worlds
from tests.support.database import pool_of

if TYPE_CHECKING:
    from compose.parts import Parts
    from tests.support.world import World


async def test_a_campaign_from_start_to_end(w: World) -> None:
    """R40: announced, reminded, required at the next sign-in; factors, passwords and sessions stay as they were."""
    sign_in, opal, kim = w.parts.directory.sign_in, w.people["opal"], w.accounts["kim"]
    before = {key: await w.parts.feed.read(account) for key, account in w.accounts.items()}
    # Opal's app is taken away by hand, as with a member who never had one; MFA is optional for her.
    await w.owner("UPDATE directory.factors SET removed_at = now() WHERE account_id = $1", UUID(w.accounts["opal"]))
    session = await sign_in.start(w.tenant_id, opal.login, opal.password)
    assert isinstance(session, IssuedSession)
    hall = Running(w)
    campaign_id = await hall.start()
    campaign = await hall.to_the_end(campaign_id)
    everybody = len(w.accounts)
    assert campaign.outcome is CampaignOutcome.COMPLETED
    assert campaign.counts.model_dump() == {
        "told": everybody, "reminded": 1, "enforced": 2, "already_required": everybody - 2,
        "had_factor": everybody - 1, "gone": 0, "failed": 0,
    }  # fmt: skip
    result = await hall.handle(campaign_id).result()
    assert (result.code, result.counts) == ("completed", campaign.counts)
    assert await w.owner("SELECT count(*) FROM directory.sessions WHERE ended_at IS NOT NULL") == 0
    assert isinstance(await sign_in.start(w.tenant_id, opal.login, opal.password), FirstEnrolmentStarted)
    assert isinstance(await sign_in.start(w.tenant_id, w.people["kim"].login, w.people["kim"].password), SignInStarted)
    for key, account in w.accounts.items():
        after = await w.parts.feed.read(account)
        assert key == "opal" or after.factors == before[key].factors
        assert (after.status, after.backup_codes_left) == (before[key].status, before[key].backup_codes_left)
    assert (await w.parts.feed.read(kim)).sessions == before["kim"].sessions


async def test_a_history_names_nobody(w: World) -> None:
    """R44: neither an account nor a group is in a campaign's history, and its size does not grow with the people."""
    hall = Running(w)
    campaign_id = await hall.start()
    await hall.to_the_end(campaign_id)
    history = await hall.handle(campaign_id).fetch_history()
    decoded = [
        str(payload)
        for event in history.events
        for payload in await _decoded(w, event.activity_task_scheduled_event_attributes.input.payloads)
        + await _decoded(w, event.activity_task_completed_event_attributes.result.payloads)
    ]
    assert any("told" in text for text in decoded)
    for account in (*w.accounts.values(), "everyone"):
        assert not any(account in text for text in decoded)


async def _decoded(w: World, payloads: object) -> list[bytes]:
    codec = w.client.data_converter.payload_codec
    assert codec is not None
    return [one.data for one in await codec.decode(list(payloads))]  # type: ignore[call-overload] # protobuf's container


async def test_pause_resume_and_call_off_are_heard_at_once(w: World) -> None:
    """R40: the workflow waits for hours and looks when it is rung; the decision itself comes from the store."""
    hall = Running(w)
    campaign_id = await hall.start()
    await hall.until(campaign_id, lambda one: one.code == "grace_period")
    await hall.decide(campaign_id, CampaignActKind.PAUSE)
    await hall.until(campaign_id, lambda one: one.code == "paused")
    await hall.forward(campaign_id, timedelta(days=30))
    assert (await hall.until(campaign_id, lambda one: one.code == "paused")).counts.reminded == 0
    await hall.decide(campaign_id, CampaignActKind.CALL_OFF)
    campaign = await hall.until(campaign_id, lambda one: one.outcome is not None)
    assert campaign.outcome is CampaignOutcome.CALLED_OFF
    assert (await hall.handle(campaign_id).result()).code == "called_off"


@pytest.mark.parametrize("how", ["terminate", "cancel"])
async def test_a_workflow_lost_behind_our_back_is_started_again(w: World, how: str) -> None:
    """B29, R40: terminated or cancelled in the middle: started again from the store, and nobody is told twice."""
    hall = Running(w)
    campaign_id = await hall.start()
    await hall.until(campaign_id, lambda one: one.code == "grace_period")
    await getattr(hall.handle(campaign_id), how)()

    async def closed() -> bool:
        status = (await hall.handle(campaign_id).describe()).status
        return status is not WorkflowExecutionStatus.RUNNING

    await playing.eventually(closed, nudge=lambda: asyncio.sleep(0))
    assert await hall.ring() == 1
    assert await hall.ring() == 0
    campaign = await hall.to_the_end(campaign_id)
    assert campaign.counts.told == len(w.accounts)


@pytest.mark.parametrize("squatter", ["another queue", "another type"])
async def test_an_id_taken_by_a_stranger_is_taken_back(w: World, squatter: str) -> None:
    """B19, B29: what an insider put under our id, where no worker of ours can run it, is replaced."""
    running = Running(w)
    campaign_id = await campaigns.start_campaign(w.doors, await w.session("ari"), EVERYONE, key=str(uuid4()))
    name, queue = ("policy_rollout", "nowhere") if squatter == "another queue" else ("no_such_workflow", w.task_queue)
    await w.client.start_workflow(name, id=rollout_id(campaign_id), task_queue=queue)
    await running.ring()
    await running.until(campaign_id, lambda one: one.code == "grace_period")


async def test_another_campaigns_start_cannot_be_replayed(w: World) -> None:
    """B19: the input of one campaign under the id of another ends at once."""
    hall = Running(w)
    first = await hall.start()
    await hall.until(first, lambda one: one.code == "grace_period")
    history = await hall.handle(first).fetch_history()
    [payload] = history.events[0].workflow_execution_started_event_attributes.input.payloads
    handle = await w.environment.client.start_workflow(
        "policy_rollout", RawValue(payload), id=rollout_id(uuid4()), task_queue=w.task_queue
    )

    async def failed() -> bool:
        return (await handle.describe()).status is WorkflowExecutionStatus.FAILED

    await playing.eventually(failed, nudge=lambda: asyncio.sleep(0))


async def test_strangers_messages_are_noticed_and_change_nothing(w: World) -> None:
    """B04, B19: signals and made-up bells are counted in the audit; the campaign waits on."""
    hall = Running(w)
    campaign_id = await hall.start()
    await hall.until(campaign_id, lambda one: one.code == "grace_period")
    await hall.handle(campaign_id).signal("enforce_now", {"group": "everyone"})
    await hall.handle(campaign_id).signal("identity_verification_signalled", {"act_id": str(uuid4())})

    async def audited() -> bool:
        rows = await pool_of(w.parts.ledger).fetch(
            "SELECT text::jsonb -> 'data' ->> 'code' AS code FROM recovery.audit_events "
            "WHERE type = 'recovery.foreign_message'"
        )
        return {"message_unknown", "act_unknown"} <= {row["code"] for row in rows}

    await playing.eventually(audited, nudge=lambda: asyncio.sleep(0))
    assert (await hall.until(campaign_id, lambda one: one.code == "grace_period")).counts.enforced == 0


async def test_nothing_is_lost_across_continue_as_new(postgres_url: str, prepared: worlds.Prepared) -> None:
    """R40, E10: a campaign that goes on in run after run tells, reminds and requires everybody once."""
    fake = FakeRollout(members=people(60), with_factor=set(people(20)))

    def with_fake(parts: Parts) -> Parts:
        others = [one for one in parts.activities if one.__name__ != "advance"]
        advance = Campaigning(CampaignBook(parts.ledger), fake, fake).advance
        return dataclasses.replace(parts, activities=[*others, advance])

    async with (
        short_histories(50) as environment,
        worlds.world(postgres_url, environment, prepared, wrap=with_fake) as w,
    ):
        w.doors = dataclasses.replace(w.doors, groups=fake)
        running = Running(w)
        with mock.patch("domain.policy.campaigns.LARGEST_BATCH", 4):
            campaign_id = await running.start(WISH.model_copy(update={"grace_days": 7, "remind_days": (1,)}))
            campaign = await running.to_the_end(campaign_id)
        runs = [one async for one in w.client.list_workflows(f"WorkflowId = '{rollout_id(campaign_id)}'")]
    assert len(runs) > 2
    assert (campaign.counts.told, campaign.counts.reminded, campaign.counts.enforced) == (60, 40, 60)
    assert fake.changes == people(60)
