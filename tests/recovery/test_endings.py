"""How a case ends without a reset, or after one that was not used in time (R18, R37, B16)."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pyotp
import pytest

from directory.errors import DirectoryError
from domain.account import AccountStatus
from domain.acts import CancelBody, CancelReason, Evidence, Method, Verdict, VerdictBody
from domain.errors import Refused
from domain.messages import Outcome, Phase
from tests.support import playing
from tests.support.refusals import coded

if TYPE_CHECKING:
    from tests.recovery.conftest import MakeWorld
    from tests.support.world import World

FAILED = VerdictBody(
    verdict=Verdict.FAILED,
    method=Method.CALLBACK,
    evidence=Evidence(seen="Nobody there had lost anything", reference="call log 18"),
)
CANCEL = CancelBody(reason=CancelReason.SUBJECT_WITHDREW)


async def test_a_failed_verification_denies(w: World) -> None:
    """R18: `failed` ends the case whatever was said before, and nothing was removed."""
    case_id = await w.open("bo", "kim")
    await w.until_phase(case_id, Phase.VERIFICATION)
    await w.verify(case_id, "cleo", Method.CALLBACK)
    await w.decide("dev", case_id, FAILED)
    case = await w.until_closed(case_id)
    assert case.outcome is Outcome.DENIED
    closed = await w.audit(case_id, "recovery.case_closed")
    assert [(one["outcome"], one["data"]["ended"]) for one in closed] == [("failure", "denied")]
    assert "mfa.factor_removed" not in await w.audit_types(case_id)
    assert (await w.handle(case_id).result()).outcome is Outcome.DENIED


async def test_a_cancelled_case_takes_no_more_decisions(w: World) -> None:
    """R34: after the cancellation a verdict is refused as the case has ended, and the subject can have a new case."""
    case_id = await w.open("bo", "kim")
    await w.until_phase(case_id, Phase.VERIFICATION)
    await w.decide("bo", case_id, CANCEL, proved=False)
    assert (await w.until_closed(case_id)).outcome is Outcome.CANCELLED
    with pytest.raises(Refused) as refused:
        await w.verify(case_id, "cleo", Method.CALLBACK)
    assert refused.value.code == "case_closed"
    assert await w.open("bo", "kim") != case_id


async def test_a_case_expires_by_the_clock(w: World) -> None:
    """B16: past its life the case ends by itself, and a verdict in the gap is refused by the door at once."""
    case_id = await w.open("bo", "kim")
    case = await w.until_phase(case_id, Phase.VERIFICATION)
    await w.forward(case.policy.case_lifetime + timedelta(seconds=1))
    with pytest.raises(Refused) as refused:
        await w.verify(case_id, "cleo", Method.CALLBACK)
    assert refused.value.code == "case_closed"
    await w.environment.fast_forward(w.handle(case_id), case.policy.case_lifetime)
    assert (await w.until_closed(case_id)).outcome is Outcome.EXPIRED


async def test_what_was_decided_in_time_counts_though_no_worker_ran(make_world: MakeWorld) -> None:
    """B16 (a): with all workers down a verdict before the expiry is recorded, one after it refused; then `expired`."""
    async with make_world(start_worker=False) as w:
        async with w.worker():
            case_id = await w.open("bo", "kim")
            case = await w.until_phase(case_id, Phase.VERIFICATION)
        await w.forward(case.policy.case_lifetime - timedelta(seconds=5))
        await w.verify(case_id, "cleo", Method.CALLBACK)
        await w.forward(timedelta(seconds=6))
        with pytest.raises(Refused, check=coded("case_closed")):
            await w.verify(case_id, "dev", Method.CORROBORATING_TICKET)
        async with w.worker(cached=0):
            await w.hurry()
            assert (await w.until_closed(case_id)).outcome is Outcome.EXPIRED
        verdicts = await w.audit(case_id, "recovery.verification_recorded")
        assert [one["actor"]["id"] for one in verdicts] == [w.accounts["cleo"]]


async def test_an_unused_window_locks_the_account(w: World) -> None:
    """R37 B21: at the deadline the account is locked, the late browser is refused, and a linked new case reopens it."""
    played = await playing.wiped(w)
    await w.parts.directory.enrolment.begin(played.browser)
    await w.pass_time(played.case_id, timedelta(minutes=15, seconds=1))
    case = await w.until_closed(played.case_id)
    assert case.outcome is Outcome.ENROLMENT_EXPIRED
    assert (await w.parts.feed.read(w.accounts["kim"])).status is AccountStatus.LOCKED
    assert [one["outcome"] for one in await w.audit(played.case_id, "user.locked")] == ["success"]
    with pytest.raises(DirectoryError, check=coded("enrolment_window_closed")):
        await w.parts.directory.enrolment.offer_totp(played.browser)
    assert await playing.password_reaches_nothing(w, "kim") == "sign_in_refused"

    again = await playing.wiped(w)
    await playing.enrol(w, again.browser)
    assert (await w.until_closed(again.case_id)).outcome is Outcome.RECOVERED
    assert (await w.parts.feed.read(w.accounts["kim"])).status is AccountStatus.ACTIVE


async def test_the_deadline_holds_with_no_worker(make_world: MakeWorld) -> None:
    """R37: the directory itself refuses the browser after `enrol_by`; a worker that returns late locks at once."""
    async with make_world(start_worker=False) as w:
        async with w.worker():
            played = await playing.wiped(w)
        await w.forward(timedelta(minutes=15, seconds=1))
        for attempt in (w.parts.directory.enrolment.begin, w.parts.directory.enrolment.offer_totp):
            with pytest.raises(DirectoryError) as refused:
                await attempt(played.browser)
            assert refused.value.code == "enrolment_window_closed"
        async with w.worker(cached=0):
            await w.environment.fast_forward(w.handle(played.case_id), timedelta(minutes=16))
            assert (await w.until_closed(played.case_id)).outcome is Outcome.ENROLMENT_EXPIRED


async def test_one_step_short_is_not_recovered(w: World) -> None:
    """R12 R35: a factor without new backup codes is no recovery; at the deadline the account is locked."""
    played = await playing.wiped(w)
    enrolment = w.parts.directory.enrolment
    await enrolment.begin(played.browser)
    offer = await enrolment.offer_totp(played.browser)
    await enrolment.confirm_totp(played.browser, pyotp.TOTP(offer.secret).now())
    await w.until(played.case_id, lambda one: one.code == "codes_awaited")
    await w.pass_time(played.case_id, timedelta(minutes=15, seconds=1))
    assert (await w.until_closed(played.case_id)).outcome is Outcome.ENROLMENT_EXPIRED


async def test_events_that_never_come_do_not_hold_the_case(w: World) -> None:
    """R35: state decides, not events: with the follower silent the case still ends as recovered."""
    played = await playing.wiped(w)
    await playing.enrol(w, played.browser)
    await w.pass_time(played.case_id, timedelta(minutes=15, seconds=1))
    assert (await w.handle(played.case_id).result()).outcome is Outcome.RECOVERED
