"""The built-in directory takes a batch as it takes one account after the other (R33, R35, R40)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from directory.errors import EnrolmentRequired
from directory.records import FirstEnrolmentStarted, SignInStarted
from tests.directory.conftest import app_pool, directory_database, owner, world
from tests.directory.world import PASSWORD

if TYPE_CHECKING:
    from uuid import UUID

    from tests.directory.world import World

__all__ = ["app_pool", "directory_database", "owner", "world"]


async def require(world: World, *accounts: UUID) -> list[str]:
    """Put these under the policy, each by a new command."""
    results = await world.rollout.require_mfa_of({one: uuid4() for one in accounts})
    return [results[one] for one in accounts]


async def test_a_batch_says_of_each_what_happened(world: World) -> None:
    """R40: new, under the policy already, and gone; the new ones are asked at the next sign-in; nothing is removed."""
    exempt, bare, gone = world.people["exempt"], world.people["bare"], uuid4()
    factors = (await world.administration.read(exempt)).factors
    found = await require(world, world.opal, exempt, bare, gone)
    assert found == ["required", "required", "already_required", "account_unknown"]
    assert (await world.administration.read(exempt)).factors == factors
    assert isinstance(await world.sign_in.start(world.tenant_id, "opal", PASSWORD), FirstEnrolmentStarted)
    assert isinstance(await world.sign_in.start(world.tenant_id, "exempt", PASSWORD), SignInStarted)
    assert (await world.event_types(world.opal)).count("mfa.required") == 1
    assert "mfa.required" not in await world.event_types(bare)


async def test_a_batch_again_changes_nothing(world: World) -> None:
    """R33: the same commands, also at the same moment and one by one afterwards, say the same and are done once."""
    wanted = {world.opal: uuid4(), world.people["exempt"]: uuid4()}
    results = await asyncio.gather(*(world.rollout.require_mfa_of(wanted) for _ in range(6)))
    assert all(one == dict.fromkeys(wanted, "required") for one in results)
    assert (await world.event_types(world.opal)).count("mfa.required") == 1
    assert await world.rollout.require_mfa(world.opal, wanted[world.opal]) == "required"
    assert await world.rollout.require_mfa_of({world.ann: wanted[world.opal]}) == {world.ann: "command_reused"}
    assert await require(world, *wanted) == ["already_required", "already_required"]


@pytest.mark.parametrize("login", ["exempt", "bare"])
async def test_a_batch_opens_no_way_in_after_a_wipe(world: World, login: str) -> None:
    """R35: the password alone reaches nothing where factors were wiped or missing under the policy."""
    if login == "exempt":
        await world.wipe(world.people[login])
    await require(world, world.people[login])
    with pytest.raises(EnrolmentRequired):
        await world.sign_in.start(world.tenant_id, login, PASSWORD)


@pytest.mark.parametrize("status", ["disable", "lock"])
async def test_a_batch_opens_no_way_in_to_what_a_recovery_held(world: World, status: str) -> None:
    """R35: disabled or locked by a command, put under the policy by a batch, enabled: no enrolment by password."""
    await getattr(world.administration, status)(world.opal, "device_in_other_hands", uuid4())
    assert await require(world, world.opal) == ["required"]
    await world.administration.enable(world.opal, uuid4())
    with pytest.raises(EnrolmentRequired):
        await world.sign_in.start(world.tenant_id, "opal", PASSWORD)


async def test_who_has_no_factor(world: World) -> None:
    """R40: reminded is who has neither an app nor a key."""
    everybody = list(world.people.values())
    lacking = await world.rollout.without_factor(everybody)
    views = {one: await world.administration.read(one) for one in everybody}
    assert lacking == {
        one for one, view in views.items() if not any(factor.kind in {"totp", "webauthn"} for factor in view.factors)
    }
    assert world.opal in lacking
    assert world.kim not in lacking


async def test_nobody_waits_in_a_circle(world: World) -> None:
    """R40: two batches over the same accounts in other orders both come to their end."""
    everybody = list(world.people.values())
    async with asyncio.timeout(20):
        for _ in range(5):
            await asyncio.gather(require(world, *everybody), require(world, *reversed(everybody)))
