"""The checker against a superuser: every kind of tampering is found and the first bad event is named (R42)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import asyncpg
import pytest
import pytest_asyncio

from postgres.pool import connect
from store.audit.canonical import Place, event_text
from store.audit.check import CheckReport, Fault, check, check_database
from store.audit.export import export_json_lines
from store.audit.heads import HeadsFile, sign_head
from store.audit.link import event_hash, event_message
from store.audit.rows import DatabaseChain
from tests.store.audit.helpers import (
    check_export,
    check_in_database,
    disarm,
    event,
    fill,
    head_lines,
    new_tenant,
    write_lines,
)
from tests.store.audit.keys import PUBLIC, NamedKey, PublicKeys
from tests.support import servers

SET_HEAD = """UPDATE recovery.audit_heads SET (seq, hash) =
    (SELECT seq, hash FROM recovery.audit_events ORDER BY seq DESC LIMIT 1)"""
RENUMBER = """UPDATE recovery.audit_events AS e SET seq = n.n
    FROM (SELECT ctid AS c, row_number() OVER (ORDER BY seq) AS n FROM recovery.audit_events) AS n WHERE e.ctid = n.c"""
STRANGER = NamedKey("stranger")


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def empty_url(postgres_url: str, audit_template: str) -> AsyncIterator[str]:
    """A database in which every test is rolled back."""
    url = await servers.fresh_database(postgres_url, "audit_empty", template=audit_template)
    yield url
    await servers.drop_database(postgres_url, url)


@pytest_asyncio.fixture(loop_scope="session")
async def owner(empty_url: str) -> AsyncIterator[asyncpg.Connection]:
    """A superuser whose tampering is undone after the test."""
    connection = await connect(empty_url, application="tests")
    transaction = connection.transaction()
    await transaction.start()
    yield connection
    await transaction.rollback()
    await connection.close()


def found(report: CheckReport) -> tuple[int, Fault] | None:
    """Where and what, for comparing."""
    return (report.first_bad.seq, report.first_bad.kind) if report.first_bad else None


@pytest.mark.parametrize(
    ("tampering", "expected"),
    [
        ("UPDATE recovery.audit_events SET text = replace(text, 'success', 'failure') WHERE seq = 4", (4, "changed")),
        ("UPDATE recovery.audit_events SET text = text || ' ' WHERE seq = 4", (4, "changed")),
        ("UPDATE recovery.audit_events SET text = '' WHERE seq = 4", (4, "changed")),
        ("UPDATE recovery.audit_events SET hash = sha256('') WHERE seq = 1", (1, "changed")),
        ("UPDATE recovery.audit_events SET outcome = 'failure' WHERE seq = 4", (4, "changed")),
        ("UPDATE recovery.audit_events SET at = at + interval '1 microsecond' WHERE seq = 4", (4, "changed")),
        ("UPDATE recovery.audit_events SET at = 'infinity' WHERE seq = 4", (4, "changed")),
        ("UPDATE recovery.audit_events SET at = '4000-01-01 BC' WHERE seq = 4", (4, "changed")),
        ("UPDATE recovery.audit_events SET actor_id = 'other' WHERE seq = 9", (9, "changed")),
        ("UPDATE recovery.audit_events SET case_id = gen_random_uuid() WHERE seq = 4", (4, "changed")),
        ("UPDATE recovery.audit_events SET id = gen_random_uuid() WHERE seq = 4", (4, "changed")),
        ("UPDATE recovery.audit_events SET signature = '\\x00' WHERE seq = 4", (4, "forged")),
        ("UPDATE recovery.audit_events SET key_id = 'other' WHERE seq = 4", (4, "unknown_key")),
        ("DELETE FROM recovery.audit_events WHERE seq = 1", (1, "missing")),
        ("DELETE FROM recovery.audit_events WHERE seq IN (4, 6)", (4, "missing")),
        (f"DELETE FROM recovery.audit_events WHERE seq = 4; {RENUMBER}", (4, "missing")),
        (f"DELETE FROM recovery.audit_events WHERE seq = 4; {RENUMBER}; {SET_HEAD}", (4, "missing")),
        ("DELETE FROM recovery.audit_events WHERE seq > 6", (7, "cut_off")),
        ("DELETE FROM recovery.audit_events", (1, "cut_off")),
        ("UPDATE recovery.audit_events SET seq = CASE seq WHEN 3 THEN 8 ELSE 3 END WHERE seq IN (3, 8)",
         (3, "reordered")),
        ("UPDATE recovery.audit_events SET seq = 50 WHERE seq = 4", (4, "reordered")),
        (f"UPDATE recovery.audit_events SET seq = 50 WHERE seq = 4; {RENUMBER}", (4, "reordered")),
        ("INSERT INTO recovery.audit_events SELECT * FROM recovery.audit_events WHERE seq = 4", (4, "reordered")),
        ("UPDATE recovery.audit_heads SET hash = sha256('')", (10, "bad_head")),
        ("UPDATE recovery.audit_heads SET seq = 9", (10, "bad_head")),
        ("DELETE FROM recovery.audit_heads", (10, "bad_head")),
    ],
)  # fmt: skip
async def test_tampering_is_found(
    owner: asyncpg.Connection, tenant: UUID, tampering: str, expected: tuple[int, str]
) -> None:
    """Changed, missing, reordered and cut-off events are named, and nothing before them is doubted (R42)."""
    await fill(owner, tenant, 10)
    await disarm(owner)
    await owner.execute(tampering)

    report = await check_in_database(owner, tenant)
    assert found(report) == expected
    # A head that is bad, or an event that comes twice, leaves the event of that number good.
    assert report.events in {expected[0] - 1, expected[0]}


async def _rewrite(owner: asyncpg.Connection, tenant: UUID, from_seq: int, key: NamedKey, *, insert: bool) -> None:
    """Rewrite the chain from `from_seq` on with right hashes, signing with another key under the known name."""
    rows = await owner.fetch("SELECT * FROM recovery.audit_events WHERE tenant_id = $1 ORDER BY seq", tenant)
    previous = rows[from_seq - 2]["hash"]
    await owner.execute("DELETE FROM recovery.audit_events WHERE tenant_id = $1 AND seq >= $2", tenant, from_seq)
    kept = rows[from_seq - 1 :] if not insert else [rows[from_seq - 1], *rows[from_seq - 1 :]]
    for seq, row in enumerate(kept, start=from_seq):
        place = Place(tenant_id=tenant, seq=seq, previous_hash=previous, at=row["at"], clock_held=False)
        text = event_text(event(actor_id="forger"), row["id"], place)
        previous = event_hash(previous, text)
        _, signature = key.sign(event_message(previous))
        await owner.execute(
            """INSERT INTO recovery.audit_events
            (tenant_id, seq, id, at, type, actor_kind, actor_id, subject_id, outcome, text, hash, signature, key_id)
            VALUES ($1, $2, $3, $4, $5, 'person', 'forger', 'account-2', 'success', $6, $7, $8, 'audit-1')""",
            tenant, seq, row["id"], row["at"], row["type"], text, previous, signature,
        )  # fmt: skip
    await owner.execute(SET_HEAD)


@pytest.mark.parametrize("insert", [False, True])
async def test_recomputed_hashes_do_not_help_without_the_key(
    owner: asyncpg.Connection, tenant: UUID, insert: bool
) -> None:
    """A superuser who rewrites, or inserts into, the chain with right hashes has no right signatures (R42)."""
    await fill(owner, tenant, 10)
    await disarm(owner)
    await _rewrite(owner, tenant, 4, STRANGER, insert=insert)
    report = await check_in_database(owner, tenant)
    assert (found(report), report.events) == ((4, Fault.FORGED), 3)


async def test_an_event_signed_for_another_tenant_is_forged(owner: asyncpg.Connection, tenant: UUID) -> None:
    """A whole chain copied from another tenant, with genuine signatures, does not pass (R42)."""
    other = await new_tenant(owner)
    await fill(owner, other, 3)
    await disarm(owner)
    await owner.execute("UPDATE recovery.audit_events SET tenant_id = $1", tenant)
    assert found(await check_in_database(owner, tenant)) == (1, Fault.FORGED)


async def test_a_tail_cut_with_its_head_is_found_by_the_heads_file(
    owner: asyncpg.Connection, tenant: UUID, tmp_path: Path
) -> None:
    """An insider who cuts tail and moves head back deceives a check without the heads file, not one with it (R42)."""
    heads = write_lines(tmp_path / "heads", head_lines(tenant, await fill(owner, tenant, 10)))
    await disarm(owner)
    await owner.execute(f"DELETE FROM recovery.audit_events WHERE seq > 6; {SET_HEAD}")

    without = await check_in_database(owner, tenant)
    assert (without.verified, without.vouched_seq) == (True, 0)
    report = await check_in_database(owner, tenant, heads)
    assert (found(report), report.vouched_seq) == ((7, Fault.CUT_OFF), 6)


async def test_a_tail_cut_and_grown_again_is_found(owner: asyncpg.Connection, tenant: UUID, tmp_path: Path) -> None:
    """The application goes on behind the cut with genuine signatures; the head of before still tells (R42)."""
    events = await fill(owner, tenant, 6)
    heads = write_lines(tmp_path / "heads", head_lines(tenant, [events[1], events[5]]))
    await disarm(owner)
    await owner.execute(f"DELETE FROM recovery.audit_events WHERE seq > 4; {SET_HEAD}")
    await fill(owner, tenant, 9)

    assert (await check_in_database(owner, tenant)).verified
    report = await check_in_database(owner, tenant, heads)
    assert (found(report), report.events, report.vouched_seq) == ((6, Fault.CUT_OFF), 5, 2)


async def test_a_chain_wiped_whole_is_found(own_audit_url: str, tmp_path: Path) -> None:
    """Deleted with its head, the chain is still known to the heads file and to a check of all tenants (R42)."""
    owner = await connect(own_audit_url, application="tests")
    tenant = await new_tenant(owner)
    other = await new_tenant(owner)
    await fill(owner, other, 2)
    heads = write_lines(tmp_path / "heads", head_lines(tenant, await fill(owner, tenant, 3)))
    assert [report.verified for report in await check_database(owner, heads, PUBLIC)] == [True, True]
    await disarm(owner)
    await owner.execute("DELETE FROM recovery.audit_events WHERE tenant_id = $1", tenant)
    await owner.execute("DELETE FROM recovery.audit_heads WHERE tenant_id = $1", tenant)

    reports = {report.tenant_id: report for report in await check_database(owner, heads, PUBLIC)}
    assert found(reports[tenant]) == (1, Fault.CUT_OFF)
    assert (reports[other].verified, reports[other].events) == (True, 2)
    await owner.close()


async def test_two_genuine_lines_cannot_be_spliced(owner: asyncpg.Connection, tenant: UUID) -> None:
    """Genuine events of a line that was cut do not fit behind those that replaced it (R42)."""
    await fill(owner, tenant, 5)
    await disarm(owner)
    await owner.execute(
        f"CREATE TABLE public.kept AS SELECT * FROM recovery.audit_events WHERE seq >= 4;"
        f"DELETE FROM recovery.audit_events WHERE seq > 3; {SET_HEAD}"
    )
    await fill(owner, tenant, 1)
    await owner.execute(f"INSERT INTO recovery.audit_events SELECT * FROM public.kept WHERE seq = 5; {SET_HEAD}")
    assert found(await check_in_database(owner, tenant)) == (5, Fault.FORGED)


async def test_an_earlier_key_is_still_known(owner: asyncpg.Connection, tenant: UUID) -> None:
    """After a rotation both keys count; without the older one its first event is named (R42)."""
    await fill(owner, tenant, 2, NamedKey("old"))
    await fill(owner, tenant, 2)
    async with owner.transaction():
        both = await check(DatabaseChain(owner, tenant), None, PublicKeys(NamedKey("old"), NamedKey()))
        one = await check(DatabaseChain(owner, tenant), None, PUBLIC)
    assert both.verified
    assert found(one) == (1, Fault.UNKNOWN_KEY)


@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        (lambda lines: lines, None),
        (lambda lines: [], (1, "cut_off")),
        (lambda lines: lines[:5], (6, "cut_off")),
        (lambda lines: [*lines[:5], lines[5][:100]], (6, "changed")),
        (lambda lines: lines[1:], (1, "missing")),
        (lambda lines: [*lines[:3], *lines[4:]], (4, "missing")),
        (lambda lines: [*lines[:3], lines[4], lines[3], *lines[5:]], (4, "reordered")),
        (lambda lines: [lines[7], *lines[1:7], lines[0], *lines[8:]], (1, "reordered")),
        (lambda lines: [*lines[:4], lines[3], *lines[4:]], (4, "reordered")),
        (lambda lines: [*lines[:3], lines[3].replace("success", "partial"), *lines[4:]], (4, "changed")),
        (lambda lines: [*lines[:3], "\n", *lines[3:]], (4, "changed")),
        (lambda lines: [*lines[:3], "[1]\n", *lines[3:]], (4, "changed")),
        (lambda lines: [*lines[:3], "x" * 600_000, *lines[3:]], (4, "changed")),
        (lambda lines: [*lines[:3], lines[3].replace("audit-1", "audit-2"), *lines[4:]], (4, "unknown_key")),
    ],
)  # fmt: skip
async def test_an_auditor_needs_export_heads_and_public_keys_only(
    owner: asyncpg.Connection,
    tenant: UUID,
    tmp_path: Path,
    edit: object,
    expected: tuple[int, str] | None,
) -> None:
    """The same faults are found in an export file, without our database (R42)."""
    heads = write_lines(tmp_path / "heads", head_lines(tenant, await fill(owner, tenant, 8)))
    path = tmp_path / "export.jsonl"
    with path.open("w") as out:
        async with owner.transaction():
            assert await export_json_lines(DatabaseChain(owner, tenant), out) == 8
    assert callable(edit)
    path.write_text("".join(edit(path.read_text().splitlines(keepends=True))))

    assert found(await check_export(path, tenant, heads)) == expected


async def test_heads_newer_than_the_snapshot_are_no_alarm(
    owner: asyncpg.Connection, tenant: UUID, tmp_path: Path
) -> None:
    """The heads file is read as it was when it was taken, so a check beside a busy writer does not cry wolf (B18)."""
    first = await fill(owner, tenant, 2)
    heads = write_lines(tmp_path / "heads", head_lines(tenant, first))
    async with owner.transaction():
        with (tmp_path / "heads").open("a") as file:
            file.write(_head_line(tenant, first[-1].seq + 5))
        report = await check(DatabaseChain(owner, tenant), heads, PUBLIC)
    assert (report.verified, report.vouched_seq) == (True, 2)
    assert found(await check_in_database(owner, tenant, HeadsFile(tmp_path / "heads"))) == (3, Fault.CUT_OFF)


def _head_line(tenant: UUID, seq: int) -> str:
    """A genuine head for events that are not there."""
    return sign_head(
        tenant_id=tenant, seq=seq, hash_=bytes(32), at=datetime(2026, 1, 2, tzinfo=UTC), signer=NamedKey()
    ).line()
