"""Campaigns for every way through, and `python -m tests.replay.campaign_scenes` to play and record them (F1)."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING
from unittest import mock

from domain.campaign import CampaignActKind
from domain.ids import rollout_id
from starter.embedded import PostgresSettings, embedded
from tests.campaign.running import Running
from tests.campaign.short_histories import short_histories
from tests.replay.keyring import write_keyring
from tests.replay.record import _anonymous
from tests.support import servers, world

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from uuid import UUID

    from tests.support.world import World

HISTORIES = Path(__file__).parent / "campaign_histories"
USUAL_EVENTS, FEW_EVENTS = 4096, 30


async def completed(w: World) -> UUID:
    """Announced, reminded, enforced."""
    running = Running(w)
    campaign_id = await running.start()
    await running.to_the_end(campaign_id)
    return campaign_id


async def called_off(w: World) -> UUID:
    """Paused in its grace period, among a stranger's messages, and called off."""
    running = Running(w)
    campaign_id = await running.start()
    await running.until(campaign_id, lambda one: one.code == "grace_period")
    await running.handle(campaign_id).signal("enforce_now", {"group": "everyone"})
    await running.decide(campaign_id, CampaignActKind.PAUSE)
    await running.until(campaign_id, lambda one: one.code == "paused")
    await running.decide(campaign_id, CampaignActKind.CALL_OFF)
    await running.until(campaign_id, lambda one: one.outcome is not None)
    return campaign_id


async def continued_as_new(w: World) -> UUID:
    """So many batches that the first run hands on to the next."""
    with mock.patch("domain.policy.campaigns.LARGEST_BATCH", 2):
        return await completed(w)


SCENES: dict[str, Callable[[World], Awaitable[UUID]]] = {
    one.__name__: one for one in (completed, called_off, continued_as_new)
}


async def record(names: list[str]) -> None:
    """Record the first run of each scene, on real servers of this process or the PostgreSQL that tests use."""
    folder = Path(tempfile.mkdtemp(prefix="recovery-record-"))
    async with AsyncExitStack() as stack:
        given = os.environ.get("RECOVERY_TEST_DATABASE_URL")
        if given is None:
            settings = PostgresSettings(fsync=False)
            given = (
                await stack.enter_async_context(embedded(folder / "data", postgres=settings, temporal=None))
            ).database_url
        write_keyring(folder / "keyring.json")
        prepared = await world.prepare(given, folder)
        stack.push_async_callback(servers.drop_database, given, servers.database_of(given, prepared.template))
        HISTORIES.mkdir(exist_ok=True)
        for name in names:
            events = FEW_EVENTS if name == "continued_as_new" else USUAL_EVENTS
            async with (
                asyncio.timeout(120),
                short_histories(events) as environment,
                world.world(given, environment, prepared) as w,
            ):
                await _record(name, w)


async def _record(name: str, w: World) -> None:
    identifier = rollout_id(await SCENES[name](w))
    await w.client.get_workflow_handle(identifier).result()
    runs = {one.start_time: one.run_id async for one in w.client.list_workflows(f"WorkflowId = '{identifier}'")}
    history = await w.client.get_workflow_handle(identifier, run_id=runs[min(runs)]).fetch_history()
    content = {"workflow_id": identifier, "history": _anonymous(json.loads(history.to_json()))}
    (HISTORIES / f"{name}.json").write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    sys.stdout.write(f"{name}: {len(history.events)} events\n")


if __name__ == "__main__":
    asyncio.run(record(sys.argv[1:] or list(SCENES)))
