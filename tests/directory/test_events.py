"""Events reach every consumer, also those committed late (decision 12 of the architecture)."""

from __future__ import annotations

import asyncio
from uuid import uuid4

import asyncpg

from directory.events import emit
from postgres.pool import notifications
from tests.directory.world import World


async def test_delivered_until_acknowledged(world: World) -> None:
    """An event comes again until this consumer has acknowledged it, whatever another one did."""
    await world.administration.disable(world.ann, "hostile", uuid4())
    [event] = await world.administration.undelivered_events("one", 10, tenant_id=world.tenant_id)
    assert (event.type, event.account_id, event.tenant_id) == ("user.disabled", world.ann, world.tenant_id)
    await world.administration.acknowledge("two", [event.id])
    assert len(await world.administration.undelivered_events("one", 10, tenant_id=world.tenant_id)) == 1
    await world.administration.acknowledge("one", [event.id, event.id, uuid4()])
    await world.administration.acknowledge("one", [event.id])
    assert await world.administration.undelivered_events("one", 10, tenant_id=world.tenant_id) == []


async def test_an_event_committed_late_is_not_skipped(world: World) -> None:
    """An event with a lower number that commits after a higher one was acknowledged is still delivered."""
    await world.administration.undelivered_events("late", 1)
    async with world.pool.acquire() as slow:
        transaction = slow.transaction()
        await transaction.start()
        await emit(slow, world.ann, "user.disabled")
        await world.administration.disable(world.kim, "hostile", uuid4())
        [early] = await world.administration.undelivered_events("late", 10, tenant_id=world.tenant_id)
        await world.administration.acknowledge("late", [early.id])
        await transaction.commit()
    [late] = await world.administration.undelivered_events("late", 10, tenant_id=world.tenant_id)
    assert late.seq < early.seq
    assert late.account_id == world.ann


async def test_a_consumer_taken_up_meanwhile_misses_nothing(world: World) -> None:
    """An event under way while a new consumer first asks is neither lost nor delivered twice."""
    name = f"new-{uuid4()}"
    async with world.pool.acquire() as slow:
        transaction = slow.transaction()
        await transaction.start()
        await emit(slow, world.ann, "user.disabled")
        asking = [
            asyncio.create_task(world.administration.undelivered_events(name, 10, tenant_id=world.tenant_id))
            for _ in range(3)
        ]
        await asyncio.wait(asking, timeout=0.2)
        later = asyncio.create_task(world.administration.disable(world.kim, "hostile", uuid4()))
        await asyncio.wait([later], timeout=0.2)
        await transaction.commit()
    async with asyncio.timeout(10):
        await asyncio.gather(*asking, later)
    found = await world.administration.undelivered_events(name, 10, tenant_id=world.tenant_id)
    assert sorted(str(one.account_id) for one in found) == sorted([str(world.ann), str(world.kim)])


async def test_an_event_rings(world: World, directory_database: str) -> None:
    """Each event announces its tenant on `directory_events`, at commit and not before."""
    listening = notifications(directory_database, "directory_events", application="tests")
    async with asyncio.timeout(10):
        assert await anext(listening) == ""
        await world.administration.disable(world.ann, "hostile", uuid4())
        while (payload := await anext(listening)) != str(world.tenant_id):
            assert payload != ""


async def test_events_carry_the_command(world: World) -> None:
    """R42: a removal says by whose command, so that one outside any case stands out."""
    [totp] = [one for one in (await world.administration.read(world.ann)).factors if one.kind == "totp"]
    command = uuid4()
    await world.administration.remove_factor(world.ann, totp.id, command)
    [event] = [one for one in await world.events(world.ann) if one.type == "mfa.factor_removed"]
    assert event.data == {"factor_id": str(totp.id), "kind": "totp", "by": "admin", "command": str(command)}


async def test_a_refused_effect_leaves_no_event(world: World, owner: asyncpg.Connection) -> None:
    """R42: what did not happen is not announced, and the command may be tried again."""
    before = await world.event_types(world.ann)
    command = uuid4()
    unusable = world.administration.require_enrolment(world.ann, uuid4(), await world.now(), False, command)
    result = await asyncio.gather(unusable, return_exceptions=True)
    assert isinstance(result[0], Exception)
    assert await world.event_types(world.ann) == before
    assert await owner.fetchval("SELECT count(*) FROM directory.commands WHERE id = $1", command) == 0
