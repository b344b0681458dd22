"""The operations page: what waits, is stuck or was not delivered; and that pages answer without a worker (B29)."""

from __future__ import annotations

import asyncio
import dataclasses
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from unittest import mock

import pytest

from domain.acts import BreakGlassBody, Waiver
from domain.ids import case_reference
from domain.messages import Phase
from service.health import Health, QueueView, WorkerSeen
from starter.console.site import BASE
from starter.engine.patience import PATIENCE_SECONDS
from starter.engine.temporal import FRESH_SECONDS, SEEN_WITHIN, TemporalEngine
from store.audit.keeper import HeadKeeper
from tests.console.support import Desk, console_app
from tests.support.database import pool_of
from tests.support.playing import opened
from transport.connect import connect

if TYPE_CHECKING:
    from pathlib import Path

    from tests.console.conftest import At
    from tests.recovery.conftest import MakeWorld
    from tests.support.world import World

OPS = f"{BASE}/ops"
PATIENCE = 45.0
"""Seconds that a loaded machine may take; what is waited for comes at once on a quiet one."""
NO_WORKER = "No worker is running at the moment"
AWAY = "The workflow engine does not answer at the moment"


@pytest.mark.parametrize("key", ["sol", "ivy", "ari"])
async def test_those_who_run_it_see_that_all_is_well(w: World, at: At, key: str) -> None:
    """Database, Temporal, a worker on both queues, no case stuck: in words, not by colour alone."""
    case_id = await w.open("ada", "kim")
    await w.until_phase(case_id, Phase.VERIFICATION)
    page = await (await at(key)).get(OPS)
    assert page.status == 200
    assert page.text.count("✓ Served") == 2
    assert "Temporal ✓ Answers" in page.text
    assert "No case is stuck" in page.text
    assert NO_WORKER not in page.text
    assert not page.repeated_ids


async def test_others_are_refused(at: At) -> None:
    """Operations are not for agents and approvers (R6)."""
    page = await (await at("ada")).get(OPS)
    assert page.status == 403
    assert "role_missing" in page.codes


async def test_the_part_is_only_the_part(at: At) -> None:
    """What the page asks for by itself has no menu and no second heading."""
    desk = await at("ivy")
    part = await desk.get(OPS, **{"HX-Request": "true"})
    assert "<h1>" not in part.html
    assert "Workers and queues" in part.text


async def test_without_a_worker_pages_answer_and_say_so(make_world: MakeWorld, tmp_path: Path) -> None:
    """B29: every page says that nothing moves, and the stuck case is named."""
    async with make_world(start_worker=False) as w:
        case_id = await w.open("ada", "kim")
        await w.forward(timedelta(minutes=2))
        desk = await Desk(console_app(w, tmp_path), w, "ivy").sit_down()
        page = await desk.get(OPS)
        assert NO_WORKER in page.text
        assert page.text.count("No worker") >= 2
        assert case_reference(case_id) in page.text
        assert "nothing has looked at it since" in page.text
        assert NO_WORKER in (await desk.get(f"{BASE}/audit")).text
        assert NO_WORKER in (await desk.get(f"{BASE}/health", **{"HX-Request": "true"})).text
        await desk.close()


async def test_a_worker_that_stops_is_missed_at_once(make_world: MakeWorld, tmp_path: Path) -> None:
    """B29 (e) F10: no minute passes until the page says so, although the queue remembers the worker for one."""
    async with make_world(start_worker=False) as w:
        async with w.worker(grace=timedelta(0)):
            await w.until_phase(await w.open("ada", "kim"), Phase.VERIFICATION)
            desk = await Desk(console_app(w, tmp_path), w, "ivy").sit_down()
            assert (await desk.get(OPS)).text.count("✓ Served") == 2
        # The server learns of the goodbye a moment after it; without one it would take `SEEN_WITHIN`, which is longer.
        async with asyncio.timeout(PATIENCE):
            served = True
            while served:
                served = (await desk.get(OPS)).text.count("✕ No worker") != 2
        await desk.close()


def test_a_goodbye_is_heard_before_a_silence_would_be() -> None:
    """B29 (e): the test of the goodbye waits for less than what an unheard worker would need to be missed."""
    assert timedelta(seconds=PATIENCE) < SEEN_WITHIN


@pytest.mark.parametrize(
    ("backlog", "oldest", "found"),
    [(0, 0, Health.MOVING), (3, 9, Health.MOVING), (1, 10, Health.NOT_TAKEN_UP), (None, None, Health.MOVING)],
)
def test_work_that_nobody_takes_up_is_seen(backlog: int | None, oldest: int | None, found: Health) -> None:
    """B29: a killed worker stands in the queue's list for a minute; what waits for it tells."""
    seen = [WorkerSeen(identity="worker/0123456789ab", at=datetime.now(UTC))]
    assert QueueView(kind="workflow", workers=seen, backlog=backlog, oldest_seconds=oldest).health is found


async def test_without_temporal_pages_answer_and_say_so(w: World, tmp_path: Path) -> None:
    """B29: the picture comes and says what it could not learn."""
    await w.open("ada", "kim")
    client = await connect("127.0.0.1:9", "recovery", w.parts.keyring, worker=False, lazy=True)
    desk = await Desk(console_app(dataclasses.replace(w, client=client), tmp_path), w, "ivy").sit_down()
    page = await desk.get(OPS)
    assert page.status == 200
    assert AWAY in page.text
    assert "Does not answer" in page.text
    await desk.close()


async def test_a_stranger_learns_nothing_of_the_health(stranger: Desk) -> None:
    """Whether workers run is nobody's business who has not signed in."""
    assert (await stranger.get(f"{BASE}/health")).path == f"{BASE}/sign-in"
    assert 'id="health"' not in (await stranger.get(f"{BASE}/sign-in")).html


async def test_a_case_whose_workflow_is_gone_is_named(w: World, at: At) -> None:
    """B29: terminated behind our back; found even before the sweep has seen it."""
    case_id = await w.open("ada", "kim")
    await w.until_phase(case_id, Phase.VERIFICATION)
    await w.forward(timedelta(minutes=2))
    desk = await at("ivy")
    assert "No case is stuck" in (await desk.get(OPS)).text
    await w.handle(case_id).terminate()
    page = await desk.get(OPS)
    assert "Its workflow does not run" in page.text
    assert case_reference(case_id) in page.text


async def test_a_case_about_the_reader_is_left_out(make_world: MakeWorld, tmp_path: Path) -> None:
    """A thief of the lost device would learn of it (R6)."""
    async with make_world(start_worker=False) as w:
        case_id = await w.open("bo", "ada")
        await w.forward(timedelta(minutes=2))
        await w.give_roles("ada", "auditor")
        desk = await Desk(console_app(w, tmp_path), w, "ada").sit_down()
        page = await desk.get(OPS)
        assert page.status == 200
        assert case_reference(case_id) not in page.text
        await desk.close()
        other = await Desk(console_app(w, tmp_path), w, "ivy").sit_down()
        assert case_reference(case_id) in (await other.get(OPS)).text
        await other.close()


async def test_the_outbox_that_waits_too_long_is_seen(make_world: MakeWorld, tmp_path: Path) -> None:
    """A bell that nobody has heard for more than a minute."""
    async with make_world(start_worker=False) as w:
        await w.open("ada", "kim")
        desk = await Desk(console_app(w, tmp_path), w, "ivy").sit_down()
        assert "Outbox ✓ Keeps up 1 message waits" in (await desk.get(OPS)).text
        await w.forward(timedelta(minutes=2))
        assert "Outbox ✕ Waits too long 1 message waits" in (await desk.get(OPS)).text
        await desk.close()


async def test_notices_that_were_not_delivered_are_listed(w: World, at: At) -> None:
    """B10: which case, what and to whom, how it failed; never the address (R44)."""
    case_id = await w.open("ada", "kim")
    statement = (
        "INSERT INTO recovery.notices (id, tenant_id, case_id, occasion, audience, contact_id, contact_kind, address,"
        " told_at, seal, seal_key, state, code, channel, settled_at) VALUES (gen_random_uuid(), $1, $2, 'opened',"
        " 'on_record', 'c1', 'email', 'kim@secret.example', now(), '', '', 'failed', 'mailbox_unknown', 'smtp',"
        " now() - $3::text::interval)"
    )
    await w.owner(statement, w.tenant_id, case_id, "1 hour")
    page = await (await at("ivy")).get(OPS)
    assert "mailbox_unknown" in page.text
    assert "✕ Not delivered" in page.text
    assert case_reference(case_id) in page.text
    assert "kim@secret.example" not in page.html


async def test_heads_that_are_late_are_seen(w: World, at: At, tmp_path: Path) -> None:
    """R42: an event that waits for a signed head for more than ten minutes."""
    desk = await at("ivy")
    assert "Signed heads ✓ Up to date none yet" in (await desk.get(OPS)).text
    async with HeadKeeper(
        pool_of(w.parts.ledger), tmp_path / "audit-heads.jsonl", signer=w.parts.audit, verifier=w.parts.audit
    ) as keeper:
        await keeper.keep()
        seq = await w.owner("SELECT seq FROM recovery.audit_heads WHERE tenant_id = $1", w.tenant_id)
        assert f"Signed heads ✓ Up to date event {seq} of {seq}," in (await desk.get(OPS)).text
        await w.open("ada", "kim")
        await w.forward(timedelta(minutes=11))
        assert f"Signed heads ✕ Late event {seq} of" in (await desk.get(OPS)).text


async def test_a_review_that_is_overdue_is_seen(w: World, at: At) -> None:
    """R39: broken glass that no other officer has looked at for a day; also for administrators."""
    case_id = await opened(w, "ada")
    await w.decide("sol", case_id, BreakGlassBody(waives=Waiver.SECOND_PERSON, because="Only one approver is awake."))
    assert "Reviews of break-glass ✓ None is overdue 1 review waits" in (await (await at("ivy")).get(OPS)).text
    await w.forward(timedelta(hours=25))
    assert "Reviews of break-glass ✕ Overdue 1 review waits" in (await (await at("ari")).get(OPS)).text


async def test_looking_changes_nothing(w: World, at: At) -> None:
    """No GET of these pages leaves a trace (B05)."""
    case_id = await w.open("ada", "kim")
    await w.until_phase(case_id, Phase.VERIFICATION)
    await w.until_idle(case_id)
    desk = await at("ivy")
    await desk.get(OPS)
    count = "SELECT count(*) FROM recovery.audit_events"
    before = await w.owner(count)
    await desk.get(OPS)
    await desk.get(f"{BASE}/health")
    assert await w.owner(count) == before


async def test_the_health_is_asked_for_once_and_no_page_waits_for_a_newer_one(w: World) -> None:
    """Pages share one answer: fresh for seconds, then shown while the next is fetched (B29)."""
    await w.until_phase(await w.open("ada", "kim"), Phase.VERIFICATION)
    now = 0.0
    engine = TemporalEngine(w.client, task_queue=w.task_queue, clock=lambda: now)
    asked = 0
    answers = engine.queues

    async def counted() -> list[QueueView] | None:
        nonlocal asked
        asked += 1
        return await answers()

    with mock.patch.object(engine, "queues", counted):
        found = await asyncio.gather(*(engine.health() for _ in range(20)))
        assert (set(found), asked) == ({Health.MOVING}, 1)
        now = FRESH_SECONDS + 1
        assert await engine.health() is Health.MOVING
        await asyncio.sleep(0)
        assert asked == 2


async def test_a_temporal_that_swallows_everything_holds_no_page_up(w: World) -> None:
    """A black hole instead of a refused connection: the answer still comes, and waits no longer than a second (B29)."""
    over = asyncio.Event()

    async def swallow(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await over.wait()
        writer.transport.abort()

    server = await asyncio.start_server(swallow, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    client = await connect(f"127.0.0.1:{port}", "recovery", w.parts.keyring, worker=False, lazy=True)
    assert PATIENCE_SECONDS <= 1
    async with asyncio.timeout(PATIENCE):
        assert await TemporalEngine(client, task_queue=w.task_queue).health() is Health.ENGINE_AWAY
    over.set()
    server.close()
    await server.wait_closed()
