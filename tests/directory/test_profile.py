"""What a signed-in person changes without any help desk (R3), and what a stolen session does not."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from directory import totp
from directory.errors import (
    BindingMismatch,
    ContactInvalid,
    ContactsFrozen,
    EnrolmentRequired,
    EnrolmentStepInvalid,
    FactorUnknown,
    LastFactor,
    PasswordUnsuitable,
    SecondFactorRefused,
    SessionUnknown,
    SignInRefused,
    StepUpRequired,
    TransactionUnusable,
    WrongCode,
)
from directory.own_account import StepUpAnswer
from directory.records import SignInStarted, TotpResponse
from tests.directory.world import BACKUP_CODES, PASSWORD, World, backup
from tests.support.refusals import coded

STALE = timedelta(minutes=11)


async def test_the_app_is_changed_from_the_profile(world: World) -> None:
    """R3: the new app replaces the old one once its code is confirmed, and not before."""
    session = await world.session()
    offered = await world.profile.offer_totp(session.token)
    with pytest.raises(WrongCode):
        await world.profile.confirm_totp(session.token, "000000")
    assert (await world.session()).token
    seed = totp.parse_seed(offered.secret)
    factor_id = await world.profile.confirm_totp(session.token, world.code(seed))
    apps = [one.id for one in await world.profile.factors(session.token) if one.kind == "totp"]
    assert apps == [factor_id]
    started = await world.sign_in.start(world.tenant_id, "ann", PASSWORD)
    assert isinstance(started, SignInStarted)
    with pytest.raises(SecondFactorRefused):
        await world.sign_in.finish(started.transaction_id, TotpResponse(world.code(seed)))
    with pytest.raises(SecondFactorRefused):
        await world.sign_in.finish(started.transaction_id, world.fresh_totp())
    await world.sign_in.finish(started.transaction_id, TotpResponse(world.code(seed)))


async def test_an_old_session_needs_a_fresh_proof(world: World) -> None:
    """R3: ten minutes after sign-in the factors change only after a step-up of this very session."""
    session, other = await world.session(), await world.session()
    await world.pass_time(STALE)
    for change in (
        world.profile.offer_totp(session.token),
        world.profile.regenerate_backup_codes(session.token),
        world.profile.change_contact(session.token, "email", "new@x.example"),
        world.profile.remove_factor(session.token, uuid4()),
    ):
        with pytest.raises(StepUpRequired):
            await change
    started = await world.profile.start_step_up(session.token)
    answer = StepUpAnswer(started.transaction_id, world.fresh_totp())
    with pytest.raises(BindingMismatch):
        await world.profile.offer_totp(other.token, answer)
    await world.profile.offer_totp(session.token, answer)


async def test_one_proof_is_for_one_change(world: World) -> None:
    """R13 (faults): a step-up serves once, so that removing a factor needs its own."""
    session = await world.session()
    await world.pass_time(STALE)
    started = await world.profile.start_step_up(session.token)
    answer = StepUpAnswer(started.transaction_id, world.fresh_totp())
    await world.profile.regenerate_backup_codes(session.token, answer)
    [sms] = [one.id for one in await world.profile.factors(session.token) if one.kind == "sms"]
    for again in (
        world.profile.remove_factor(session.token, sms, answer),
        world.profile.offer_totp(session.token, answer),
        world.profile.regenerate_backup_codes(session.token, answer),
    ):
        with pytest.raises(TransactionUnusable):
            await again
    with pytest.raises(EnrolmentStepInvalid):
        await world.profile.confirm_totp(session.token, world.code())


async def test_an_app_offered_to_one_session_is_confirmed_by_none_other(world: World) -> None:
    """R13 (faults): a second session without a proof of its own cannot finish what the first one proved for."""
    session, other = await world.session(), await world.session()
    offered = await world.profile.offer_totp(session.token)
    with pytest.raises(EnrolmentStepInvalid):
        await world.profile.confirm_totp(other.token, world.code(totp.parse_seed(offered.secret)))


async def test_a_trusted_browser_and_a_refresh_token_are_no_fresh_proof(world: World) -> None:
    """B24: a session without a second factor of its own changes nothing."""
    first = await world.session(trust_browser=True, remember=True)
    by_trust = await world.sign_in.start(world.tenant_id, "ann", PASSWORD, trusted_browser=first.trusted_browser_token)
    assert first.refresh_token is not None
    by_refresh = await world.sessions.refresh(first.refresh_token)
    for token in (getattr(by_trust, "token", ""), by_refresh.token):
        with pytest.raises(StepUpRequired):
            await world.profile.offer_totp(token)


async def test_the_last_backup_code_is_enough_to_re_enrol(world: World) -> None:
    """R10: password and one code lead to a new app and a new set, without an agent's help."""
    started = await world.sign_in.start(world.tenant_id, "ann", PASSWORD)
    assert isinstance(started, SignInStarted)
    session = await world.sign_in.finish(started.transaction_id, backup(BACKUP_CODES[0]))
    offered = await world.profile.offer_totp(session.token)
    await world.profile.confirm_totp(session.token, world.code(totp.parse_seed(offered.secret)))
    shown = await world.profile.regenerate_backup_codes(session.token)
    assert (len(shown), (await world.administration.read(world.ann)).backup_codes_left) == (10, 10)


async def test_an_old_session_does_not_enrol_during_a_recovery(world: World) -> None:
    """R36: while the bound browser's enrolment is awaited, a live session cannot set up a factor instead."""
    session = await world.session()
    offered = await world.profile.offer_totp(session.token)
    await world.wipe(world.ann)
    code = world.code(totp.parse_seed(offered.secret))
    for change in (
        world.profile.offer_totp(session.token),
        world.profile.confirm_totp(session.token, code),
        world.profile.regenerate_backup_codes(session.token),
        world.profile.change_password(session.token, PASSWORD, "another long secret"),
        world.profile.change_contact(session.token, "email", "new@x.example"),
        world.profile.start_step_up(session.token),
    ):
        with pytest.raises(EnrolmentRequired):
            await change
    assert (await world.administration.read(world.ann)).factors == []


async def test_contacts_are_frozen_after_a_recovery(world: World) -> None:
    """R38: for 72 hours after the new factor contacts stay, afterwards they may change."""
    await world.wipe(world.ann)
    token = await world.granted(world.ann)
    seed = await world.enrol_totp(token)
    await world.enrolment.issue_backup_codes(token)
    finished = (await world.enrolment.finish(token)).session
    assert finished is not None
    with pytest.raises(ContactsFrozen):
        await world.profile.change_contact(finished.token, "email", "new@x.example")
    await world.pass_time(timedelta(hours=72))
    started = await world.sign_in.start(world.tenant_id, "ann", PASSWORD)
    assert isinstance(started, SignInStarted)
    world.clock.next_step()
    session = await world.sign_in.finish(started.transaction_id, TotpResponse(world.code(seed)))
    await world.profile.change_contact(session.token, "email", "new@x.example")
    [contact] = [one for one in (await world.administration.read(world.ann)).contacts if one.kind == "email"]
    assert contact.bound_since is not None
    assert "contact_changed" in (await world.administration.read(world.ann)).recent_signals


@pytest.mark.parametrize(
    ("kind", "value"),
    [("email", "nobody"), ("email", "a@b\nBcc: c@d"), ("email", ""), ("mobile", "0123"), ("mobile", "+1\0"),
     ("desk_phone", "\uff0b15550100")],
)  # fmt: skip
async def test_contacts_have_a_shape(world: World, kind: str, value: str) -> None:
    """B26: a contact that is none, or carries line breaks, is refused."""
    session = await world.session()
    with pytest.raises(ContactInvalid):
        await world.profile.change_contact(session.token, kind, value)  # type: ignore[arg-type]


async def test_the_last_authenticator_stays(world: World) -> None:
    """B21 (c): codes and trusted browsers may go, the only authenticator may not, another's is unknown."""
    session = await world.session()
    factors = {one.kind: one.id for one in await world.profile.factors(session.token)}
    with pytest.raises(LastFactor):
        await world.profile.remove_factor(session.token, factors["totp"])
    await world.profile.remove_factor(session.token, factors["trusted_browser"])
    [key] = (await world.administration.read(world.kim)).factors
    with pytest.raises(FactorUnknown):
        await world.profile.remove_factor(session.token, key.id)


async def test_changing_the_password(world: World) -> None:
    """The old one is needed, the new one must do, other sessions end, and the old one is dead."""
    session, other = await world.session(), await world.session()
    with pytest.raises(SignInRefused, check=coded("sign_in_refused")):
        await world.profile.change_password(session.token, "wrong", "another long secret")
    with pytest.raises(PasswordUnsuitable):
        await world.profile.change_password(session.token, PASSWORD, "short")
    await world.profile.change_password(session.token, PASSWORD, "another long secret")
    await world.profile.whoami(session.token)
    with pytest.raises(SessionUnknown):
        await world.profile.whoami(other.token)
    with pytest.raises(SignInRefused, check=coded("sign_in_refused")):
        await world.sign_in.start(world.tenant_id, "ann", PASSWORD)
    await world.sign_in.start(world.tenant_id, "ann", "another long secret")


async def test_sessions_are_ones_own(world: World) -> None:
    """A session is listed and ended by its owner only."""
    mine, also_mine, kims = await world.session(), await world.session(), await world.session("kim")
    assert len(await world.profile.sessions(mine.token)) == 2
    with pytest.raises(SessionUnknown):
        await world.profile.end_session(mine.token, kims.session_id)
    await world.profile.end_session(mine.token, also_mine.session_id)
    with pytest.raises(SessionUnknown):
        await world.profile.whoami(also_mine.token)
    await world.profile.whoami(kims.token)
