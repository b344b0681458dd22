"""A device in other hands: contain at once, then wipe, sessions and password, all three confirmed (R19, R30)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from directory.errors import DirectoryError
from directory.records import BackupCodeResponse, SignInStarted, TotpResponse
from domain.account import AccountStatus
from domain.acts import ExecuteBody, Method
from domain.errors import Refused
from domain.messages import Outcome, Phase
from tests.support import playing
from tests.support.cast import CODES
from tests.support.refusals import coded

if TYPE_CHECKING:
    from tests.support.world import World

NEW_PASSWORD = "a-new-harbour-lantern-for-vic"


async def test_one_verdict_contains_and_nothing_more(w: World) -> None:
    """R19 R30: after the first verdict the account is disabled and its sessions are over; no factor is touched."""
    thief = await playing.sign_in(w, "vic", remember=True)
    case_id = await w.open("bo", "vic", **playing.HOSTILE)
    case = await w.until_phase(case_id, Phase.VERIFICATION)
    await w.verify(case_id, "cleo", Method.CALLBACK)
    await w.until(case_id, lambda one: one.contained_at is not None)

    subject = await w.parts.feed.read(w.accounts["vic"])
    assert subject.status is AccountStatus.DISABLED
    assert subject.sessions == subject.refresh_tokens == 0
    assert {one.id for one in case.snapshot.factors} == {one.id for one in subject.factors}
    with pytest.raises(DirectoryError, check=coded("session_unknown")):
        await w.parts.directory.sessions.use(thief.token)
    types = await w.audit_types(case_id)
    assert types.count("user.disabled") == types.count("user.session_revoked") == 1
    assert "mfa.factor_removed" not in types
    with pytest.raises(Refused) as refused:
        await w.decide("bo", case_id, ExecuteBody())
    assert refused.value.code == "verification_missing"


async def test_one_person_with_two_methods_is_not_enough(w: World) -> None:
    """R19: a plan that replaces the password needs two people."""
    case_id = await w.open("bo", "vic", **playing.HOSTILE)
    await w.until_phase(case_id, Phase.VERIFICATION)
    await w.verify(case_id, "cleo", Method.CALLBACK)
    await w.verify(case_id, "cleo", Method.CORROBORATING_TICKET)
    case = await w.until(case_id, lambda one: one.applied_seq == one.act_seq and one.contained_at is not None)
    assert case.phase is Phase.VERIFICATION


async def test_nothing_of_the_thief_works_afterwards(w: World) -> None:
    """R30 B15: old password, session, refresh token, trusted browser, backup codes and TOTP all fail."""
    vic, directory = w.people["vic"], w.parts.directory
    thief = await playing.sign_in(w, "vic", remember=True)
    played = await playing.wiped(w, "vic", **playing.HOSTILE)
    trusted = thief.trusted_browser_token
    for attempt, code in (
        (directory.sessions.use(thief.token), "session_unknown"),
        (directory.sessions.refresh(thief.refresh_token or ""), "token_unknown"),
        (directory.sign_in.start(w.tenant_id, vic.login, vic.password), "sign_in_refused"),
        (directory.sign_in.start(w.tenant_id, vic.login, vic.password, trusted_browser=trusted), "sign_in_refused"),
        (directory.presence.begin(w.tenant_id, vic.login, vic.password), "sign_in_refused"),
    ):
        with pytest.raises(DirectoryError, check=coded(code)):
            await attempt

    case, _ = await w.case(played.case_id)
    assert (case.outcome, case.code) == (None, "factor_awaited") or case.code == "enrolment_awaited"
    assert (await w.parts.feed.read(w.accounts["vic"])).status is AccountStatus.DISABLED
    _, new_codes = await playing.enrol(w, played.browser, new_password=NEW_PASSWORD)
    assert (await w.until_closed(played.case_id)).outcome is Outcome.RECOVERED
    assert (await w.parts.feed.read(w.accounts["vic"])).status is AccountStatus.ACTIVE

    with pytest.raises(DirectoryError, check=coded("sign_in_refused")):
        await directory.sign_in.start(w.tenant_id, vic.login, vic.password)
    attempts: list[tuple[BackupCodeResponse | TotpResponse, bool]] = [
        *((BackupCodeResponse(code), False) for code in CODES["vic"]),
        (TotpResponse(vic.totp_code()), False),
        (BackupCodeResponse(new_codes[0]), True),
    ]
    for response, works in attempts:
        started = await directory.sign_in.start(w.tenant_id, vic.login, NEW_PASSWORD)
        assert isinstance(started, SignInStarted)
        if works:
            await directory.sign_in.finish(started.transaction_id, response)
        else:
            with pytest.raises(DirectoryError, check=coded("wrong_code")):
                await directory.sign_in.finish(started.transaction_id, response)


async def test_the_old_password_cannot_be_chosen_again(w: World) -> None:
    """R30: "change at next sign-in" to the same password is no change; without a new one the case is not recovered."""
    played = await playing.wiped(w, "vic", **playing.HOSTILE)
    enrolment = w.parts.directory.enrolment
    await enrolment.begin(played.browser)
    with pytest.raises(DirectoryError, check=coded("enrolment_step_invalid")):
        await enrolment.offer_totp(played.browser)
    with pytest.raises(DirectoryError) as refused:
        await enrolment.choose_password(played.browser, w.people["vic"].password)
    assert refused.value.code == "password_reused"
    assert (await w.case(played.case_id))[0].outcome is None


async def test_backup_codes_count_as_stolen(w: World) -> None:
    """R10: with the device in other hands a hostile case never stops at the codes."""
    case_id = await w.open("bo", "vic", **playing.HOSTILE)
    case = await w.until(case_id, lambda one: one.version > 0)
    assert case.phase is Phase.VERIFICATION
    assert case.snapshot.backup_codes_left == 2


async def test_a_plan_changed_after_containment_still_enables_the_account(w: World) -> None:
    """R20 R30: the thief enrols something before the wipe: a new plan, that still ends with an enabled account."""
    played = await playing.ready(w, "vic", **playing.HOSTILE)
    await w.owner(
        "INSERT INTO directory.factors (account_id, kind, label, enrolled_at) VALUES ($1, 'sms', 'thief', now())",
        w.accounts["vic"],
    )
    await w.execute(played.case_id, "bo")
    case = await w.until(played.case_id, lambda one: one.plan_version == 2)
    await w.until_phase(played.case_id, Phase.VERIFICATION)
    await playing.verify(w, played.case_id)
    again = await playing.present(w, played.case_id, "vic", with_password=False)
    await w.execute(played.case_id, "bo")
    case = await w.until_phase(played.case_id, Phase.RE_ENROLMENT)
    assert case.plan_version == 2
    await playing.enrol(w, again.browser, new_password=NEW_PASSWORD)
    assert (await w.until_closed(played.case_id)).outcome is Outcome.RECOVERED
    subject = await w.parts.feed.read(w.accounts["vic"])
    assert subject.status is AccountStatus.ACTIVE
    assert "thief" not in {one.label for one in subject.factors}
