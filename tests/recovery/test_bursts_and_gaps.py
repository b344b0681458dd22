"""Messages all at once, too early, too late, or while Temporal is away (B25, B29, architecture steps 3 and 4)."""

from __future__ import annotations

import asyncio
import dataclasses
import warnings
from typing import TYPE_CHECKING

import pytest
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from domain.acts import CancelBody, CancelReason, ExecuteBody, Method
from domain.errors import Refused
from domain.messages import Doorbell, Outcome, Phase
from starter.relay.outbox import Outbox
from tests.support import playing
from workflows.recovery import RecoveryCase

if TYPE_CHECKING:
    from tests.recovery.conftest import MakeWorld
    from tests.support.world import World

CANCEL = CancelBody(reason=CancelReason.SUBJECT_WITHDREW)


async def test_everything_in_one_task(make_world: MakeWorld) -> None:
    """B25: verdicts and a cancel recorded while no worker runs: all are in the audit, the cancel stops the case."""
    async with make_world(start_worker=False) as w:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            async with w.worker():
                case_id = await w.open("bo", "kim")
                await w.until_phase(case_id, Phase.VERIFICATION)
            await w.verify(case_id, "cleo", Method.CALLBACK)
            await w.verify(case_id, "dev", Method.CORROBORATING_TICKET)
            await w.decide("bo", case_id, CANCEL, proved=False)
            with pytest.raises(Refused) as late:
                await w.verify(case_id, "dev", Method.IN_PERSON)
            assert late.value.code == "case_closed"
            await w.hurry()
            async with w.worker(cached=0):
                assert (await w.until_closed(case_id)).outcome is Outcome.CANCELLED
                await w.handle(case_id).result()
        assert not [one for one in caught if "unfinished" in str(one.message).lower()]
        types = await w.audit_types(case_id)
        assert types.count("recovery.verification_recorded") == 2
        assert types.count("recovery.cancel_requested") == types.count("recovery.case_closed") == 1


async def test_a_cancel_before_the_claim_wins_over_a_request(make_world: MakeWorld) -> None:
    """B25 R34: both recorded while no worker runs, the request first: the judge sees the cancel."""
    async with make_world(start_worker=False) as w:
        async with w.worker():
            played = await playing.ready(w)
        await w.decide("bo", played.case_id, ExecuteBody())
        await w.decide("sol", played.case_id, CANCEL, proved=False)
        await w.hurry()
        async with w.worker(cached=0):
            case = await w.until_closed(played.case_id)
        assert (case.outcome, case.claimed_at) == (Outcome.CANCELLED, None)


async def test_acts_before_any_worker_exists(make_world: MakeWorld) -> None:
    """B25: a case is opened and decided on before a worker ever ran; the doors answer and nothing is lost."""
    async with make_world(start_worker=False) as w:
        case_id = await w.open("bo", "lee")
        await w.state_codes_unavailable(case_id, "bo")
        await w.verify(case_id, "cleo", Method.CALLBACK)
        await w.hurry()
        async with w.worker():
            await w.until(case_id, lambda one: one.applied_seq == one.act_seq)
            await w.verify(case_id, "dev", Method.CORROBORATING_TICKET)
            await w.until_phase(case_id, Phase.PRESENCE)


async def test_ringing_at_a_finished_case(w: World) -> None:
    """B25: an Update to a workflow that has ended is answered definitely, and the case stays as it ended."""
    case_id = await w.open("bo", "kim")
    await w.until_phase(case_id, Phase.VERIFICATION)
    await w.decide("bo", case_id, CANCEL, proved=False)
    await w.until_closed(case_id)
    await w.handle(case_id).result()
    with pytest.raises(RPCError) as refused:
        await w.handle(case_id).execute_update(RecoveryCase.act_recorded, Doorbell(act_id=case_id))
    assert refused.value.status is RPCStatusCode.NOT_FOUND
    assert (await w.case(case_id))[0].outcome is Outcome.CANCELLED


async def test_temporal_is_away_while_people_decide(w: World) -> None:
    """B29: acts are recorded and answered while Temporal cannot be reached; when it is back they are applied."""
    nowhere = await Client.connect("127.0.0.1:1", lazy=True, data_converter=w.client.data_converter)
    away, there = Outbox(w.parts.ledger, nowhere, task_queue=w.task_queue), w.outbox
    w.doors = dataclasses.replace(w.doors, ring=away.deliver_now)
    case_id = await w.open("bo", "kim")
    await w.verify(case_id, "cleo", Method.CALLBACK)
    assert await away.deliver_waiting() == 0
    case, acts = await w.case(case_id)
    assert (case.version, len(acts)) == (0, 2)

    w.doors = dataclasses.replace(w.doors, ring=there.deliver_now)
    await w.hurry()
    await w.until(case_id, lambda one: one.phase is Phase.VERIFICATION and one.applied_seq == one.act_seq)
    await w.verify(case_id, "dev", Method.CORROBORATING_TICKET)
    await w.until_phase(case_id, Phase.PRESENCE)


@pytest.mark.slow
async def test_a_history_that_fills_up_begins_anew(make_world: MakeWorld) -> None:
    """B25: an insider's thousands of bells make the history begin anew; the case stays where it is and goes on."""
    async with make_world(start_worker=False) as w:
        async with w.worker():
            case_id = await w.open("bo", "kim")
            await w.until_phase(case_id, Phase.VERIFICATION)
        handle = w.handle(case_id)
        first = (await handle.describe()).run_id
        for _ in range(45):
            await asyncio.gather(*(handle.signal("anything") for _ in range(100)))
        async with w.worker():
            await playing.audited(w, case_id, "message_unknown")
            await playing.verify(w, case_id)
        assert (await handle.describe()).run_id != first
        [foreign] = await w.audit(case_id, "recovery.foreign_message")
        assert foreign["data"] == {"code": "message_unknown", "count": 4500}
