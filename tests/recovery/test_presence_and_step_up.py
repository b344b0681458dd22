"""Browser and proof: what has grown old, gone silent or was never bound reaches nothing (R27, R35, R36)."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from directory.errors import DirectoryError
from domain.acts import ExecuteBody
from domain.errors import PresenceRefused, Refused, StepUpRefused
from domain.messages import Outcome, Phase
from service import deciding
from tests.support import playing
from tests.support.hooks import Hooks
from tests.support.refusals import coded

if TYPE_CHECKING:
    from tests.recovery.conftest import MakeWorld
    from tests.support.world import World


async def _refusals(w: World, played: playing.Played) -> list[str]:
    return [one["data"]["code"] for one in await w.audit(played.case_id, "recovery.reset_refused")]


async def test_a_silent_browser_stops_the_reset(w: World) -> None:
    """R36: a browser not seen for two minutes does not wait any more; the approver is needed again."""
    played = await playing.ready(w)
    await w.forward(timedelta(seconds=121))
    await w.execute(played.case_id, "bo")
    await w.until_phase(played.case_id, Phase.PRESENCE)
    assert await _refusals(w, played) == ["presence_silent"]
    assert (await w.case(played.case_id))[0].claimed_at is None
    with pytest.raises(Refused) as refused:
        await w.execute(played.case_id, "bo")
    assert refused.value.code == "presence_missing"
    await playing.present(w, played.case_id, "kim")
    await w.execute(played.case_id, "bo")
    await w.until_phase(played.case_id, Phase.RE_ENROLMENT)


async def test_a_renewed_code_unbinds_the_browser(w: World) -> None:
    """R36: a new code needs the approver again; until then the reset is refused."""
    played = await playing.ready(w)
    await w.parts.directory.presence.renew(played.browser)
    await w.execute(played.case_id, "bo")
    await w.until_phase(played.case_id, Phase.PRESENCE)
    assert await _refusals(w, played) == ["presence_unusable"]


async def test_a_second_confirmed_browser_supersedes_the_first(w: World) -> None:
    """R36: only the browser confirmed last may enrol; the one before it reaches nothing after the wipe."""
    first = await playing.ready(w)
    second = await playing.present(w, first.case_id, "kim")
    await w.execute(first.case_id, "bo")
    await w.until_phase(first.case_id, Phase.RE_ENROLMENT)
    with pytest.raises(DirectoryError) as refused:
        await w.parts.directory.enrolment.begin(first.browser)
    assert refused.value.code == "enrolment_not_granted"
    await playing.enrol(w, second.browser)
    assert (await w.until_closed(first.case_id)).outcome is Outcome.RECOVERED


async def test_a_presence_code_works_once(w: World) -> None:
    """R36: a code that was entered is refused when it is entered again."""
    played = await playing.ready(w)
    with pytest.raises(PresenceRefused):
        await deciding.confirm_presence(w.doors, await w.session("cleo"), played.case_id, played.code)


@pytest.mark.parametrize(("age", "claimed"), [(timedelta(minutes=4, seconds=50), True), (timedelta(minutes=5), False)])
async def test_the_proof_is_at_most_five_minutes_old(make_world: MakeWorld, age: timedelta, *, claimed: bool) -> None:
    """R27: at five minutes the proof no longer carries a claim; a little before it does."""
    hooks = Hooks()
    async with make_world(wrap=hooks.wrap) as w:
        played = await playing.ready(w)
        hooks.arm("read 1", subject=w.accounts["kim"])
        await w.execute(played.case_id, "bo")
        await hooks.reached.wait()
        await w.forward(age)
        await playing.keep_alive(w, played)
        hooks.go_on.set()
        await w.until(played.case_id, lambda one: one.phase not in {Phase.STEP_UP, Phase.RESET} or one.spent_seq > 0)
        assert ((await w.case(played.case_id))[0].claimed_at is not None) is claimed
        assert (await _refusals(w, played)) == ([] if claimed else ["step_up_awaited"])


async def test_a_proof_serves_one_judgement(w: World) -> None:
    """R27 B14: a proof that was judged and refused is spent; the same one cannot be handed in again."""
    played = await playing.ready(w)
    session = await w.session("bo")
    answer = await w.step_up("bo", played.case_id, ExecuteBody())
    await w.parts.directory.presence.renew(played.browser)
    await deciding.decide(w.doors, session, played.case_id, ExecuteBody(), key="first", answer=answer)
    await w.until_phase(played.case_id, Phase.PRESENCE)
    await playing.present(w, played.case_id, "kim")
    with pytest.raises(StepUpRefused, check=coded("step_up_refused")):
        await deciding.decide(w.doors, session, played.case_id, ExecuteBody(), key="second", answer=answer)
    assert (await w.case(played.case_id))[0].claimed_at is None


async def test_the_right_password_in_another_browser_reaches_nothing(w: World) -> None:
    """R35 R36: from verification to the end a thief's browser with the right password enrols nothing."""
    kim, directory = w.people["kim"], w.parts.directory
    enrolment = directory.enrolment

    async def stranger() -> None:
        begun = await directory.presence.begin(w.tenant_id, kim.login, kim.password)
        for token in (begun.browser_token, secrets.token_urlsafe(32)):
            for step in (enrolment.begin, enrolment.offer_totp, enrolment.issue_backup_codes):
                with pytest.raises(DirectoryError, check=coded("enrolment_not_granted")):
                    await step(token)

    case_id = await playing.verified(w)
    await stranger()
    played = await playing.present(w, case_id, "kim")
    await stranger()
    await w.execute(case_id, "bo")
    await w.until_phase(case_id, Phase.RE_ENROLMENT)
    await stranger()
    assert await playing.password_reaches_nothing(w, "kim") == "enrolment_required"
    await directory.enrolment.begin(played.browser)
    await stranger()
    await playing.enrol(w, played.browser)
    assert (await w.until_closed(case_id)).outcome is Outcome.RECOVERED
    await stranger()


async def test_a_presence_without_the_password_is_refused(w: World) -> None:
    """R36: in a plain case the identifier alone is no presence; the door refuses the code."""
    case_id = await playing.verified(w)
    _, code = await w.wait_in_browser("kim", with_password=False)
    with pytest.raises(PresenceRefused):
        await w.confirm_presence(case_id, "dev", code)
