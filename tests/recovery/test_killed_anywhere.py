"""A worker dies between any two lines of the reset: the next one finishes, and nothing happens twice (R33, B01)."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from directory.errors import DirectoryError
from domain.acts import CancelBody, CancelReason
from domain.audit import RECOVERY_SEQUENCE
from domain.messages import Outcome, Phase
from domain.plan import OperationKind
from tests.recovery.test_extent_of_the_wipe import lies_about
from tests.support import playing
from tests.support.hooks import Hooks
from tests.support.refusals import coded

if TYPE_CHECKING:
    from tests.recovery.conftest import MakeWorld
    from tests.support.world import World

KIMS_FACTORS = 3
NO_GRACE = timedelta(0)
PATIENCE = 110.0
"""Seconds: a heartbeat's silence (20 s) and the wait for a dead worker's lock (10 s), twice on a loaded machine."""
BEFORE_ANYTHING_WAS_SENT = ("read 1", "claimed 1")
AFTERWARDS = ("sent 1", "called 1", "done 1", "read 2", "wiped 1", "called 4", "moved 2")
AND_ALL_THE_OTHERS = ("call 1", "sent 2", "called 2", "sent 3", "called 3", "done 3", "sent 4", "done 4")
"""Kim has three factors; the fourth operation lets the browser on; the second move is the reset's own."""


async def killed_at(w: World, hooks: Hooks, point: str) -> playing.Played:
    """Play until the reset comes to this point, and stop its worker there without grace."""
    async with w.worker(grace=NO_GRACE):
        played = await playing.ready(w)
        hooks.arm(point, subject=w.accounts["kim"])
        await w.execute(played.case_id, "bo")
        async with asyncio.timeout(15):
            await hooks.reached.wait()
    return played


async def enrolled_in_between(w: World) -> str:
    """Something that the subject enrols after the claim, which no retry may take away."""
    found = await w.owner(
        "INSERT INTO directory.factors (account_id, kind, label, enrolled_at) "
        "VALUES ($1, 'push', 'new', directory.now($2)) RETURNING id::text",
        w.accounts["kim"],
        w.tenant_id,
    )
    return str(found)


async def everything_happened_once(w: World, played: playing.Played) -> None:
    """The store's chain and the directory's own events agree that each effect is one."""
    case, _ = await w.case(played.case_id)
    ours = Counter(await w.audit_types(played.case_id))
    assert ours["mfa.factor_removed"] == KIMS_FACTORS
    assert ours["mfa.factor_admin_reset"] == ours["recovery.reset_claimed"] == ours["mfa.enrolment_required"] == 1
    removed = [one["data"]["factor"] for one in await w.audit(played.case_id, "mfa.factor_removed")]
    assert set(removed) == case.plan.factor_ids
    for event, times in (("mfa.factor_removed", KIMS_FACTORS), ("mfa.enrolment_granted", 1)):
        theirs = "SELECT count(*) FROM directory.events WHERE account_id = $1 AND type = $2"
        assert await w.owner(theirs, w.accounts["kim"], event) == times


async def finish(w: World, played: playing.Played) -> None:
    """The subject enrols and the case ends in the order of R43."""
    await playing.enrol(w, played.browser)
    assert (await w.until_closed(played.case_id)).outcome is Outcome.RECOVERED
    types = await w.audit_types(played.case_id)
    assert [one for one in types if one in RECOVERY_SEQUENCE] == list(RECOVERY_SEQUENCE)


@pytest.mark.timeout(180)
@pytest.mark.parametrize(
    "point",
    [
        *BEFORE_ANYTHING_WAS_SENT,
        *AFTERWARDS,
        *(pytest.param(one, marks=pytest.mark.slow) for one in AND_ALL_THE_OTHERS),
    ],
)
async def test_killed_at(make_world: MakeWorld, point: str) -> None:
    """R33 R43 B01: whichever line it dies at, another worker finishes and each effect is one."""
    hooks = Hooks()
    async with make_world(start_worker=False, wrap=hooks.wrap) as w:
        played = await killed_at(w, hooks, point)
        new = None if point in BEFORE_ANYTHING_WAS_SENT else await enrolled_in_between(w)
        async with w.worker(grace=NO_GRACE, cached=0):
            await w.until(played.case_id, lambda one: one.phase is Phase.RE_ENROLMENT, patience=PATIENCE)
            await everything_happened_once(w, played)
            if new:
                assert new in {one.id for one in (await w.parts.feed.read(w.accounts["kim"])).factors}
            await finish(w, played)


async def test_nothing_sent_is_judged_again(make_world: MakeWorld) -> None:
    """R34: killed right after the claim, and the account changes: claim withdrawn, verdicts void, cancel works."""
    hooks = Hooks()
    async with make_world(start_worker=False, wrap=hooks.wrap) as w:
        played = await killed_at(w, hooks, "claimed 1")
        await enrolled_in_between(w)
        async with w.worker(grace=NO_GRACE, cached=0):
            case = await w.until_phase(played.case_id, Phase.VERIFICATION)
            assert (case.claimed_at, case.enrol_by, case.presence_id) == (None, None, None)
            assert case.plan_version == 2
            assert hooks.passed["call"] == 0
            types = await w.audit_types(played.case_id)
            assert types.count("recovery.claim_withdrawn") == types.count("recovery.plan_changed") == 1
            cancel = CancelBody(reason=CancelReason.SUBJECT_WITHDREW)
            await w.decide("bo", played.case_id, cancel, proved=False)
            assert (await w.until_closed(played.case_id)).outcome is Outcome.CANCELLED


async def test_killed_by_the_system(make_world: MakeWorld) -> None:
    """R33 B01: a process ended by SIGKILL says nothing to any other; its silence is noticed and another finishes."""
    async with make_world(start_worker=False) as w:
        async with w.worker_process("called 2", subject="kim") as process:
            played = await playing.ready(w)
            await w.execute(played.case_id, "bo")
            async with asyncio.timeout(20):
                assert await process.said() == "reached"
            process.kill()
        new = await enrolled_in_between(w)
        async with w.worker(grace=NO_GRACE, cached=0):
            await w.until(played.case_id, lambda one: one.phase is Phase.RE_ENROLMENT, patience=40)
            await everything_happened_once(w, played)
            assert new in {one.id for one in (await w.parts.feed.read(w.accounts["kim"])).factors}
            await finish(w, played)


@pytest.mark.parametrize("asleep", ["read 1", "claimed 1", "call 2", "wiped 1"])
async def test_a_sleeper_wakes_after_the_work_is_done(make_world: MakeWorld, asleep: str) -> None:
    """B01: an attempt hangs, another finishes, the first wakes up: it changes nothing and the case goes on."""
    hooks = Hooks()
    async with make_world(wrap=hooks.wrap) as w:
        played = await playing.ready(w)
        hooks.arm(asleep, subject=w.accounts["kim"])
        await w.execute(played.case_id, "bo")
        await hooks.reached.wait()
        await hooks.again("recovery.reset")
        await everything_happened_once(w, played)
        new = await enrolled_in_between(w)
        before = await _ours(w, played)
        hooks.go_on.set()
        await w.until(played.case_id, lambda one: one.phase is Phase.RE_ENROLMENT)
        await everything_happened_once(w, played)
        assert await _ours(w, played) == before
        assert new in {one.id for one in (await w.parts.feed.read(w.accounts["kim"])).factors}
        await finish(w, played)


@pytest.mark.parametrize("second", ["sent 1", "called 2", "wiped 1"])
async def test_a_sleeper_takes_the_work_over(make_world: MakeWorld, second: str) -> None:
    """B01: an attempt that slept before judging wakes in the middle of the next one: forward, nothing twice."""
    hooks = Hooks()
    async with make_world(wrap=hooks.wrap) as w:
        played = await playing.ready(w)
        hooks.arm("read 1", subject=w.accounts["kim"])
        await w.execute(played.case_id, "bo")
        await hooks.reached.wait()
        first = hooks.go_on
        hooks.arm(second, subject=w.accounts["kim"])
        other = asyncio.create_task(hooks.again("recovery.reset"))
        await hooks.reached.wait()
        first.set()
        await w.until_phase(played.case_id, Phase.RE_ENROLMENT)
        hooks.go_on.set()
        await asyncio.gather(other, return_exceptions=True)
        await everything_happened_once(w, played)
        assert (await w.handle(played.case_id).describe()).close_time is None
        await finish(w, played)


async def test_the_attempt_that_is_waited_for_loses_its_turn(make_world: MakeWorld) -> None:
    """B01 R33: a sleeper takes the turn from the attempt that Temporal waits for: it comes again, the case lives."""
    hooks = Hooks()
    async with make_world(wrap=hooks.wrap) as w:
        played = await playing.ready(w)
        hooks.arm("sent 1", subject=w.accounts["kim"])
        await w.execute(played.case_id, "bo")
        await hooks.reached.wait()
        waited_for = hooks.go_on
        hooks.arm("sent 2", subject=w.accounts["kim"])
        sleeper = asyncio.create_task(hooks.again("recovery.reset"))
        await hooks.reached.wait()
        waited_for.set()
        await w.until_phase(played.case_id, Phase.RE_ENROLMENT)
        hooks.go_on.set()
        await asyncio.gather(sleeper, return_exceptions=True)
        await everything_happened_once(w, played)
        await finish(w, played)


async def test_only_the_latest_attempt_may_send(make_world: MakeWorld) -> None:
    """B01: once another attempt has taken over, the one before it cannot mark anything as sent, so it calls nobody."""
    hooks = Hooks()
    async with make_world(start_worker=False, wrap=hooks.wrap) as w:
        played = await killed_at(w, hooks, "claimed 1")
        async with w.parts.ledger.page(w.tenant_id, played.case_id) as page:
            key = (await page.operations())[0].operation.key
            first, second = await page.take_attempt(), await page.take_attempt()
            assert not await page.mark_sent(key, first)
            assert await page.mark_sent(key, second)
            assert await page.mark_done(key, "removed")
            assert not await page.mark_done(key, "removed")


async def test_killed_between_lock_and_record_when_something_is_left(make_world: MakeWorld) -> None:
    """R31 R33: the account is locked by one command however often it is tried, and the case names what is left."""
    hooks = Hooks()
    async with make_world(start_worker=False, wrap=hooks.wrap) as w:
        hooks.on_carry_out = lies_about(OperationKind.WIPE_FACTORS, refuse=False)
        played = await killed_at(w, hooks, "locked 1")
        async with w.worker(grace=NO_GRACE, cached=0):
            assert (await w.until_closed(played.case_id)).code == "wipe_incomplete"
        await _locked_once(w, played)


async def test_killed_between_lock_and_record_at_the_deadline(make_world: MakeWorld) -> None:
    """R33 R37: the same at the end of an unused window."""
    hooks = Hooks()
    async with make_world(start_worker=False, wrap=hooks.wrap) as w:
        async with w.worker(grace=NO_GRACE):
            played = await playing.wiped(w)
            hooks.arm("locked 1", subject=w.accounts["kim"])
            # Not awaited here: a workflow's clock stands still while an activity of it runs.
            passing = asyncio.create_task(w.pass_time(played.case_id, timedelta(minutes=16)))
            await hooks.reached.wait()
        async with w.worker(grace=NO_GRACE, cached=0):
            assert (await w.until_closed(played.case_id)).outcome is Outcome.ENROLMENT_EXPIRED
            await passing
        await _locked_once(w, played)


async def test_a_worker_that_returns_after_the_window(make_world: MakeWorld) -> None:
    """R37: killed before the browser was let on, back too late: the account is locked, the workflow does not fail."""
    hooks = Hooks()
    async with make_world(start_worker=False, wrap=hooks.wrap) as w:
        played = await killed_at(w, hooks, "wiped 1")
        await w.forward(timedelta(minutes=16))
        async with w.worker(grace=NO_GRACE, cached=0):
            assert (await w.until_closed(played.case_id)).outcome is Outcome.ENROLMENT_EXPIRED
            assert (await w.handle(played.case_id).result()).outcome is Outcome.ENROLMENT_EXPIRED
        with pytest.raises(DirectoryError, check=coded("enrolment_not_granted")):
            await w.parts.directory.enrolment.begin(played.browser)


async def _ours(w: World, played: playing.Played) -> list[str]:
    return [one for one in await w.audit_types(played.case_id) if one != "recovery.observed"]


async def _locked_once(w: World, played: playing.Played) -> None:
    assert len(await w.audit(played.case_id, "user.locked")) == 1
    theirs = "SELECT count(*) FROM directory.events WHERE account_id = $1 AND type = 'user.locked'"
    assert await w.owner(theirs, w.accounts["kim"]) == 1
