"""Workflows are cancelled, terminated, deleted, set back, stores restored: no case is lost or runs twice (B29)."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING
from unittest import mock
from uuid import uuid4

import pytest
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.enums.v1 import EventType
from temporalio.api.workflowservice.v1 import DeleteWorkflowExecutionRequest, ResetWorkflowExecutionRequest
from temporalio.service import RPCError

from domain.account import AccountStatus
from domain.messages import Outcome, Phase
from starter.relay import sweep as sweep_module
from tests.recovery.test_forged_messages import settled
from tests.recovery.test_killed_anywhere import everything_happened_once, finish
from tests.support import playing, waiting
from tests.support.hooks import Hooks

if TYPE_CHECKING:
    from uuid import UUID

    from tests.recovery.conftest import MakeWorld
    from tests.support.world import World

PATIENCE = 45.0
"""Seconds that a loaded machine may take; what is waited for comes at once on a quiet one."""


def _execution(w: World, case_id: UUID) -> WorkflowExecution:
    return WorkflowExecution(workflow_id=w.handle(case_id).id)


async def _delete(w: World, case_id: UUID) -> None:
    await w.client.workflow_service.delete_workflow_execution(
        DeleteWorkflowExecutionRequest(namespace=w.client.namespace, workflow_execution=_execution(w, case_id))
    )

    async def gone() -> bool:
        try:
            await w.handle(case_id).describe()
        except RPCError:
            return True
        return False

    await waiting.until(gone)


async def _set_back(w: World, case_id: UUID, *, to_task: int) -> None:
    """Reset the workflow, as an operator may, to the end of its n-th task."""
    tasks = [
        event.event_id
        async for event in w.handle(case_id).fetch_history_events()
        if event.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED
    ]
    await w.client.workflow_service.reset_workflow_execution(
        ResetWorkflowExecutionRequest(
            namespace=w.client.namespace, workflow_execution=_execution(w, case_id), reason="operator",
            workflow_task_finish_event_id=tasks[to_task], request_id=str(uuid4()),
        )
    )  # fmt: skip


async def test_a_cancel_request_is_noticed_and_ignored(w: World) -> None:
    """B08: cancelling is a decision and decisions are made at doors: the workflow goes on, the audit knows."""
    case_id = await w.open("bo", "kim")
    await w.until_phase(case_id, Phase.VERIFICATION)
    await w.handle(case_id).cancel()
    await settled(w, case_id, 1)
    [event] = await w.audit(case_id, "recovery.foreign_message")
    assert event["data"]["code"] == "workflow_cancel_ignored"
    await playing.verify(w, case_id)
    played = await playing.present(w, case_id, "kim")
    await w.execute(case_id, "bo")
    await w.until_phase(case_id, Phase.RE_ENROLMENT)
    await finish(w, played)


async def test_a_cancel_request_during_the_reset_stops_nothing(make_world: MakeWorld) -> None:
    """R34: a cancel request between two removals: the reset goes forward."""
    hooks = Hooks()
    async with make_world(wrap=hooks.wrap) as w:
        played = await playing.ready(w)
        hooks.arm("done 1", subject=w.accounts["kim"])
        await w.execute(played.case_id, "bo")
        await hooks.reached.wait()
        await w.handle(played.case_id).cancel()
        await _heard(w, played.case_id, EventType.EVENT_TYPE_WORKFLOW_EXECUTION_CANCEL_REQUESTED)
        hooks.go_on.set()
        await w.until_phase(played.case_id, Phase.RE_ENROLMENT)
        await everything_happened_once(w, played)
        await finish(w, played)


@pytest.mark.parametrize("how", ["terminated", "deleted"])
async def test_lost_before_the_claim_is_interrupted(w: World, how: str) -> None:
    """B29: people must look: the case ends as interrupted, says so in the audit, and nothing was removed."""
    case_id = await playing.verified(w)
    await (w.handle(case_id).terminate() if how == "terminated" else _delete(w, case_id))
    assert await w.sweep.sweep() == 1
    case = await w.until_closed(case_id)
    assert case.outcome is Outcome.INTERRUPTED
    [event] = await w.audit(case_id, "recovery.case_interrupted")
    assert event["data"] == {"found": how, "claimed": False, "continuation": 1}
    assert "mfa.factor_removed" not in await w.audit_types(case_id)
    assert await w.sweep.sweep() == 0
    assert await w.open("bo", "kim") != case_id


@pytest.mark.parametrize(
    ("how", "point"),
    [("terminated", "claimed 1"), ("terminated", "called 1"), ("terminated", "wiped 1"), ("deleted", "called 1")],
)
async def test_lost_after_the_claim_is_continued(make_world: MakeWorld, how: str, point: str) -> None:
    """B29 R33: lost in the middle of the reset while its worker still runs: continued forward, nothing twice."""
    hooks = Hooks()
    async with make_world(wrap=hooks.wrap) as w:
        played = await playing.ready(w)
        hooks.arm(point, subject=w.accounts["kim"])
        await w.execute(played.case_id, "bo")
        await hooks.reached.wait()
        await (w.handle(played.case_id).terminate() if how == "terminated" else _delete(w, played.case_id))
        assert await w.sweep.sweep() == 1
        await w.until_phase(played.case_id, Phase.RE_ENROLMENT)
        hooks.go_on.set()
        await everything_happened_once(w, played)
        await finish(w, played)
        assert (await w.handle(played.case_id, 1).result()).outcome is Outcome.RECOVERED


async def test_lost_while_enrolment_is_awaited(w: World) -> None:
    """B29 R37: terminated after the wipe: the continuation keeps the deadline and locks the account."""
    played = await playing.wiped(w)
    await w.handle(played.case_id).terminate()
    # An activity of the lost workflow may still be at work; then the sweep leaves the case to its next round.
    await playing.swept(w)
    await w.pass_time(played.case_id, timedelta(minutes=16), continuation=1)
    assert (await w.until_closed(played.case_id)).outcome is Outcome.ENROLMENT_EXPIRED


async def test_a_sweep_leaves_waiting_cases_alone(w: World) -> None:
    """B29: a case that waits for people for days is not stuck."""
    case_id = await playing.verified(w)
    await w.forward(timedelta(hours=60))
    assert await w.sweep.sweep() == 0
    assert (await w.case(case_id))[0].outcome is None


async def test_a_workflow_that_never_started_is_started(make_world: MakeWorld) -> None:
    """B29: the door committed and the process died before it rang: outbox or sweep start the case, once."""
    async with make_world() as w:
        ring, w.doors = w.doors.ring, playing.deaf(w.doors)
        case_id = await w.open("bo", "kim")
        w.doors = playing.hearing(w.doors, ring)
        assert await w.sweep.sweep() == 1
        await w.until_phase(case_id, Phase.VERIFICATION)
        assert (await w.audit_types(case_id)).count("recovery.backup_codes_checked") == 1


@pytest.mark.parametrize("to_task", [0, 3])
async def test_set_back_after_the_wipe(w: World, to_task: int) -> None:
    """B29: the row is ahead of a workflow that was set back: it catches up by the recorded step, nothing twice."""
    played = await playing.wiped(w)
    before = await w.audit_types(played.case_id)
    await _set_back(w, played.case_id, to_task=to_task)
    await w.until_idle(played.case_id)
    await everything_happened_once(w, played)
    ours = [one for one in await w.audit_types(played.case_id) if one != "recovery.observed"]
    assert ours == [one for one in before if one != "recovery.observed"]
    await finish(w, played)


async def test_set_back_after_the_end_locks_nobody(make_world: MakeWorld) -> None:
    """B29 R37: a workflow that ended in a lock is set back to before it, after a new case recovered the account."""
    hooks = Hooks()
    async with make_world(wrap=hooks.wrap) as w:
        await _set_back_after_the_end(w)
        assert hooks.passed["lock"] == 1


async def _set_back_after_the_end(w: World) -> None:
    played = await playing.wiped(w)
    await w.pass_time(played.case_id, timedelta(minutes=16))
    await w.until_closed(played.case_id)
    first = [event async for event in w.handle(played.case_id).fetch_history_events()]
    again = await playing.wiped(w)
    await playing.enrol(w, again.browser)
    assert (await w.until_closed(again.case_id)).outcome is Outcome.RECOVERED
    tasks = sum(event.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED for event in first)
    for back in (2, 3, 4):
        await _set_back(w, played.case_id, to_task=tasks - back)
        assert (await w.handle(played.case_id).result()).outcome is Outcome.ENROLMENT_EXPIRED
    assert (await w.parts.feed.read(w.accounts["kim"])).status is AccountStatus.ACTIVE
    assert (await w.audit_types(played.case_id)).count("user.locked") == 1
    assert (await w.audit_types(played.case_id)).count("recovery.case_closed") == 1


async def _heard(w: World, case_id: UUID, event_type: EventType.ValueType) -> None:
    """Wait until the workflow has completed a task after this event, that is: has seen it and answered."""

    async def answered() -> bool:
        types = [event.event_type async for event in w.handle(case_id).fetch_history_events()]
        after = types[types.index(event_type) :] if event_type in types else []
        return EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED in after

    await waiting.until(answered)


async def test_a_store_behind_the_workflow_holds(w: World) -> None:
    """B29: a store restored from an older copy is not believed: nothing is done, no task fails; later it goes on."""
    played = await playing.wiped(w)
    case_id = played.case_id
    await w.until(case_id, lambda case: case.code == "factor_awaited" and case.applied_seq == case.act_seq)
    await w.until_idle(case_id)
    saved = await w.owner("SELECT to_jsonb(c) FROM recovery.cases c WHERE id = $1", case_id)
    await w.owner(
        "UPDATE recovery.cases SET version = version - 3, phase = 'presence', code = 'presence_awaited', step = NULL "
        "WHERE id = $1",
        case_id,
    )
    before = await w.audit_types(case_id)
    await w.handle(case_id).signal("identity_verification_signalled", {"act_id": str(uuid4())})
    await _heard(w, case_id, EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED)
    await w.until_idle(case_id)
    assert (await w.handle(case_id).describe()).close_time is None
    held, _ = await w.case(case_id)
    assert (held.version, held.phase, held.outcome) == (saved["version"] - 3, Phase.PRESENCE, None)
    assert await w.audit_types(case_id) == before
    await w.owner(
        "UPDATE recovery.cases SET version = $2, phase = $3, code = $4, step = $5::text::jsonb WHERE id = $1",
        case_id, saved["version"], saved["phase"], saved["code"], json.dumps(saved["step"]),
    )  # fmt: skip
    await w.environment.fast_forward(w.handle(case_id), timedelta(minutes=11))
    await finish(w, played)
    failed = [
        event
        async for event in w.handle(case_id).fetch_history_events()
        if event.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED
    ]
    assert failed == []


async def test_a_case_that_cannot_be_helped_keeps_no_other_waiting(w: World) -> None:
    """B29: the sweep goes on past a case at which it fails, and comes to every open case however many there are."""
    cases = [await w.open("bo", subject) for subject in ("kim", "lee", "nia")]
    for case_id in cases:
        await w.until(case_id, lambda one: one.version > 0)
        await w.handle(case_id).terminate()
    await w.owner("UPDATE recovery.cases SET plan = '{}' WHERE id = $1", min(cases))
    with mock.patch.object(sweep_module, "BATCH", 1):
        assert await w.sweep.sweep() == 2
    for case_id in cases:
        if case_id != min(cases):
            assert (await w.until_closed(case_id)).outcome is Outcome.INTERRUPTED


async def test_a_continuation_that_is_lost_too_is_tried_more_seldom(w: World) -> None:
    """B17 B29: no storm of continuations: a second loss rests before the next try."""
    played = await playing.wiped(w)
    await w.handle(played.case_id).terminate()
    await playing.swept(w)
    await w.handle(played.case_id, 1).terminate()
    assert await w.sweep.sweep() == 0
    with mock.patch.object(sweep_module, "FIRST_REST", timedelta(0)):
        await playing.swept(w)
    await playing.enrol(w, played.browser)
    assert (await w.until_closed(played.case_id)).outcome is Outcome.RECOVERED
