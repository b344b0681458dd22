"""An insider with a Temporal login: may ring and stop the show, must never decide (ADR 0001)."""

from __future__ import annotations

import asyncio
import contextlib
from uuid import UUID, uuid4

import pytest
from temporalio.client import WorkflowExecutionStatus, WorkflowFailureError
from temporalio.common import WorkflowIDReusePolicy
from temporalio.service import RPCError

from domain.account import AccountStatus
from domain.errors import CaseNotFound
from domain.messages import CaseInput, Outcome, Phase
from tests.attacks.support import call
from tests.recovery.conftest import MakeWorld
from tests.support import playing
from tests.support.world import World
from workflows.recovery import RecoveryCase

PROMPTLY = 20


async def test_a_forged_answer_cannot_make_lapse_lock_an_unclaimed_case(w: World) -> None:
    """R19 R34: a step copied from another history leads the workflow to `lapse`; the store says there was no claim."""
    case_id = await w.open("bo", "kim")
    await w.until_phase(case_id, Phase.VERIFICATION)
    await call(w, "recovery.lapse", case_id)
    assert (await w.parts.feed.read(w.accounts["kim"])).status is AccountStatus.ACTIVE
    assert (await w.case(case_id))[0].ending is None


async def test_a_forged_answer_cannot_make_lapse_lock_within_the_window(w: World) -> None:
    """R37: called while the window is open, `lapse` locks nobody."""
    played = await playing.wiped(w)
    for _ in range(3):  # the workflow may be moving the case on meanwhile, and then the call is only answered
        await w.until_idle(played.case_id)
        await call(w, "recovery.lapse", played.case_id)
    assert (await w.parts.feed.read(w.accounts["kim"])).status is AccountStatus.ACTIVE


async def test_a_forged_answer_cannot_make_confirm_move_an_unclaimed_case(w: World) -> None:
    """R34: `confirm` before the claim leaves the case where its acts say it stands."""
    case_id = await w.open("bo", "kim")
    await w.until_phase(case_id, Phase.VERIFICATION)
    await call(w, "recovery.confirm", case_id)
    assert (await w.case(case_id))[0].phase is Phase.VERIFICATION


@pytest.mark.parametrize("activity", ["recovery.reset", "recovery.contain"])
async def test_effects_called_out_of_turn_judge_first(w: World, activity: str) -> None:
    """R34 R19: reset and containment judge from the store, also when an insider asks for them."""
    case_id = await w.open("bo", "kim")
    await w.until_phase(case_id, Phase.VERIFICATION)
    before = await w.parts.feed.read(w.accounts["kim"])
    await call(w, activity, case_id)
    assert await w.parts.feed.read(w.accounts["kim"]) == before
    assert (await w.case(case_id))[0].claimed_at is None


async def test_close_called_out_of_turn_ends_nothing(w: World) -> None:
    """ADR 0001: an outcome is decided by a look, never by the caller who asks for the closing."""
    case_id = await w.open("bo", "kim")
    await w.until_phase(case_id, Phase.VERIFICATION)
    with pytest.raises(ValueError, match="ended"):
        await call(w, "recovery.close", case_id)


async def test_an_activity_for_another_tenant_finds_no_case(w: World) -> None:
    """B23: a start with another tenant's id reaches no case."""
    case_id = await w.open("bo", "kim")
    message = CaseInput(case_id=case_id, tenant_id=uuid4())
    with pytest.raises(CaseNotFound):
        await w.parts.activities[0](message)  # type: ignore[misc]


async def test_a_copied_input_under_another_id_is_refused(w: World) -> None:
    """ADR 0002 ADR 0006: ciphertexts are bound to the namespace only, so a copied input starts; it must end at once."""
    case_id = await w.open("bo", "kim")
    await w.until_phase(case_id, Phase.VERIFICATION)
    twin = await w.client.start_workflow(
        RecoveryCase.run,
        CaseInput(case_id=case_id, tenant_id=w.tenant_id),
        id=f"recovery/{uuid4()}",
        task_queue=w.task_queue,
    )
    with pytest.raises(WorkflowFailureError):
        await asyncio.wait_for(twin.result(), 5)


async def test_a_twin_of_the_workflow_does_nothing_twice(w: World) -> None:
    """R33 B30: a second workflow for the same case, started by hand, removes and records nothing twice."""
    case_id = await w.open("bo", "kim")
    await w.until_phase(case_id, Phase.VERIFICATION)
    twin = await w.client.start_workflow(
        RecoveryCase.run,
        CaseInput(case_id=case_id, tenant_id=w.tenant_id),
        id=f"recovery/{uuid4()}",
        task_queue=w.task_queue,
    )
    await playing.verify(w, case_id)
    played = await playing.present(w, case_id, "kim")
    await w.execute(case_id, "bo")
    await w.until_phase(case_id, Phase.RE_ENROLMENT)
    await playing.enrol(w, played.browser)
    case = await w.until_closed(case_id)
    assert case.outcome is Outcome.RECOVERED
    types = await w.audit_types(case_id)
    for once in ("recovery.reset_claimed", "mfa.factor_admin_reset", "recovery.case_closed"):
        assert types.count(once) == 1
    assert types.count("mfa.factor_removed") == len(case.plan.factor_ids)
    with contextlib.suppress(RPCError):
        await twin.terminate()


async def test_a_squatted_continuation_does_not_hold_the_case_for_ever(make_world: MakeWorld) -> None:
    """B29: an insider starts `recovery/<case>/1` where nobody works and terminates the real one."""
    async with make_world() as w:
        case_id = await w.open("bo", "kim")
        await w.until_phase(case_id, Phase.VERIFICATION)
        squatter = await w.client.start_workflow(
            "recovery_case", "rubbish", id=f"recovery/{case_id}/1", task_queue="nobody-works-here",
            id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
        )  # fmt: skip
        await w.handle(case_id).terminate()
        for _ in range(3):
            await asyncio.wait_for(w.sweep.sweep(), 5)
        try:
            case = await w.until(case_id, lambda one: one.outcome is not None, patience=5)
        finally:
            await squatter.terminate()
        assert case.outcome is Outcome.INTERRUPTED


async def test_a_squatted_id_on_our_queue_with_rubbish_is_swept_away(make_world: MakeWorld) -> None:
    """B19 B29: one started under the case's id before the relay, with unreadable input, holds nothing."""
    async with make_world(start_worker=False) as w:
        w.doors.__dict__["ring"] = _nobody
        case_id = await w.open("bo", "kim")
        squatter = await w.environment.client.start_workflow(
            "recovery_case", "rubbish", id=f"recovery/{case_id}", task_queue=w.task_queue
        )
        async with w.worker():
            with pytest.raises(WorkflowFailureError):
                await asyncio.wait_for(squatter.result(), PROMPTLY)
            assert (await squatter.describe()).status is WorkflowExecutionStatus.FAILED
            await w.sweep.sweep()
            assert (await w.until_closed(case_id)).outcome is Outcome.INTERRUPTED


async def _nobody(_row: int) -> bool:
    return False


async def test_a_flood_of_bells_for_no_act_moves_nothing(w: World) -> None:
    """B04: two hundred made-up bells move nothing, and the real decision right after them works."""
    case_id = await w.open("bo", "kim")
    await w.until_phase(case_id, Phase.VERIFICATION)
    handle = w.handle(case_id)
    await asyncio.gather(
        *(handle.signal("identity_verification_signalled", {"act_id": str(uuid4())}) for _ in range(200))
    )
    await playing.verify(w, case_id)


async def test_one_broken_case_does_not_stop_the_sweep(w: World) -> None:
    """B29: a case row that no longer reads must not keep the sweep from the cases behind it."""
    broken = await w.open("bo", "kim")
    await w.until_phase(broken, Phase.VERIFICATION)
    healthy = await w.open("bo", "lee")
    await w.until(healthy, lambda one: one.phase is not Phase.INTAKE)
    for one in (broken, healthy):
        await w.handle(one).terminate()
    await w.owner("UPDATE recovery.cases SET plan = '{}' WHERE id = $1", broken)
    with contextlib.suppress(Exception):  # as the relay's loop does
        await w.sweep.sweep()
    case, _ = await w.case(healthy)
    assert any(act.kind == "interrupt" for act in (await w.case(healthy))[1]) or case.outcome is not None


async def test_one_broken_case_does_not_stop_the_follower(w: World) -> None:
    """Architecture 12: an event of a case that cannot be read must not hold back everybody else's events."""
    broken = await w.open("bo", "kim")
    await w.until_phase(broken, Phase.VERIFICATION)
    await w.owner("UPDATE recovery.cases SET plan = '{}' WHERE id = $1", broken)
    for subject in ("kim", "lee"):
        await w.owner(
            "INSERT INTO directory.events (tenant_id, account_id, type, at, data) "
            "VALUES ($1, $2, 'user.signed_in', now(), '{}')",
            w.tenant_id, UUID(w.accounts[subject]),
        )  # fmt: skip
    await w.owner(
        "INSERT INTO directory.pending_events (consumer, seq) SELECT 'mfa-recovery', e.seq FROM directory.events e "
        "WHERE NOT EXISTS (SELECT FROM directory.pending_events p WHERE p.seq = e.seq) AND e.type = 'user.signed_in'"
    )
    for _ in range(3):
        with contextlib.suppress(Exception):  # as the relay's loop does
            await w.follower.follow()
    assert await w.owner("SELECT count(*) FROM recovery.observations WHERE account_id = $1", w.accounts["lee"]) >= 1
