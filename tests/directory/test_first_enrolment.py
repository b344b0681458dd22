"""R40, R35: a first factor is set up at sign-in by whom a rollout asked for one, and by nobody else."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import uuid4

import asyncpg
import pytest

from directory import totp
from directory.errors import (
    EnrolmentNotGranted,
    EnrolmentRequired,
    EnrolmentStepInvalid,
    FirstEnrolmentOver,
    SessionUnknown,
    StepUpRequired,
    WrongCode,
)
from directory.housekeeping import purge
from directory.records import SignInStarted, TotpResponse
from starter.soft_authenticator import SoftAuthenticator
from tests.directory.world import ORIGIN, PASSWORD, World


@pytest.fixture
async def token(world: World) -> str:
    """Opal's browser after the password, put under the policy."""
    await world.rollout.require_mfa(world.opal, uuid4())
    return await world.met_by_the_need_to_enrol()


async def enrolled(world: World, token: str) -> bytes:
    """An app set up; returns its seed."""
    seed = totp.parse_seed((await world.first_enrolment.offer_totp(token)).secret)
    await world.first_enrolment.confirm_totp(token, world.code(seed))
    return seed


async def test_from_the_password_to_a_session(world: World, token: str) -> None:
    """R40, R43: app, codes, session at AAL2, in that order, with the events of any enrolment."""
    assert (await world.first_enrolment.progress(token)).next == "factor"
    with pytest.raises(EnrolmentStepInvalid):
        await world.first_enrolment.finish(token)
    with pytest.raises(EnrolmentStepInvalid):
        await world.first_enrolment.issue_backup_codes(token)
    seed = await enrolled(world, token)
    with pytest.raises(EnrolmentStepInvalid):
        await world.first_enrolment.finish(token)
    assert len(await world.first_enrolment.issue_backup_codes(token)) == 10
    assert (await world.first_enrolment.progress(token)).next == "finish"
    session = await world.first_enrolment.finish(token)
    assert (await world.sessions.use(session.token)).aal == 2
    for again in (world.first_enrolment.finish(token), world.first_enrolment.progress(token)):
        with pytest.raises(FirstEnrolmentOver):
            await again
    assert await world.event_types(world.opal) == [
        "mfa.required",
        "user.signed_in.mfa_required",
        "mfa.factor_enrolled",
        "mfa.backup_codes_regenerated",
    ]
    started = await world.sign_in.start(world.tenant_id, "opal", PASSWORD)
    assert isinstance(started, SignInStarted)
    world.clock.next_step()
    await world.sign_in.finish(started.transaction_id, TotpResponse(world.code(seed)))


async def test_a_key_serves_as_well(world: World, token: str) -> None:
    """A hardware key lifts the session to AAL3."""
    made = SoftAuthenticator().create(await world.first_enrolment.offer_webauthn(token), ORIGIN)
    await world.first_enrolment.confirm_webauthn(token, made)
    await world.first_enrolment.issue_backup_codes(token)
    session = await world.first_enrolment.finish(token)
    assert (await world.sessions.use(session.token)).aal == 3


async def test_a_wrong_code_enrols_nothing(world: World, token: str) -> None:
    """The app is confirmed by a code of it or not at all."""
    with pytest.raises(EnrolmentStepInvalid):
        await world.first_enrolment.confirm_totp(token, "000000")
    await world.first_enrolment.offer_totp(token)
    with pytest.raises(WrongCode):
        await world.first_enrolment.confirm_totp(token, "000000")
    assert (await world.administration.read(world.opal)).factors == []


async def test_ten_minutes_and_no_more(world: World, token: str) -> None:
    """The browser that gave the password has ten minutes; afterwards it gives the password again."""
    await world.first_enrolment.offer_totp(token)
    await world.pass_time(timedelta(minutes=10))
    with pytest.raises(FirstEnrolmentOver):
        await world.first_enrolment.progress(token)
    await enrolled(world, await world.met_by_the_need_to_enrol())


async def test_it_belongs_to_one_browser(world: World, token: str) -> None:
    """Neither a made-up token, nor a presence token, nor this one elsewhere opens anything."""
    waiting = await world.presence.begin(world.tenant_id, "opal", PASSWORD)
    for other in ("x" * 43, waiting.browser_token, "\udc80", ""):
        with pytest.raises(FirstEnrolmentOver):
            await world.first_enrolment.progress(other)
    with pytest.raises(EnrolmentNotGranted):
        await world.enrolment.progress(token)
    with pytest.raises(SessionUnknown):
        await world.sessions.use(token)


async def test_the_first_of_two_browsers_wins(world: World, token: str) -> None:
    """A thief who knows the password cannot add a factor beside the first; at the same moment neither."""
    other = await world.met_by_the_need_to_enrol()
    seeds = [totp.parse_seed((await world.first_enrolment.offer_totp(one)).secret) for one in (token, other)]
    results = await asyncio.gather(
        *(
            world.first_enrolment.confirm_totp(one, world.code(seed))
            for one, seed in zip((token, other), seeds, strict=True)
        ),
        return_exceptions=True,
    )
    assert [type(one) for one in results if isinstance(one, BaseException)] == [FirstEnrolmentOver]
    assert len((await world.administration.read(world.opal)).factors) == 1
    assert isinstance(await world.sign_in.start(world.tenant_id, "opal", PASSWORD), SignInStarted)


async def _wipe_by_enrolment(world: World) -> None:
    await world.granted(world.opal, "opal")


async def _disable(world: World) -> None:
    await world.administration.disable(world.opal, "device_in_other_hands", uuid4())


async def _disable_and_enable(world: World) -> None:
    await _disable(world)
    await world.administration.enable(world.opal, uuid4())


async def _lock(world: World) -> None:
    await world.administration.lock(world.opal, "enrolment_window_closed", uuid4())


async def _invalidate(world: World) -> None:
    await world.administration.invalidate_password(world.opal, uuid4())


@pytest.mark.parametrize("held", [_wipe_by_enrolment, _disable, _disable_and_enable, _lock, _invalidate])
async def test_a_recovery_ends_it(world: World, token: str, held: Callable[[World], Awaitable[None]]) -> None:
    """R35, R36: once a recovery takes hold, a set-up under way stops, before and after its factor."""
    seed = totp.parse_seed((await world.first_enrolment.offer_totp(token)).secret)
    await held(world)
    for step in (
        world.first_enrolment.confirm_totp(token, world.code(seed)),
        world.first_enrolment.offer_webauthn(token),
        world.first_enrolment.progress(token),
    ):
        with pytest.raises(FirstEnrolmentOver):
            await step
    assert (await world.administration.read(world.opal)).factors == []


async def test_a_wipe_between_factor_and_codes_ends_it(world: World, token: str) -> None:
    """R35: neither codes nor a session come from a factor that was wiped meanwhile."""
    await enrolled(world, token)
    await world.wipe(world.opal)
    for step in (world.first_enrolment.issue_backup_codes(token), world.first_enrolment.finish(token)):
        with pytest.raises(FirstEnrolmentOver):
            await step
    with pytest.raises(EnrolmentRequired):
        await world.sign_in.start(world.tenant_id, "opal", PASSWORD)


@pytest.mark.parametrize("held", [_wipe_by_enrolment, _disable, _lock, _invalidate])
async def test_a_recovery_ends_it_after_the_factor_too(
    world: World, token: str, held: Callable[[World], Awaitable[None]]
) -> None:
    """R30, R35: a factor just set up does not carry on to a session past a recovery that takes hold then."""
    await enrolled(world, token)
    await held(world)
    for step in (world.first_enrolment.issue_backup_codes(token), world.first_enrolment.finish(token)):
        with pytest.raises(FirstEnrolmentOver):
            await step


async def test_without_its_factor_it_ends(world: World, token: str) -> None:
    """Codes alone give no session where the factor is gone before the end."""
    await enrolled(world, token)
    await world.first_enrolment.issue_backup_codes(token)
    [app] = [one.id for one in (await world.administration.read(world.opal)).factors if one.kind == "totp"]
    await world.administration.remove_factor(world.opal, app, uuid4())
    with pytest.raises(FirstEnrolmentOver):
        await world.first_enrolment.finish(token)


async def test_after_a_recovery_it_does_not_come_back(world: World, token: str) -> None:
    """R35: what the rollout allowed is used up by the recovery's enrolment, and a second wipe finds it shut."""
    seed_browser = await world.granted(world.opal, "opal")
    await world.enrol_totp(seed_browser)
    with pytest.raises(FirstEnrolmentOver):
        await world.first_enrolment.progress(token)
    await world.wipe(world.opal)
    with pytest.raises(EnrolmentRequired):
        await world.sign_in.start(world.tenant_id, "opal", PASSWORD)


async def test_another_password_ends_it(world: World, token: str) -> None:
    """R30: a set-up begun with the old password does not outlive the change to a new one."""
    await world.pool.execute("UPDATE directory.passwords SET changed_at = changed_at + '1 s' WHERE account_id = $1",
                             world.opal)  # fmt: skip
    with pytest.raises(FirstEnrolmentOver):
        await world.first_enrolment.offer_totp(token)


async def test_no_session_of_before_sets_one_up(world: World) -> None:
    """R13 (faults): a session that the password alone opened changes no factor from the profile."""
    session = await world.sign_in.start(world.tenant_id, "opal", PASSWORD)
    await world.rollout.require_mfa(world.opal, uuid4())
    for change in (
        world.profile.offer_totp(getattr(session, "token", "")),
        world.profile.regenerate_backup_codes(getattr(session, "token", "")),
        world.profile.start_step_up(getattr(session, "token", "")),
    ):
        with pytest.raises(StepUpRequired):
            await change


async def test_staff_sign_in_waits_for_it(world: World) -> None:
    """The recovery product's own door never sets up a factor; the directory's sign-in does."""
    await world.rollout.require_mfa(world.opal, uuid4())
    with pytest.raises(EnrolmentRequired):
        await world.authentication.start_sign_in(world.tenant_id, "opal", PASSWORD)


async def test_the_database_holds_it_too(world: World, token: str, owner: asyncpg.Connection) -> None:
    """R35: no row is both open to a first enrolment and held by a recovery, whatever program writes it."""
    with pytest.raises(asyncpg.CheckViolationError):
        await owner.execute("UPDATE directory.accounts SET enrolment_required = true WHERE id = $1", world.opal)


async def test_what_is_over_is_forgotten(world: World, token: str) -> None:
    """A thief who knows a password cannot fill the disk: a day later its rows are gone."""
    await world.pass_time(timedelta(days=2))
    await purge(world.pool)
    rows = "SELECT count(*) FROM directory.first_enrolments WHERE account_id = $1"
    assert await world.pool.fetchval(rows, world.opal) == 0
