"""Case files: one statement reads however many cases, and under the lock nothing in one is older than the wait."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from domain.acts import Brake, DrawnBody, HeldBody
from domain.errors import CaseNotFound
from store.case_files import case_files
from store.page import lock_case
from tests.recovery.conftest import make_world, prepared
from tests.support.database import connection_of, pool_of

if TYPE_CHECKING:
    from uuid import UUID

    from tests.recovery.conftest import MakeWorld
    from tests.support.world import World

__all__ = ["make_world", "prepared"]

WAITS_FOR_THE_ROW = (
    "SELECT pg_sleep(0.01), EXISTS (SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE $1)"
)


async def test_one_statement_reads_many_cases(make_world: MakeWorld) -> None:
    """Two cases cost what one costs, are of one instant, and agree with what their parts read one by one say."""
    async with make_world(start_worker=False) as w:
        cases = [await w.open("ada", "kim"), await w.open("bo", "lee")]
        said: list[str] = []
        async with w.parts.ledger.unit(w.tenant_id) as unit:
            with connection_of(unit).query_logger(lambda query: said.append(query.query)):
                found = await case_files(connection_of(unit), unit.act_signer, w.tenant_id, cases)
            await asyncio.sleep(0)
            assert len(said) == 1
            files = [found[one].file for one in cases]
            assert {one.now for one in files} == {files[0].now}
            for one in files:
                assert (one.is_open, one.forged, one.watch, one.case.genuine) == (True, 0, None, True)
                assert one.policy == await unit.policy()
                people = [one.case.agent.person_id, one.case.subject_person_id]
                assert await unit.members(people) == {key: one.members[key] for key in people if key in one.members}


async def test_under_the_lock_two_statements(make_world: MakeWorld) -> None:
    """One locks, one reads; who stands how, and the present policy, are known then without another."""
    async with make_world(start_worker=False) as w:
        case_id = await w.open("ada", "kim")
        reader = (await w.session("cleo")).actor
        async with w.parts.ledger.unit(w.tenant_id) as unit:
            said: list[str] = []
            with connection_of(unit).query_logger(lambda query: said.append(query.query)):
                page = await lock_case(unit, case_id, reader=reader.person_id)
            await asyncio.sleep(0)
            assert len(said) == 2
            assert {reader.person_id, page.case.agent.person_id} <= set(page.file.members)
            assert page.file.policy == await unit.policy()


async def test_what_is_read_after_a_wait_is_the_newest(make_world: MakeWorld) -> None:
    """A lock that waited for another door is followed by a read that has that door's act (READ COMMITTED)."""
    async with make_world(start_worker=False) as w:
        case_id = await w.open("ada", "kim")
        async with w.parts.ledger.page(w.tenant_id, case_id) as first:
            second = asyncio.create_task(_acts_under_the_lock(w, case_id))
            await _until_it_waits(w)
            act = await first.record(HeldBody(brake=Brake.AGENT))
        assert act.id in await second


async def test_drawn_approvers_are_in_the_file(make_world: MakeWorld) -> None:
    """Who was drawn is in the file before they have done anything; a draw that nobody signed brings nobody down."""
    async with make_world(start_worker=False) as w:
        case_id = await w.open("ada", "kim")
        drawn = (await w.session("cleo")).actor
        before = await w.parts.ledger.read_file(w.tenant_id, case_id)
        async with w.parts.ledger.page(w.tenant_id, case_id) as page:
            await page.record(DrawnBody(approvers=(drawn.account_id,), eligible=1))
        after = await w.parts.ledger.read_file(w.tenant_id, case_id)
        assert (drawn.person_id in before.members, drawn.person_id in after.members) == (False, True)


async def test_another_tenants_case_is_not_found(make_world: MakeWorld) -> None:
    """B23: neither one nor in a list."""
    async with make_world(start_worker=False) as w:
        case_id = await w.open("ada", "kim")
        with pytest.raises(CaseNotFound):
            await w.parts.ledger.read_file(uuid4(), case_id)
        assert await w.parts.ledger.read_files(uuid4(), [case_id]) == []
        assert [one.case.id for one in await w.parts.ledger.read_files(w.tenant_id, [uuid4(), case_id])] == [case_id]


async def _acts_under_the_lock(w: World, case_id: UUID) -> set[UUID]:
    async with w.parts.ledger.page(w.tenant_id, case_id) as page:
        return {act.id for act in page.acts}


async def _until_it_waits(w: World) -> None:
    async with asyncio.timeout(20):
        while not await pool_of(w.parts.ledger).fetchval(WAITS_FOR_THE_ROW, "%recovery.cases%FOR UPDATE%", column=1):
            pass
