"""Admin commands take effect once, and take away what they name (R31, R33)."""

from __future__ import annotations

import asyncio
from uuid import uuid4

import pytest

from directory.errors import (
    AccountUnknown,
    CommandReused,
    FactorUnknown,
    SessionUnknown,
    SignInRefused,
    TokenUnknown,
)
from directory.records import IssuedSession, SignInStarted
from directory.sessions import add_app_password
from tests.directory.world import KEYS, PASSWORD, World
from tests.support.refusals import coded


async def test_every_kind_of_factor_is_listed_and_removable(world: World) -> None:
    """B02: after removal by id nothing that satisfies MFA is left, quiet kinds and trusted browsers included."""
    await world.session(trust_browser=True)
    before = await world.administration.read(world.ann)
    kinds = ["totp", "sms", "email_code", "push", "trusted_browser", "trusted_browser", "backup_codes"]
    assert sorted(one.kind for one in before.factors) == sorted(kinds)
    await world.wipe(world.ann)
    after = await world.administration.read(world.ann)
    assert (after.factors, after.backup_codes_left) == ([], 0)


async def test_a_repeated_command_spares_what_came_after(world: World) -> None:
    """B01, R33: repeating a removal returns its first result and touches nothing enrolled since."""
    [totp] = [one for one in (await world.administration.read(world.ann)).factors if one.kind == "totp"]
    command = uuid4()
    assert await world.administration.remove_factor(world.ann, totp.id, command) == "removed"
    token = await world.granted(world.ann)
    await world.enrol_totp(token)
    events = await world.event_types(world.ann)
    assert await world.administration.remove_factor(world.ann, totp.id, command) == "removed"
    assert await world.administration.remove_factor(world.ann, totp.id, uuid4()) == "already_gone"
    assert await world.event_types(world.ann) == events
    assert "totp" in {one.kind for one in (await world.administration.read(world.ann)).factors}


async def test_repeated_status_change_is_no_second_effect(world: World) -> None:
    """R33: a late retry of `disable` does not disable an account that was enabled since."""
    command = uuid4()
    await world.administration.disable(world.ann, "hostile", command)
    await world.administration.enable(world.ann, uuid4())
    await world.administration.disable(world.ann, "hostile", command)
    assert (await world.administration.read(world.ann)).status == "active"


async def test_one_command_sent_twice_at_once_has_one_effect(world: World) -> None:
    """R33: parallel deliveries of one command agree and leave one event."""
    await world.session()
    command = uuid4()
    results = await asyncio.gather(*(world.administration.revoke_sessions(world.ann, command) for _ in range(8)))
    assert {one.sessions for one in results} == {1}
    assert (await world.event_types(world.ann)).count("user.session_revoked") == 1


async def test_a_command_id_is_for_one_thing_only(world: World) -> None:
    """R33: the same id for another account, kind or argument is refused, not taken for a repeat."""
    command = uuid4()
    await world.administration.disable(world.ann, "hostile", command)
    for other in (
        world.administration.disable(world.ann, "another_reason", command),
        world.administration.enable(world.ann, command),
        world.administration.disable(world.kim, "hostile", command),
    ):
        with pytest.raises(CommandReused):
            await other
    assert (await world.administration.read(world.kim)).status == "active"


async def test_a_factor_of_somebody_else_is_never_already_gone(world: World) -> None:
    """B12: an id that was never the account's is an error, and the other's factor stays."""
    [key] = (await world.administration.read(world.kim)).factors
    with pytest.raises(FactorUnknown):
        await world.administration.remove_factor(world.ann, key.id, uuid4())
    assert len((await world.administration.read(world.kim)).factors) == 1


async def test_revocation_reaches_long_lived_tokens(world: World) -> None:
    """B15: session, refresh token and app password are all refused after the revocation, and counted."""
    issued = await world.session(remember=True)
    async with world.pool.acquire() as connection:
        app_password = await add_app_password(connection, world.ann, code_key=KEYS.code_key, label="Mail")
    assert issued.refresh_token is not None
    again = await world.sessions.refresh(issued.refresh_token)
    revoked = await world.administration.revoke_sessions(world.ann, uuid4())
    assert (revoked.sessions, revoked.refresh_tokens, revoked.app_passwords) == (2, 1, 1)
    for token in (issued.token, again.token):
        with pytest.raises(SessionUnknown):
            await world.profile.whoami(token)
    with pytest.raises(TokenUnknown):
        await world.sessions.refresh(issued.refresh_token)
    with pytest.raises(TokenUnknown):
        await world.sessions.check_app_password(world.tenant_id, "ann", app_password)


async def test_without_revocation_everything_still_works(world: World) -> None:
    """B15, R32: a plain wipe leaves sessions, refresh tokens, app passwords and the password alone."""
    issued = await world.session(remember=True)
    async with world.pool.acquire() as connection:
        app_password = await add_app_password(connection, world.ann, code_key=KEYS.code_key, label="Mail")
    await world.wipe(world.ann)
    assert issued.refresh_token is not None
    await world.profile.whoami(issued.token)
    await world.sessions.refresh(issued.refresh_token)
    assert await world.sessions.check_app_password(world.tenant_id, "ann", app_password) == world.ann
    account = await world.administration.read(world.ann)
    assert (account.password_set, account.session_count, account.refresh_token_count) == (True, 2, 1)


async def test_a_disabled_account_is_shut_on_every_way(world: World) -> None:
    """R30: sign-in, a sign-in under way, live sessions, refresh tokens and app passwords are refused."""
    issued = await world.session(remember=True)
    assert issued.refresh_token is not None
    async with world.pool.acquire() as connection:
        app_password = await add_app_password(connection, world.ann, code_key=KEYS.code_key, label="Mail")
    await world.administration.disable(world.ann, "hostile", uuid4())
    with pytest.raises(SignInRefused, check=coded("sign_in_refused")):
        await world.sign_in.start(world.tenant_id, "ann", PASSWORD)
    with pytest.raises(SessionUnknown):
        await world.profile.whoami(issued.token)
    with pytest.raises(SessionUnknown):
        await world.sessions.use(issued.token)
    with pytest.raises(TokenUnknown):
        await world.sessions.refresh(issued.refresh_token)
    with pytest.raises(TokenUnknown):
        await world.sessions.check_app_password(world.tenant_id, "ann", app_password)


async def test_a_trusted_browser_dies_with_the_wipe(world: World) -> None:
    """B02: a trusted browser skips the second factor before the wipe and never after re-enrolment."""
    trusted = (await world.session(trust_browser=True)).trusted_browser_token
    before = await world.sign_in.start(world.tenant_id, "ann", PASSWORD, trusted_browser=trusted)
    assert isinstance(before, IssuedSession)
    await world.wipe(world.ann)
    await world.enrol_totp(await world.granted(world.ann))
    after = await world.sign_in.start(world.tenant_id, "ann", PASSWORD, trusted_browser=trusted)
    assert isinstance(after, SignInStarted)


async def test_a_trusted_browser_left_over_alone_opens_nothing(world: World) -> None:
    """B02: with the app gone and only quiet factors left, trust in a browser does not replace a second factor."""
    trusted = (await world.session(trust_browser=True)).trusted_browser_token
    [totp] = [one for one in (await world.administration.read(world.ann)).factors if one.kind == "totp"]
    await world.administration.remove_factor(world.ann, totp.id, uuid4())
    after = await world.sign_in.start(world.tenant_id, "ann", PASSWORD, trusted_browser=trusted)
    assert isinstance(after, SignInStarted)
    assert after.kinds == ["backup_code"]


async def test_unknown_account(world: World) -> None:
    """Commands and reads about nobody say so."""
    with pytest.raises(AccountUnknown):
        await world.administration.read(uuid4())
    with pytest.raises(AccountUnknown):
        await world.administration.disable(uuid4(), "hostile", uuid4())
