"""B18: many processes write one tenant's chain, some are killed, and it stays one line that the checker accepts."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import asyncpg
import pytest

from store.audit.check import Fault
from tests.store.audit import writer
from tests.store.audit.helpers import check_in_database, disarm

ROOT = Path(__file__).parents[3]
WRITERS = 8
EVENTS = 200
STEP_SECONDS = 40


@pytest.fixture
def audit_url(own_audit_url: str) -> str:
    """The clock is replaced and triggers are switched off, so this test has its own database."""
    return own_audit_url


@contextlib.asynccontextmanager
async def writers(url: str, tenant: UUID, count: int, *arguments: str) -> AsyncIterator[list[Process]]:
    """`count` processes that have connected and wait for a line; none outlives the block."""
    per_process = str(EVENTS // WRITERS) if not arguments else "3"
    processes = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-m", writer.__name__, str(tenant), per_process, *arguments,
            stdin=PIPE, stdout=PIPE, cwd=ROOT, env={**os.environ, "AUDIT_WRITER_URL": url},
        )
        for _ in range(count)
    ]  # fmt: skip
    try:
        for process in processes:
            await said(process, "ready")
        yield processes
    finally:
        for process in processes:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()


async def said(process: Process, word: str) -> None:
    """Wait until a process has said a word."""
    assert process.stdout is not None
    line = await asyncio.wait_for(process.stdout.readline(), STEP_SECONDS)
    assert line.decode().strip() == word


def go(process: Process) -> None:
    """Let a process begin."""
    assert process.stdin is not None
    process.stdin.write(b"\n")


@pytest.mark.timeout(120)
async def test_many_writers_make_one_line(audit_url: str, owner: asyncpg.Connection, tenant: UUID) -> None:
    """200 writes of 8 processes from the very first row, with equal times and writers killed mid-transaction (B18)."""
    await owner.execute(
        """CREATE OR REPLACE FUNCTION recovery.now(p_tenant uuid) RETURNS timestamptz
        LANGUAGE sql VOLATILE AS $$ SELECT timestamptz '2026-01-02 03:04:05Z' $$"""
    )
    async with writers(audit_url, tenant, WRITERS) as working, writers(audit_url, tenant, 2, "hang") as doomed:
        for process in (*working, *doomed):
            go(process)
        for _ in doomed:
            # One after the other: the second can hold the chain only when the first has died.
            await asyncio.wait_for(first_holding(doomed), STEP_SECONDS)
        codes = [await asyncio.wait_for(process.wait(), STEP_SECONDS) for process in working]

    assert codes == [0] * WRITERS
    rows = await owner.fetch("SELECT seq, at, text::jsonb ->> 'prev' AS prev FROM recovery.audit_events ORDER BY seq")
    killed_writers_committed = 2 * 3
    assert [row["seq"] for row in rows] == list(range(1, EVENTS + killed_writers_committed + 1))
    assert len({row["prev"] for row in rows}) == len(rows)
    assert len({row["at"] for row in rows}) == 1
    report = await check_in_database(owner, tenant)
    assert (report.verified, report.events) == (True, len(rows))
    await _flips_are_found(owner, tenant, len(rows))


async def first_holding(doomed: list[Process]) -> None:
    """Wait for any of the processes to hold the chain uncommitted, and kill it there."""
    alive = [process for process in doomed if process.returncode is None]
    waits = {asyncio.create_task(said(process, "holding")): process for process in alive}
    done, pending = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    for task in pending:
        task.cancel()
    await asyncio.gather(*pending, return_exceptions=True)
    for task in done:
        await task
        waits[task].kill()
        await waits[task].wait()


async def _flips_are_found(owner: asyncpg.Connection, tenant: UUID, count: int) -> None:
    await disarm(owner)
    flips = {
        "text = translate(text, '0123456789', '1234567890')": Fault.CHANGED,
        "text = overlay(text placing 'X' from length(text) / 2 for 1)": Fault.CHANGED,
        "hash = set_byte(hash, 7, get_byte(hash, 7) # 1)": Fault.CHANGED,
        "signature = set_byte(signature, 7, get_byte(signature, 7) # 1)": Fault.FORGED,
    }
    for k in (1, 2, 77, count):
        event_id = await owner.fetchval("SELECT id FROM recovery.audit_events WHERE seq = $1", k)
        for flip, kind in flips.items():
            transaction = owner.transaction()
            await transaction.start()
            await owner.execute(f"UPDATE recovery.audit_events SET {flip} WHERE seq = $1", k)
            bad = (await check_in_database(owner, tenant)).first_bad
            await transaction.rollback()
            assert bad is not None
            assert (bad.seq, bad.event_id, bad.kind) == (k, event_id, kind), flip
