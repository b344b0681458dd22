"""A thief who has the subject's password, and nothing else, at every moment of a case (R35, R36, R37, B21)."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

import pyotp
import pytest

from directory.errors import DirectoryError, LastFactor
from directory.records import PresenceStarted, SignInStarted
from domain.acts import PresenceBody
from domain.errors import RecoveryError
from domain.messages import Outcome, Phase
from service import deciding, sessions
from tests.support import playing
from tests.support.world import World


async def test_a_browser_that_waited_before_the_case_gains_nothing_by_it(w: World) -> None:
    """R36: only the browser whose code the approver heard is bound, even if the thief's waited first."""
    thief, _ = await w.wait_in_browser("kim")
    played = await playing.wiped(w)
    with pytest.raises(DirectoryError) as refused:
        await w.parts.directory.enrolment.begin(thief)
    assert refused.value.code == "enrolment_not_granted"
    await playing.enrol(w, played.browser)
    assert (await w.until_closed(played.case_id)).outcome is Outcome.RECOVERED


async def test_many_waiting_browsers_do_not_unbind_the_real_one(w: World) -> None:
    """R36: a thief who opens presence after presence, and renews them, changes nothing about the confirmed browser."""
    played = await playing.ready(w)
    for _ in range(5):
        token, _ = await w.wait_in_browser("kim")
        await w.parts.directory.presence.renew(token)
    await w.execute(played.case_id, "bo")
    await w.until_phase(played.case_id, Phase.RE_ENROLMENT)
    await playing.enrol(w, played.browser)


async def test_a_stranger_cannot_keep_the_subject_from_waiting(w: World) -> None:
    """R36: a stranger who knows the login only must not use up the tries of the browser with the right password."""
    refusals = []
    for _ in range(31):
        try:
            await w.parts.directory.presence.begin(w.tenant_id, w.people["kim"].login)
        except DirectoryError as error:
            refusals.append(error.code)
    assert set(refusals) == {"throttled"}
    begun = await w.parts.directory.presence.begin(w.tenant_id, w.people["kim"].login, w.people["kim"].password)
    assert isinstance(begun, PresenceStarted)


async def test_the_password_alone_signs_in_at_no_moment(w: World) -> None:
    """R35: before, during and after the case the password leads to no session without a second factor."""
    kim, directory = w.people["kim"], w.parts.directory

    async def tried() -> str:
        """What the password alone comes to: the need for a second factor, or the code of the refusal."""
        try:
            started = await directory.sign_in.start(w.tenant_id, kim.login, kim.password)
        except DirectoryError as error:
            return error.code
        assert isinstance(started, SignInStarted)
        return "second_factor_wanted"

    assert await tried() == "second_factor_wanted"
    case_id = await playing.verified(w)
    assert await tried() == "second_factor_wanted"
    played = await playing.present(w, case_id, "kim")
    assert await tried() == "second_factor_wanted"
    await w.execute(case_id, "bo")
    await w.until_phase(case_id, Phase.RE_ENROLMENT)
    assert await tried() == "enrolment_required"
    await playing.enrol(w, played.browser)
    assert await tried() == "second_factor_wanted"
    await w.until_closed(case_id)
    assert await tried() == "second_factor_wanted"


async def test_the_new_factor_cannot_be_taken_away_again(w: World) -> None:
    """B21 (c): a thief in the bound browser removes neither the new authenticator nor the need for one."""
    played = await playing.wiped(w)
    await playing.enrol(w, played.browser)
    await w.until_closed(played.case_id)
    session = (await w.parts.directory.enrolment.finish(played.browser)).session
    assert session is not None
    for one in await w.parts.directory.profile.factors(session.token):
        if one.kind == "totp":
            with pytest.raises(LastFactor) as refused:
                await w.parts.directory.profile.remove_factor(session.token, one.id)
            assert refused.value.code == "last_factor"


async def test_the_enrolment_cookie_serves_once(w: World) -> None:
    """R36 R37: a second factor, a second password, a second session with the same cookie are refused."""
    played = await playing.wiped(w)
    await playing.enrol(w, played.browser)
    await w.until_closed(played.case_id)
    enrolment = w.parts.directory.enrolment
    await enrolment.finish(played.browser)
    for again in (enrolment.offer_totp, enrolment.offer_webauthn, enrolment.issue_backup_codes, enrolment.finish):
        with pytest.raises(DirectoryError) as refused:
            await again(played.browser)
        assert refused.value.code == "enrolment_step_invalid"


async def test_the_enrolment_cookie_is_dead_after_the_lock(w: World) -> None:
    """R37: once the account is locked the bound browser goes no further, whatever it had begun."""
    played = await playing.wiped(w)
    enrolment = w.parts.directory.enrolment
    await enrolment.begin(played.browser)
    offer = await enrolment.offer_totp(played.browser)
    await w.pass_time(played.case_id, timedelta(minutes=16))
    assert (await w.until_closed(played.case_id)).outcome is Outcome.ENROLMENT_EXPIRED
    with pytest.raises(DirectoryError) as refused:
        await enrolment.confirm_totp(played.browser, pyotp.TOTP(offer.secret).now())
    assert refused.value.code == "enrolment_window_closed"
    for step in (enrolment.begin, enrolment.offer_totp, enrolment.issue_backup_codes, enrolment.finish):
        with pytest.raises(DirectoryError) as refused:
            await step(played.browser)
        assert refused.value.code == "enrolment_window_closed"


async def test_guessing_presence_codes_is_an_approvers_affair_and_ends_soon(w: World) -> None:
    """R36: five wrong codes lock the matching for that account; the right one is refused then, too."""
    case_id = await playing.verified(w)
    _, code = await w.wait_in_browser("kim")
    cleo = await w.session("cleo")
    for _ in range(5):
        with pytest.raises(RecoveryError) as refused:
            await deciding.confirm_presence(w.doors, cleo, case_id, "AAAA-AAAA-AAAA")
        assert refused.value.code == "presence_code_wrong"
    with pytest.raises(RecoveryError) as locked:
        await deciding.confirm_presence(w.doors, cleo, case_id, code)
    assert locked.value.code == "presence_locked"


async def test_a_revoked_member_is_signed_out_of_the_product(w: World) -> None:
    """R30 B15: when a member's sessions are revoked, the session they hold here ends with them."""
    session = await w.session("cleo")
    token = sessions._token(w.doors.secret, session.id)
    await w.parts.directory.administration.revoke_sessions(UUID(w.accounts["cleo"]), uuid4())
    await w.follower.follow()
    with pytest.raises(RecoveryError) as refused:
        await sessions.authenticate(w.doors, token)
    assert refused.value.code == "not_signed_in"


async def test_a_code_entered_long_ago_binds_nothing(w: World) -> None:
    """R36: the code is valid for ten minutes, so what an approver heard before that is not bound now."""
    case_id = await playing.verified(w)
    _, code = await w.wait_in_browser("kim")
    presence = await deciding.confirm_presence(w.doors, await w.session("dev"), case_id, code)
    await w.forward(timedelta(minutes=15))
    with pytest.raises(RecoveryError) as refused:
        await w.decide("dev", case_id, PresenceBody(presence_id=presence))
    assert refused.value.code == "presence_code_wrong"
