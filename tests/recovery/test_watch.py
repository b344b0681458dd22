"""The watch after a recovery: begun with it, reported in it, found again when it is lost (R38, B29)."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

from temporalio.client import WorkflowExecutionStatus

from domain.account import AccountStatus
from domain.messages import Outcome, Phase
from tests.support import playing

if TYPE_CHECKING:
    from tests.recovery.conftest import MakeWorld
    from tests.support.playing import Played
    from tests.support.world import World


async def recovered(w: World) -> Played:
    """Kim is back with a new factor."""
    played = await playing.wiped(w)
    await playing.enrol(w, played.browser)
    assert (await w.until_closed(played.case_id)).outcome is Outcome.RECOVERED
    await playing.eventually(lambda: watched(w, played.case_id), nudge=w.nudge)
    return played


async def watched(w: World, case_id: UUID) -> bool:
    """Whether the watch has looked at least once."""
    return bool(await w.owner("SELECT version > 0 FROM recovery.watches WHERE case_id = $1", case_id))


async def test_the_watch_outlives_the_case_and_ends_by_the_clock(w: World) -> None:
    """R38: a child of its own life, for 72 hours, with contacts frozen where the provider can."""
    played = await recovered(w)
    begun = (await w.audit(played.case_id, "recovery.watch_begun"))[0]["data"]
    assert begun == {"hours": 72, "contacts_frozen": True}
    handle = w.watch_handle(played.case_id)
    assert (await w.handle(played.case_id).describe()).status is WorkflowExecutionStatus.COMPLETED
    assert (await handle.describe()).status is WorkflowExecutionStatus.RUNNING
    await w.forward(timedelta(hours=72, seconds=2))
    await w.environment.fast_forward(handle, timedelta(hours=24, seconds=1))
    await handle.result()
    assert (await w.audit(played.case_id, "recovery.watch_ended"))[0]["data"] == {"code": "watch_over"}


async def test_what_changes_in_the_watch_is_reported(w: World) -> None:
    """R38: a new factor on the watched account stands in the case's audit, and everybody is told."""
    played = await recovered(w)
    admin = w.parts.directory.administration
    factor = (await w.parts.feed.read(w.accounts["kim"])).factors[0]
    await admin.remove_factor(UUID(w.accounts["kim"]), UUID(factor.id), uuid4())

    async def there() -> bool:
        reported = await w.audit(played.case_id, "recovery.watch_reported")
        return any(one["data"]["observed"] == "mfa.factor_removed" for one in reported)

    await playing.eventually(there, nudge=w.nudge)
    told = await w.owner(
        "SELECT count(*) FROM recovery.notice_orders WHERE case_id = $1 AND occasion LIKE 'factor_removed%'",
        played.case_id,
    )
    assert told == 1


async def test_a_lost_watch_is_found_and_begun_again(w: World) -> None:
    """B29, R38: terminated behind the product's back, the sweep begins it again, once."""
    played = await recovered(w)
    handle = w.watch_handle(played.case_id)
    await handle.terminate()
    assert await w.sweep.sweep() == 1
    assert await w.sweep.sweep() == 0
    assert (await w.watch_handle(played.case_id).describe()).status is WorkflowExecutionStatus.RUNNING


async def test_a_window_that_closes_while_nothing_runs_is_closed_by_the_sweep(make_world: MakeWorld) -> None:
    """R37, B16, B29: no worker for an hour: the sweep locks the account; back again, the workflow says so and ends."""
    async with make_world(start_worker=False) as w:
        async with w.worker():
            played = await playing.wiped(w)
        await w.forward(timedelta(hours=1))
        await w.sweep.sweep()
        assert (await w.parts.feed.read(w.accounts["kim"])).status is AccountStatus.LOCKED
        assert (await w.case(played.case_id))[0].phase is Phase.RE_ENROLMENT
        async with w.worker():
            await w.environment.fast_forward(w.handle(played.case_id), timedelta(hours=1))
            assert (await w.until_closed(played.case_id)).outcome is Outcome.ENROLMENT_EXPIRED


async def test_an_enrolment_in_time_is_never_locked_by_the_sweep(make_world: MakeWorld) -> None:
    """R37: enrolled while no worker ran: the sweep leaves the account alone, however late it looks."""
    async with make_world(start_worker=False) as w:
        async with w.worker():
            played = await playing.wiped(w)
        await playing.enrol(w, played.browser)
        await w.forward(timedelta(hours=1))
        await w.sweep.sweep()
        assert (await w.parts.feed.read(w.accounts["kim"])).status is AccountStatus.ACTIVE
