"""How often a page or a decision reads its case, counted by the statements that PostgreSQL gets (adr/0017, D2)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest_asyncio

from domain.acts import CancelReason, Method
from domain.messages import Phase
from postgres.pool import open_pool
from starter.console.site import BASE
from store.ledger import Ledger
from store.statements import SQL
from tests.console.approving import opened, path_of, state_verdict, verified
from tests.console.support import Desk, console_app

if TYPE_CHECKING:
    from tests.support.browsing import Page
    from tests.support.world import World

CONNECTIONS = 4


@dataclass
class Counted:
    """A desk whose console has connections of its own, and the statements that went over them since the last look."""

    w: World
    desk: Desk
    statements: list[str] = field(default_factory=list)

    def reads(self) -> tuple[int, int]:
        """How many times a case was read and locked since the last look; a read under the lock is in both."""
        found = self.statements.count(SQL["case_files"]), self.statements.count(SQL["case_lock"])
        self.statements.clear()
        return found

    async def get(self, path: str) -> Page:
        """A page, from where the counting begins."""
        self.statements.clear()
        return await self.desk.get(path)


ONE_READ = (1, 0)
AND_ONE_UNDER_THE_LOCK = (2, 1)


@asynccontextmanager
async def counted(w: World, folder: Path, who: str) -> AsyncIterator[Counted]:
    """A reader at a console whose statements are counted, and nobody else's."""
    pool = await open_pool(w.addresses.store, application="counted console", size=CONNECTIONS)
    seen: list[str] = []

    def note(record: Any) -> None:
        seen.append(record.query)

    for connection in [await pool.acquire() for _ in range(CONNECTIONS)]:
        connection.add_query_logger(note)
        await pool.release(connection)
    ours = w.parts.ledger
    ledger = Ledger(pool, act_signer=ours._act_signer, audit_signer=ours._audit_signer)
    world = replace(w, doors=replace(w.doors, ledger=ledger))
    desk = Desk(console_app(world, folder), world, who)
    try:
        yield Counted(world, await desk.sit_down(), seen)
    finally:
        await desk.close()
        await pool.close()


@pytest_asyncio.fixture(loop_scope="session")
async def ada(w: World, tmp_path: Path) -> AsyncIterator[Counted]:
    """The acting admin."""
    async with counted(w, tmp_path, "ada") as one:
        yield one


@pytest_asyncio.fixture(loop_scope="session")
async def cleo(w: World, tmp_path: Path) -> AsyncIterator[Counted]:
    """An approver."""
    async with counted(w, tmp_path, "cleo") as one:
        yield one


async def test_a_verdict_reads_its_case_once_a_request(w: World, cleo: Counted) -> None:
    """D2: the page, the way to the proof, and the proof itself; under the lock it is read once more."""
    case_id = await opened(w)
    page = await cleo.get(path_of(case_id, "verify"))
    assert cleo.reads() == ONE_READ
    page = await state_verdict(cleo.desk, case_id, page=page)
    assert page.title == "Sign your verdict"
    assert cleo.reads() == ONE_READ
    page = await cleo.desk.prove(page, path_of(case_id, "prove"))
    # The browser follows on to the page of the next step, which reads for itself.
    assert cleo.reads() == (3, 1)
    assert page.path in {path_of(case_id), path_of(case_id, "presence")}


async def test_a_confirmed_browser_and_a_reset_too(w: World, ada: Counted, cleo: Counted) -> None:
    """D2, R27, R36: the code, which is matched before the proof, costs no read of its own."""
    case_id = await verified(w)
    _, code = await w.wait_in_browser("kim")
    page = await cleo.get(path_of(case_id, "presence"))
    assert cleo.reads() == ONE_READ
    page = await cleo.desk.submit(page, path_of(case_id, "presence"), code=code)
    assert page.title == "Bind the caller's browser"
    assert cleo.reads() == ONE_READ
    await cleo.desk.prove(page, path_of(case_id, "prove"))
    assert cleo.reads() == (3, 1)
    await w.until_phase(case_id, Phase.STEP_UP)
    page = await ada.get(path_of(case_id, "reset"))
    assert ada.reads() == ONE_READ
    page = await ada.desk.submit(page, path_of(case_id, "reset"))
    assert page.title == "Sign the reset"
    assert ada.reads() == ONE_READ
    await ada.desk.prove(page, path_of(case_id, "prove"))
    assert ada.reads() == (3, 1)


async def test_what_is_refused_reads_no_more(w: World, ada: Counted, cleo: Counted) -> None:
    """D2: the page that says why is made of what was read to ask."""
    case_id = await opened(w)
    page = await cleo.get(path_of(case_id, "verify"))
    cleo.reads()
    page = await state_verdict(cleo.desk, case_id, page=page, what_seen="no")
    assert page.codes == ["evidence_missing"]
    assert cleo.reads() == ONE_READ
    await w.decide("cleo", case_id, await w.verdict(case_id, Method.IN_PERSON))
    await w.until_phase(case_id, Phase.PRESENCE)
    await state_verdict(cleo.desk, case_id, page=page)
    assert cleo.reads() == ONE_READ
    await ada.get(path_of(case_id, "reset"))
    assert ada.reads() == ONE_READ


async def test_a_decision_without_a_proof(w: World, ada: Counted) -> None:
    """D2: ending a case is one form: read to ask, read once more under the lock; then the case's own page."""
    case_id = await opened(w)
    page = await ada.get(path_of(case_id, "cancel"))
    assert ada.reads() == ONE_READ
    await ada.desk.submit(page, path_of(case_id, "cancel"), reason=CancelReason.SUSPICIOUS.value)
    assert ada.reads() == (3, 1)


async def test_a_history_reads_its_case_once(w: World, tmp_path: Path) -> None:
    """D2: to say which workflows there were, whether the reader may, and what stands in one of them."""
    case_id = await opened(w)
    async with counted(w, tmp_path, "sol") as sol:
        page = await sol.get(path_of(case_id, "history"))
        assert sol.reads() == ONE_READ
        page = await sol.desk.submit(page, path_of(case_id, "history"), part="0")
        assert page.status == 200
        assert sol.reads() == ONE_READ


async def test_pages_and_lists_read_at_one_instant(w: World, ada: Counted) -> None:
    """D2: a page of one case reads it once, and so does the inbox with all of its cases."""
    first = await opened(w)
    await opened(w, "mara")
    for path in (path_of(first), path_of(first, "officer"), f"{BASE}/inbox", f"{BASE}/cases"):
        await ada.get(path)
        reads, locks = ada.reads()
        assert (reads <= 1, locks) == (True, 0), path
