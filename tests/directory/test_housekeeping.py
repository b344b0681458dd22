"""Housekeeping forgets what has expired and nothing that still means something."""

from __future__ import annotations

from datetime import timedelta

import pytest

from directory.errors import SecondFactorRefused
from directory.housekeeping import purge
from directory.records import SignInStarted, TotpResponse
from tests.directory.world import PASSWORD, World

COUNT = """
    SELECT (SELECT count(*) FROM directory.transactions WHERE account_id = $1)
         + (SELECT count(*) FROM directory.presences WHERE tenant_id = $2)
         + (SELECT count(*) FROM directory.throttles WHERE tenant_id = $2 AND key NOT LIKE 'second_factor:%')
"""


async def test_purge(world: World) -> None:
    """Old attempts go; the granted presence, the live session and the failures in a row stay."""
    token = await world.granted(world.kim, "kim")
    started = await world.sign_in.start(world.tenant_id, "ann", PASSWORD)
    assert isinstance(started, SignInStarted)
    with pytest.raises(SecondFactorRefused):
        await world.sign_in.finish(started.transaction_id, TotpResponse("x"))
    await world.presence.begin(world.tenant_id, "nobody")
    before = await world.pool.fetchval(COUNT, world.ann, world.tenant_id)
    await purge(world.pool)
    assert await world.pool.fetchval(COUNT, world.ann, world.tenant_id) == before
    await world.pass_time(timedelta(days=8))
    await purge(world.pool)
    assert await world.pool.fetchval(COUNT, world.ann, world.tenant_id) == 1
    assert (await world.presence.status(token)).state == "ended"
    failures = "SELECT max(consecutive) FROM directory.throttles WHERE tenant_id = $1 AND key LIKE 'second_factor:%'"
    assert await world.pool.fetchval(failures, world.tenant_id) == 1
