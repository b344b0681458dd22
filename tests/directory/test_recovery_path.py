"""The whole way of a recovery through the directory, routine and hostile."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from directory.errors import (
    EnrolmentNotGranted,
    EnrolmentRequired,
    EnrolmentStepInvalid,
    EnrolmentWindowClosed,
    PasswordReused,
    SignInRefused,
    WrongCode,
)
from directory.records import SignInStarted, TotpResponse
from tests.directory.world import BACKUP_CODES, PASSWORD, World, backup
from tests.support.refusals import coded


async def test_routine_recovery(world: World) -> None:
    """R43: wipe, presence, enrolment, codes and session, with the events in the runbook's order."""
    browser, presence_id = await world.confirmed(world.ann)
    await world.wipe(world.ann)
    account = await world.administration.read(world.ann)
    assert (account.factors, account.backup_codes_left, account.enrolment_required) == ([], 0, True)
    until = await world.now() + timedelta(minutes=15)
    await world.administration.require_enrolment(world.ann, presence_id, until, False, uuid4())
    assert (await world.presence.status(browser.browser_token)).state == "go_on"
    await world.enrol_totp(browser.browser_token)
    shown = await world.enrolment.issue_backup_codes(browser.browser_token)
    finished = await world.enrolment.finish(browser.browser_token)
    assert finished.session is not None
    assert (await world.profile.whoami(finished.session.token)).login == "ann"
    account = await world.administration.read(world.ann)
    assert len(set(shown)) == account.backup_codes_left == 10
    assert account.enrolment is not None
    assert account.enrolment.state == "completed"
    assert (await world.presence.status(browser.browser_token)).state == "ended"
    wanted = ["user.signed_in.mfa_required", "mfa.factor_enrolled", "mfa.backup_codes_regenerated"]
    assert [one for one in await world.event_types(world.ann) if one in wanted] == wanted


async def test_hostile_recovery(world: World) -> None:
    """R30: disabled, revoked, wiped, password dead; enrolment works while disabled, the session only once enabled."""
    administration = world.administration
    await administration.disable(world.ann, "hostile", uuid4())
    await administration.revoke_sessions(world.ann, uuid4())
    await administration.invalidate_password(world.ann, uuid4())
    await world.wipe(world.ann)
    token = await world.granted(world.ann, choose_password=True)
    await world.enrolment.begin(token)
    with pytest.raises(EnrolmentStepInvalid):
        await world.enrolment.offer_totp(token)
    with pytest.raises(PasswordReused):
        await world.enrolment.choose_password(token, PASSWORD)
    await world.enrolment.choose_password(token, "a wholly new secret")
    seed = await world.enrol_totp(token)
    await world.enrolment.issue_backup_codes(token)
    assert (await world.enrolment.finish(token)).session is None
    with pytest.raises(SignInRefused, check=coded("sign_in_refused")):
        await world.sign_in.start(world.tenant_id, "ann", "a wholly new secret")
    await administration.enable(world.ann, uuid4())
    assert (await world.enrolment.finish(token)).session is not None
    with pytest.raises(EnrolmentStepInvalid):
        await world.enrolment.finish(token)
    with pytest.raises(SignInRefused, check=coded("sign_in_refused")):
        await world.sign_in.start(world.tenant_id, "ann", PASSWORD)
    started = await world.sign_in.start(world.tenant_id, "ann", "a wholly new secret")
    assert isinstance(started, SignInStarted)
    world.clock.next_step()
    await world.sign_in.finish(started.transaction_id, TotpResponse(world.code(seed)))


async def test_password_alone_reaches_nothing_after_a_wipe(world: World) -> None:
    """R35, B21: neither sign-in nor another browser gets anywhere with the password, whatever the MFA setting."""
    for login, account_id in (("ann", world.ann), ("exempt", world.people["exempt"])):
        await world.wipe(account_id)
        with pytest.raises(EnrolmentRequired):
            await world.sign_in.start(world.tenant_id, login, PASSWORD)
        with pytest.raises(EnrolmentRequired):
            await world.authentication.start_sign_in(world.tenant_id, login, PASSWORD)
        waiting = await world.presence.begin(world.tenant_id, login, PASSWORD)
        with pytest.raises(EnrolmentNotGranted):
            await world.enrolment.begin(waiting.browser_token)


async def test_only_the_bound_browser_enrols(world: World) -> None:
    """R36: another browser with the same password is not granted what the confirmed one is."""
    stranger = await world.presence.begin(world.tenant_id, "ann", PASSWORD)
    token = await world.granted(world.ann)
    with pytest.raises(EnrolmentNotGranted):
        await world.enrolment.begin(stranger.browser_token)
    await world.enrolment.begin(token)


async def test_leaving_the_enrolment_page_leaves_no_way_in(world: World) -> None:
    """B21: an enrolment begun and left is still met by the need to enrol, and the window closes."""
    await world.wipe(world.ann)
    token = await world.granted(world.ann)
    await world.enrolment.begin(token)
    await world.enrolment.offer_totp(token)
    with pytest.raises(EnrolmentRequired):
        await world.sign_in.start(world.tenant_id, "ann", PASSWORD)
    await world.pass_time(timedelta(minutes=15))
    for step in (
        world.enrolment.begin(token),
        world.enrolment.offer_totp(token),
        world.enrolment.confirm_totp(token, "000000"),
        world.enrolment.offer_webauthn(token),
        world.enrolment.issue_backup_codes(token),
        world.enrolment.finish(token),
        world.enrolment.progress(token),
    ):
        with pytest.raises(EnrolmentWindowClosed):
            await step
    view = (await world.administration.read(world.ann)).enrolment
    assert view is not None
    assert view.state == "expired"
    with pytest.raises(EnrolmentRequired):
        await world.sign_in.start(world.tenant_id, "ann", PASSWORD)


async def test_locking_ends_an_open_enrolment(world: World) -> None:
    """R37: after the lock the granted browser gets nowhere, and a new presence is needed."""
    await world.wipe(world.ann)
    token = await world.granted(world.ann)
    await world.enrolment.begin(token)
    await world.administration.lock(world.ann, "enrolment_expired", uuid4())
    with pytest.raises(EnrolmentWindowClosed):
        await world.enrolment.offer_totp(token)
    second = await world.granted(world.ann)
    with pytest.raises(EnrolmentWindowClosed):
        await world.enrolment.offer_totp(token)
    await world.enrol_totp(second)


async def test_removing_the_new_factor_closes_the_door_again(world: World) -> None:
    """B21 (c): an account whose just enrolled factor is removed is not left with a password alone."""
    await world.wipe(world.ann)
    await world.enrol_totp(await world.granted(world.ann))
    await world.wipe(world.ann)
    with pytest.raises(EnrolmentRequired):
        await world.sign_in.start(world.tenant_id, "ann", PASSWORD)


async def test_old_backup_codes_die_with_the_wipe(world: World) -> None:
    """B03: old codes are refused after re-enrolment, and only the new set is counted."""
    await world.wipe(world.ann)
    token = await world.granted(world.ann)
    await world.enrol_totp(token)
    shown = await world.enrolment.issue_backup_codes(token)
    assert (await world.administration.read(world.ann)).backup_codes_left == 10
    started = await world.sign_in.start(world.tenant_id, "ann", PASSWORD)
    assert isinstance(started, SignInStarted)
    with pytest.raises(WrongCode):
        await world.sign_in.finish(started.transaction_id, backup(BACKUP_CODES[0]))
    await world.sign_in.finish(started.transaction_id, backup(shown[0]))
    assert (await world.administration.read(world.ann)).backup_codes_left == 9


async def test_codes_can_be_issued_anew_until_they_are_saved(world: World) -> None:
    """A page lost before the codes were seen is no dead end; the first ten are dead then."""
    await world.wipe(world.ann)
    token = await world.granted(world.ann)
    await world.enrol_totp(token)
    first = await world.enrolment.issue_backup_codes(token)
    second = await world.enrolment.issue_backup_codes(token)
    assert not set(first) & set(second)
    await world.enrolment.finish(token)
    with pytest.raises(EnrolmentStepInvalid):
        await world.enrolment.issue_backup_codes(token)
