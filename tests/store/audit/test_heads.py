"""Signed heads leave the database for a file that survives crashes, and are kept from vouching for what is wrong."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import asyncpg
import pytest
import pytest_asyncio

from postgres.pool import open_pool
from store.audit.append import append
from store.audit.check import Fault
from store.audit.errors import HeadsFileBusy, HeadsFileUnusable
from store.audit.heads import HeadsFile, SignedHead, UnreadableHead, parse_head
from store.audit.heads_writer import HeadsWriter
from store.audit.keeper import HeadKeeper, HeadRefusal, KeptHeads
from store.setup import APPLICATION_ROLE
from tests.store.audit.helpers import check_in_database, disarm, event, fill, head_lines, new_tenant, write_lines
from tests.store.audit.keys import KEY, PUBLIC, NamedKey

CUT = """DELETE FROM recovery.audit_events WHERE seq > 2;
    UPDATE recovery.audit_heads SET (seq, hash) =
    (SELECT seq, hash FROM recovery.audit_events ORDER BY seq DESC LIMIT 1)"""


@pytest.fixture
def audit_url(own_audit_url: str) -> str:
    """A keeper looks at every tenant, so each test has its own database."""
    return own_audit_url


@pytest_asyncio.fixture(loop_scope="session")
async def pool(audit_url: str) -> AsyncIterator[asyncpg.Pool]:
    """A pool with the application's rights."""
    joint = "&" if "?" in audit_url else "?"
    url = f"{audit_url}{joint}options=-c%20role%3D{APPLICATION_ROLE}"
    opened = await open_pool(url, application="tests", size=2)
    assert await opened.fetchval("SELECT current_user") == APPLICATION_ROLE
    yield opened
    await opened.close()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the heads file goes."""
    return tmp_path / "audit-heads.jsonl"


def keeper(pool: asyncpg.Pool, path: Path) -> HeadKeeper:
    """A keeper with the tests' key."""
    return HeadKeeper(pool, path, signer=KEY, verifier=PUBLIC)


async def test_heads_are_written_when_they_move(
    pool: asyncpg.Pool, owner: asyncpg.Connection, tenant: UUID, path: Path
) -> None:
    """Each tenant's head is written once for each place it is found at, and the checker accepts it (R42)."""
    other = await new_tenant(owner)
    await fill(owner, other, 1)
    async with keeper(pool, path) as running:
        await fill(owner, tenant, 2)
        assert {(head.tenant_id, head.seq) for head in (await running.keep()).written} == {(tenant, 2), (other, 1)}
        assert (await running.keep()).written == ()
        await fill(owner, tenant, 1)
        assert [head.seq for head in (await running.keep()).written] == [3]

    heads = HeadsFile(path)
    assert [head.seq for head in heads.lines() if isinstance(head, SignedHead)].count(1) == 1
    report = await check_in_database(owner, tenant, heads)
    assert (report.verified, report.events, report.vouched_seq) == (True, 3, 3)


async def test_a_clean_stop_writes_once_more(
    pool: asyncpg.Pool, owner: asyncpg.Connection, tenant: UUID, path: Path
) -> None:
    """Leaving the block, also by an error or a cancellation, writes the last head (R42)."""

    class Telling(HeadKeeper):
        told = asyncio.Event()

        async def keep(self) -> KeptHeads:
            kept = await super().keep()
            self.told.set()
            return kept

    async def work() -> None:
        async with Telling(pool, path, signer=KEY, verifier=PUBLIC) as running:
            await running.run(interval_seconds=3600)

    await fill(owner, tenant, 1)
    task = asyncio.create_task(work())
    await asyncio.wait_for(Telling.told.wait(), 10)
    await fill(owner, tenant, 1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert [head.seq for head in HeadsFile(path).lines() if isinstance(head, SignedHead)] == [1, 2]


async def test_the_next_keeper_goes_on_where_the_last_stopped(
    pool: asyncpg.Pool, owner: asyncpg.Connection, tenant: UUID, path: Path
) -> None:
    """After a restart nothing is written twice."""
    await fill(owner, tenant, 1)
    async with keeper(pool, path):
        pass
    before = list(HeadsFile(path).lines())
    async with keeper(pool, path):
        pass
    assert list(HeadsFile(path).lines()) == before


async def test_an_uncommitted_event_is_not_vouched_for(
    pool: asyncpg.Pool, owner: asyncpg.Connection, tenant: UUID, path: Path
) -> None:
    """A head names committed events only, and does not wait for a transaction that holds the chain."""
    await fill(owner, tenant, 1)
    async with keeper(pool, path) as running, owner.transaction():
        await append(owner, tenant, [event()], KEY)
        [head] = (await running.keep()).written
        assert head.seq == 1


@pytest.mark.parametrize("regrow", [0, 1, 5])
async def test_a_rolled_back_chain_is_not_signed(
    pool: asyncpg.Pool, owner: asyncpg.Connection, tenant: UUID, path: Path, regrow: int
) -> None:
    """A keeper that finds less, or other, than it has vouched for signs nothing and says so (R42)."""
    await fill(owner, tenant, 4)
    async with keeper(pool, path) as running:
        await running.keep()
        await disarm(owner)
        await owner.execute(CUT)
        await fill(owner, tenant, regrow)
        kept = await running.keep()
        assert (kept.written, kept.refused) == ((), {tenant: HeadRefusal.ROLLED_BACK})
    report = await check_in_database(owner, tenant, HeadsFile(path))
    assert report.first_bad is not None
    assert report.first_bad.kind is Fault.CUT_OFF


async def test_a_vanished_chain_is_reported(
    pool: asyncpg.Pool, owner: asyncpg.Connection, tenant: UUID, path: Path
) -> None:
    """A chain that is gone with its head is refused too, and other tenants are still vouched for (R42)."""
    other = await new_tenant(owner)
    await fill(owner, tenant, 1)
    async with keeper(pool, path) as running:
        await running.keep()
        await disarm(owner)
        await owner.execute("DELETE FROM recovery.audit_events; DELETE FROM recovery.audit_heads")
        await fill(owner, other, 1)
        kept = await running.keep()
    assert [head.tenant_id for head in kept.written] == [other]
    assert kept.refused == {tenant: HeadRefusal.ROLLED_BACK}


@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE recovery.audit_events SET signature = '\\x00'",
        "UPDATE recovery.audit_events SET text = replace(text, 'success', 'partial')",
        "UPDATE recovery.audit_heads SET hash = sha256('')",
        "UPDATE recovery.audit_heads SET seq = 7",
        "DELETE FROM recovery.audit_events",
    ],
)
async def test_a_forged_end_is_not_signed(
    pool: asyncpg.Pool, owner: asyncpg.Connection, tenant: UUID, path: Path, tampering: str
) -> None:
    """Our key is not lent to a head that an insider made (R42)."""
    await fill(owner, tenant, 1)
    await disarm(owner)
    await owner.execute(tampering)
    async with keeper(pool, path) as running:
        kept = await running.keep()
    assert (kept.written, kept.refused) == ((), {tenant: HeadRefusal.NOT_GENUINE})
    assert list(HeadsFile(path).lines()) == []


def test_one_process_writes_the_file(path: Path) -> None:
    """The second keeper is refused until the first has gone; the file is private from the start."""
    path.touch(mode=0o644)
    first = HeadsWriter(path)
    assert path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(HeadsFileBusy):
        HeadsWriter(path)
    first.close()
    HeadsWriter(path).close()


def test_only_a_plain_file_will_do(tmp_path: Path) -> None:
    """A link in the file's place is not followed, and a folder is refused."""
    (tmp_path / "link").symlink_to(tmp_path / "target")
    for name in ("link", "folder-missing/heads", "."):
        with pytest.raises(HeadsFileUnusable):
            HeadsWriter(tmp_path / name)


@pytest.mark.parametrize("torn", ["", "x", "{" * 200_000])
def test_a_torn_last_line_is_dropped(path: Path, torn: str) -> None:
    """What a crash left of a line goes when the file is opened again, and nothing else does."""
    path.write_text("one\ntwo\n" + torn)
    writer = HeadsWriter(path)
    writer.append("three\n")
    writer.close()
    assert path.read_text() == "one\ntwo\nthree\n"


def test_a_failed_write_leaves_the_file_as_it_was(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the disk is full half way, the half line is taken back and the error is told."""
    writer = HeadsWriter(path)
    writer.append("one\n")
    write = os.write
    room = iter([3])

    def full(file: int, data: memoryview) -> int:
        for left in room:
            return write(file, data[:left])
        raise OSError(28, "full")

    monkeypatch.setattr("store.audit.heads_writer.os.write", full)
    with pytest.raises(OSError, match="full"):
        writer.append("second\n")
    writer.close()
    assert path.read_text() == "one\n"


async def test_heads_are_checked_themselves(owner: asyncpg.Connection, tenant: UUID, path: Path) -> None:
    """A line that is no head, a false signature, an unknown key and a head out of order are named (R42)."""
    events = await fill(owner, tenant, 4)
    lines = head_lines(tenant, events)
    [unknown] = head_lines(tenant, [events[1]], NamedKey("stranger"))
    false = unknown.replace('"stranger"', '"audit-1"')
    cases = {
        (0, Fault.BAD_HEAD): [*lines[:2], "nonsense\n", *lines[2:]],
        (2, Fault.UNKNOWN_KEY): [lines[0], unknown, *lines[2:]],
        (2, Fault.BAD_HEAD): [lines[0], false, *lines[2:]],
        (1, Fault.BAD_HEAD): [*lines, lines[0]],
        (3, Fault.BAD_HEAD): [*lines[:2], lines[2].replace('"seq":3', '"seq":3 '), lines[2].replace(":3,", ":9,")],
    }
    for (seq, kind), edited in cases.items():
        report = await check_in_database(owner, tenant, write_lines(path, edited))
        assert report.events == 4
        assert report.first_bad is not None
        assert report.first_bad.kind is kind
        assert report.first_bad.seq in {seq, 0}


def test_a_torn_line_is_no_alarm_and_a_long_one_is(path: Path, tmp_path: Path) -> None:
    """A reader beside a writer ignores a last line without end; elsewhere a line that is no head is told."""
    path.write_text("{}\n{" + "x" * 50_000 + "}\n{torn")
    kinds = list(HeadsFile(path).lines())
    assert kinds
    assert all(isinstance(one, UnreadableHead) for one in kinds)
    path.write_text('{"at')
    assert list(HeadsFile(path).lines()) == []


@pytest.mark.parametrize("line", [b"", b"\n", b"\xff\n", b"{}\n", b"[]\n", b'{"seq":1}\n'])
def test_other_lines_are_no_heads(line: bytes) -> None:
    """Whatever is not exactly what a keeper writes is no head."""
    assert parse_head(line) is None
