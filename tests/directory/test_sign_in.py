"""Signing in: one answer for every wrong first factor, and second factors that work once."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import uuid4

import asyncpg
import pytest
from argon2 import PasswordHasher

from directory import codes
from directory import passwords as password_module
from directory.database import SQL
from directory.errors import (
    CodeReused,
    EnrolmentRequired,
    SecondFactorRefused,
    SessionUnknown,
    SignInRefused,
    Throttled,
    TransactionUnusable,
    WrongCode,
)
from directory.passwords import Passwords
from directory.records import IssuedSession, SignInStarted, TotpResponse
from directory.settings import Argon2Parameters
from tests.directory.world import BACKUP_CODES, PASSWORD, World, backup
from tests.support.refusals import coded


async def started(world: World, login: str = "ann") -> SignInStarted:
    """The password is given, the second factor is not."""
    result = await world.sign_in.start(world.tenant_id, login, PASSWORD)
    assert isinstance(result, SignInStarted)
    return result


@pytest.mark.parametrize(
    ("login", "password"),
    [("ann", "wrong"), ("nobody", PASSWORD), ("ANN", PASSWORD), ("", ""), ("a\0b", "x"), ("ann", "\ud800"),
     ("\ud800", PASSWORD), ("ann", "x" * 100_000), ("ann", "")],
)  # fmt: skip
async def test_one_refusal_for_all(world: World, login: str, password: str) -> None:
    """R2: unknown, wrong and unstorable are told apart by nobody, and none is an unexpected error."""
    for start in (world.sign_in.start, world.authentication.start_sign_in):
        with pytest.raises(SignInRefused, check=coded("sign_in_refused")):
            await start(world.tenant_id, login, password)


async def test_nobodys_password_costs_the_same(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """An unknown login is checked against a hash of the same cost, and even the password of nothing does not pass."""
    work: list[str] = []
    original = password_module._verify

    def watched(hasher: PasswordHasher, phc: str, password: str) -> bool:
        work.append(phc)
        return original(hasher, phc, password)

    monkeypatch.setattr(password_module, "_verify", watched)
    for login, password in (("ann", "wrong"), ("nobody", ""), ("nobody", "\ud800"), ("bare\0", PASSWORD)):
        with pytest.raises(SignInRefused, check=coded("sign_in_refused")):
            await world.sign_in.start(world.tenant_id, login, password)
    assert len(work) == 4
    assert len({tuple(phc.split("$")[:4]) for phc in work}) == 1


async def test_a_hash_of_another_cost_is_renewed_in_passing(world: World, owner: asyncpg.Connection) -> None:
    """A sign-in brings the stored hash to the present cost, and counts as no change of the password."""
    cheaper = await Passwords(Argon2Parameters(time_cost=2, memory_kib=8, parallelism=1)).hash(PASSWORD)
    await owner.execute("UPDATE directory.passwords SET phc = $2 WHERE account_id = $1", world.ann, cheaper)
    before = (await world.administration.read(world.ann)).password_changed_at
    begun = await started(world)
    phc = await owner.fetchval("SELECT phc FROM directory.passwords WHERE account_id = $1", world.ann)
    assert "t=1" in phc
    await world.sign_in.finish(begun.transaction_id, world.fresh_totp())
    assert (await world.administration.read(world.ann)).password_changed_at == before


async def test_password_guesses_are_counted_before_they_are_checked(world: World) -> None:
    """B14: of a burst at most ten are checked, and then the right password is refused too."""
    tries = [world.sign_in.start(world.tenant_id, "ann", "wrong") for _ in range(30)]
    results = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(isinstance(one, SignInRefused) for one in results) == 10
    assert sum(isinstance(one, Throttled) for one in results) == 20
    with pytest.raises(Throttled):
        await started(world)
    await started(world, "kim")
    await world.pass_time(timedelta(minutes=10, seconds=1))
    await started(world)


async def test_unknown_logins_are_throttled_alike(world: World) -> None:
    """The brake says nothing about whether the login exists."""
    for _ in range(10):
        with pytest.raises(SignInRefused, check=coded("sign_in_refused")):
            await world.sign_in.start(world.tenant_id, "nobody", "wrong")
    with pytest.raises(Throttled):
        await world.sign_in.start(world.tenant_id, "nobody", "wrong")


async def test_sign_in_with_each_factor(world: World) -> None:
    """TOTP, security key and backup code lead to a session; the staff door says who and how."""
    assert (await started(world)).kinds == ["backup_code", "totp"]
    for login, amr in (("ann", ["pwd", "otp", "mfa"]), ("kim", ["pwd", "hwk", "mfa"])):
        begun = await world.authentication.start_sign_in(world.tenant_id, login, PASSWORD)
        signed_in = await world.authentication.finish_sign_in(begun.transaction_id, world.answer(begun))
        assert (signed_in.account_id, signed_in.person_id) == (world.people[login], world.persons[login])
        assert signed_in.amr == amr
        assert (await world.profile.whoami((await world.session(login)).token)).login == login


async def test_backup_code_sign_in_is_an_event_of_its_own(world: World) -> None:
    """R11: it is observed as `user.signed_in.backup_code`, others as `user.signed_in`."""
    begun = await started(world)
    await world.sign_in.finish(begun.transaction_id, backup(BACKUP_CODES[0]))
    await world.session()
    found = await world.event_types(world.ann)
    assert [one for one in found if one.startswith("user.signed_in")] == [
        "user.signed_in.backup_code",
        "user.signed_in",
    ]
    assert (await world.administration.read(world.ann)).backup_codes_left == len(BACKUP_CODES) - 1


async def test_thirty_uses_of_one_backup_code(world: World) -> None:
    """B13: thirty parallel sign-ins with one code, one success, one code fewer."""
    begun = [await started(world) for _ in range(30)]
    async with asyncio.timeout(30):
        results = await asyncio.gather(
            *(world.sign_in.finish(one.transaction_id, backup(BACKUP_CODES[0])) for one in begun),
            return_exceptions=True,
        )
    assert sum(isinstance(one, IssuedSession) for one in results) == 1
    assert {type(one) for one in results} <= {IssuedSession, CodeReused, Throttled}
    assert (await world.administration.read(world.ann)).backup_codes_left == len(BACKUP_CODES) - 1


async def test_parallel_database_uses_of_one_backup_code(world: World) -> None:
    """B13: also without any brake before it, the statement itself lets one code through once."""
    row = await world.pool.fetchrow(SQL["backup_set"], world.ann)
    assert row is not None
    digest = codes.hash_backup_code("ABCDEFGHJKMN0001", salt=row["salt"], key=b"c" * 32)
    now = await world.now()
    uses = await asyncio.gather(
        *(world.pool.fetchval(SQL["use_backup_code"], row["id"], digest, now) for _ in range(30))
    )
    assert sum(one is not None for one in uses) == 1


async def test_a_backup_code_works_for_its_owner_only(world: World) -> None:
    """B13: Ann's code at Kim's account is refused and not used up."""
    begun = await started(world, "kim")
    with pytest.raises(WrongCode):
        await world.sign_in.finish(begun.transaction_id, backup(BACKUP_CODES[0]))
    assert (await world.administration.read(world.ann)).backup_codes_left == len(BACKUP_CODES)


async def test_a_sign_in_under_way_does_not_survive_the_wipe(world: World) -> None:
    """B03: begun before the wipe and finished after it is refused, with code, app or whatever."""
    first, second = await started(world), await started(world)
    await world.wipe(world.ann)
    with pytest.raises(TransactionUnusable):
        await world.sign_in.finish(first.transaction_id, backup(BACKUP_CODES[0]))
    with pytest.raises(TransactionUnusable):
        await world.sign_in.finish(second.transaction_id, world.fresh_totp())


async def test_a_removed_set_of_codes_is_dead_at_once(world: World) -> None:
    """B03: with the app still there, a code of the removed set is just wrong."""
    begun = await started(world)
    [the_set] = [one for one in (await world.administration.read(world.ann)).factors if one.kind == "backup_codes"]
    await world.administration.remove_factor(world.ann, the_set.id, uuid4())
    with pytest.raises(WrongCode):
        await world.sign_in.finish(begun.transaction_id, backup(BACKUP_CODES[0]))
    await world.sign_in.finish(begun.transaction_id, world.fresh_totp())


async def test_an_invalidated_password_stops_a_sign_in_under_way(world: World) -> None:
    """R30: the old password stops working at once, also where it had been accepted already."""
    begun = await started(world)
    await world.administration.invalidate_password(world.ann, uuid4())
    with pytest.raises(TransactionUnusable):
        await world.sign_in.finish(begun.transaction_id, world.fresh_totp())
    for password in (PASSWORD, ""):
        with pytest.raises(SignInRefused, check=coded("sign_in_refused")):
            await world.sign_in.start(world.tenant_id, "ann", password)
    assert not (await world.administration.read(world.ann)).password_set


async def test_a_changed_password_stops_a_sign_in_under_way(world: World) -> None:
    """R30: a sign-in begun with the old password does not outlive the change to a new one."""
    session = await world.session()
    begun = await started(world)
    await world.profile.change_password(session.token, PASSWORD, "another long secret")
    with pytest.raises(TransactionUnusable):
        await world.sign_in.finish(begun.transaction_id, world.fresh_totp())


async def test_transactions_end(world: World) -> None:
    """A transaction works once, for its own door only, and for five minutes."""
    begun = await started(world)
    with pytest.raises(TransactionUnusable):
        await world.authentication.finish_sign_in(begun.transaction_id, world.fresh_totp())
    await world.sign_in.finish(begun.transaction_id, world.fresh_totp())
    with pytest.raises(TransactionUnusable):
        await world.sign_in.finish(begun.transaction_id, world.fresh_totp())
    late = await started(world)
    await world.pass_time(timedelta(minutes=5, seconds=1))
    with pytest.raises(TransactionUnusable):
        await world.sign_in.finish(late.transaction_id, world.fresh_totp())


@pytest.mark.parametrize(
    "typed", [12345, "12345", "\uff10\uff11\uff12\uff13\uff14\uff15", "●●●●●●", "", "9" * 1000, None, "\ud800"]
)
async def test_a_strange_code_is_a_counted_wrong_code(world: World, typed: object) -> None:
    """B28: clean, counted, on record, and a signal on the account (R9)."""
    begun = await started(world)
    for _ in range(5):
        with pytest.raises(WrongCode):
            await world.sign_in.finish(begun.transaction_id, TotpResponse(typed))
    with pytest.raises(Throttled):
        await world.sign_in.finish(begun.transaction_id, world.fresh_totp())
    assert (await world.event_types(world.ann)).count("user.sign_in_mfa_failed") == 5
    assert "right_password_failed_mfa" in (await world.administration.read(world.ann)).recent_signals
    await world.pass_time(timedelta(hours=24, seconds=1))
    assert (await world.administration.read(world.ann)).recent_signals == []


async def test_accounts_without_a_second_factor(world: World) -> None:
    """R35: required and none means no entry; exempt enters with the password; staff never do without."""
    with pytest.raises(EnrolmentRequired):
        await world.sign_in.start(world.tenant_id, "bare", PASSWORD)
    with pytest.raises(EnrolmentRequired):
        await world.authentication.start_sign_in(world.tenant_id, "bare", PASSWORD)
    assert isinstance(await world.sign_in.start(world.tenant_id, "exempt", PASSWORD), IssuedSession)


async def test_trust_in_a_browser_ends_and_is_not_transferable(world: World) -> None:
    """A trusted browser is one account's, for 30 days, and a backup code does not make one."""
    trusted = (await world.session(trust_browser=True)).trusted_browser_token
    assert isinstance(
        await world.sign_in.start(world.tenant_id, "kim", PASSWORD, trusted_browser=trusted), SignInStarted
    )
    assert isinstance(
        await world.sign_in.start(world.tenant_id, "ann", PASSWORD, trusted_browser=trusted), IssuedSession
    )
    await world.pass_time(timedelta(days=30, seconds=1))
    assert isinstance(
        await world.sign_in.start(world.tenant_id, "ann", PASSWORD, trusted_browser=trusted), SignInStarted
    )
    begun = await started(world)
    issued = await world.sign_in.finish(begun.transaction_id, backup(BACKUP_CODES[0]), trust_browser=True)
    assert issued.trusted_browser_token is None


async def test_sessions_end_by_idleness_and_by_age(world: World) -> None:
    """A session ends after 30 minutes unused and after 12 hours in any case."""
    idle, busy = await world.session(), await world.session()
    await world.pass_time(timedelta(minutes=29))
    await world.profile.whoami(busy.token)
    await world.pass_time(timedelta(minutes=2))
    with pytest.raises(SessionUnknown):
        await world.profile.whoami(idle.token)
    for _ in range(23):
        await world.profile.whoami(busy.token)
        await world.pass_time(timedelta(minutes=29))
    await world.pass_time(timedelta(minutes=20))
    with pytest.raises(SessionUnknown):
        await world.profile.whoami(busy.token)


async def test_a_hundred_failures_in_a_row_close_the_second_factor(world: World) -> None:
    """NIST SP 800-63B-4 §3.2.2: past a hundred failures only a recovery opens it again."""
    begun = await started(world)
    for _ in range(20):
        for _ in range(5):
            with pytest.raises(SecondFactorRefused):
                await world.sign_in.finish(begun.transaction_id, TotpResponse("x"))
        await world.pass_time(timedelta(minutes=10, seconds=1))
        begun = await started(world)
    with pytest.raises(Throttled):
        await world.sign_in.finish(begun.transaction_id, world.fresh_totp())
    await world.wipe(world.ann)
    token = await world.granted(world.ann)
    seed = await world.enrol_totp(token)
    begun = await started(world)
    world.clock.next_step()
    await world.sign_in.finish(begun.transaction_id, TotpResponse(world.code(seed)))
