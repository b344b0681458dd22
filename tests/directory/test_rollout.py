"""R40: a rollout asks for MFA at the next sign-in, account by account, and removes nothing."""

from __future__ import annotations

import asyncio
import secrets
from uuid import uuid4

import asyncpg
import pytest

from directory import importer
from directory.errors import AccountUnknown, CommandReused, EnrolmentRequired
from directory.records import FirstEnrolmentStarted, IssuedSession, SignInStarted
from directory.rollout import Rollout
from starter.soft_authenticator import SoftAuthenticator
from tests.directory.world import KEYS, PASSWORD, SETTINGS, World, document


async def test_it_is_asked_for_from_the_next_sign_in_on(world: World) -> None:
    """R40: until then the password is enough and live sessions go on; afterwards a first factor comes first."""
    before = await world.sign_in.start(world.tenant_id, "opal", PASSWORD)
    assert isinstance(before, IssuedSession)
    assert await world.rollout.require_mfa(world.opal, uuid4()) == "required"
    assert (await world.administration.read(world.opal)).mfa == "required"
    await world.sessions.use(before.token)
    assert isinstance(await world.sign_in.start(world.tenant_id, "opal", PASSWORD), FirstEnrolmentStarted)
    assert "mfa.required" in await world.event_types(world.opal)


async def test_who_has_a_factor_is_asked_for_it(world: World) -> None:
    """R40: nobody who has a factor may set up another with the password, and none is removed."""
    exempt = world.people["exempt"]
    factors = (await world.administration.read(exempt)).factors
    assert await world.rollout.require_mfa(exempt, uuid4()) == "required"
    assert (await world.administration.read(exempt)).factors == factors
    assert isinstance(await world.sign_in.start(world.tenant_id, "exempt", PASSWORD), SignInStarted)


async def test_once_per_command(world: World) -> None:
    """R33: the same command again, also at the same moment, says the same and does nothing."""
    command = uuid4()
    results = await asyncio.gather(*(world.rollout.require_mfa(world.opal, command) for _ in range(8)))
    assert results == ["required"] * 8
    assert (await world.event_types(world.opal)).count("mfa.required") == 1
    assert await world.rollout.require_mfa(world.opal, uuid4()) == "already_required"
    with pytest.raises(CommandReused):
        await world.rollout.require_mfa(world.ann, command)
    with pytest.raises(AccountUnknown):
        await world.rollout.require_mfa(uuid4(), uuid4())


async def test_who_had_to_use_mfa_already_gets_no_way_in(world: World) -> None:
    """R35: an account under the policy that has no factor stays shut, whatever a campaign runs over it."""
    assert await world.rollout.require_mfa(world.people["bare"], uuid4()) == "already_required"
    with pytest.raises(EnrolmentRequired):
        await world.sign_in.start(world.tenant_id, "bare", PASSWORD)


async def test_a_wiped_account_gets_no_way_in(world: World) -> None:
    """R35: the password alone reaches nothing after a wipe, although the policy comes later."""
    exempt = world.people["exempt"]
    await world.wipe(exempt)
    assert await world.rollout.require_mfa(exempt, uuid4()) == "required"
    with pytest.raises(EnrolmentRequired):
        await world.sign_in.start(world.tenant_id, "exempt", PASSWORD)


@pytest.mark.parametrize("first", ["rollout", "recovery"])
@pytest.mark.parametrize("status", ["disable", "lock"])
async def test_an_account_that_a_recovery_held_gets_no_way_in(world: World, first: str, status: str) -> None:
    """R35: an owner disabled or locked by a command does not enrol with the password, before or after enabling."""
    if first == "rollout":
        await world.rollout.require_mfa(world.opal, uuid4())
    await getattr(world.administration, status)(world.opal, "device_in_other_hands", uuid4())
    if first == "recovery":
        assert await world.rollout.require_mfa(world.opal, uuid4()) == "required"
    await world.administration.enable(world.opal, uuid4())
    with pytest.raises(EnrolmentRequired):
        await world.sign_in.start(world.tenant_id, "opal", PASSWORD)


async def test_disabled_accounts_are_tightened_too(app_pool: asyncpg.Pool) -> None:
    """R40: who is away when the campaign runs finds the same on return."""
    wanted = document(f"t{secrets.token_hex(8)}", SoftAuthenticator())
    wanted["people"][-1]["status"] = "disabled"
    imported = await importer.apply(app_pool, importer.parse(wanted), keys=KEYS, settings=SETTINGS)
    opal = imported.people["opal"].account_id
    assert await Rollout(app_pool).require_mfa(opal, uuid4()) == "required"
    assert await app_pool.fetchval("SELECT first_enrolment FROM directory.accounts WHERE id = $1", opal)


async def test_groups_are_walked_in_batches(app_pool: asyncpg.Pool) -> None:
    """R40: every active member once, in order; a group that nobody is in is told from one without active members."""
    wanted = document(f"t{secrets.token_hex(8)}", SoftAuthenticator())
    for one in wanted["people"]:
        one["groups"] = ["sales"]
    wanted["people"][2]["status"] = "locked"
    wanted["people"][2]["groups"] = ["sales", "gone", "sales"]
    imported = await importer.apply(app_pool, importer.parse(wanted), keys=KEYS, settings=SETTINGS)
    rollout, tenant = Rollout(app_pool), imported.tenant_id
    active = sorted(one.account_id for key, one in imported.people.items() if key != "bare")
    for group in ("sales", "everyone"):
        seen, after = [], None
        while batch := await rollout.members_of(tenant, group, after=after, limit=2):
            seen += batch
            after = batch[-1]
        assert seen == active
        assert await rollout.size_of(tenant, group) == 4
    assert (await rollout.size_of(tenant, "gone"), await rollout.size_of(tenant, "none")) == (0, None)
    assert await rollout.members_of(tenant, "none", after=None, limit=10) == []
    assert await rollout.size_of(uuid4(), "sales") is None
