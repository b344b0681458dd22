"""Appending inside the caller's transaction, on a real PostgreSQL."""

from __future__ import annotations

import json
from uuid import UUID, uuid4

import asyncpg
import pytest

from domain.audit import EventOutcome
from domain.errors import RecoveryError
from store.audit.append import append
from store.audit.errors import (
    AppendOutsideTransaction,
    ChainBusy,
    ChainRefused,
    NotCanonical,
    UnknownTenant,
)
from store.audit.link import GENESIS_HASH
from tests.store.audit.helpers import check_in_database, event, fill, new_tenant
from tests.store.audit.keys import KEY


async def test_an_event_is_stored_as_its_text_and_searchable_columns(app: asyncpg.Connection, tenant: UUID) -> None:
    """Every field of R42 stands in the text and in a column."""
    case_id = uuid4()
    async with app.transaction():
        [first, second] = await append(
            app, tenant, [event(case_id=case_id, outcome=EventOutcome.PARTIAL), event(subject_id=None)], KEY
        )

    row = await app.fetchrow("SELECT * FROM recovery.audit_events WHERE tenant_id = $1 AND seq = 1", tenant)
    assert row is not None
    text = json.loads(row["text"])
    assert (text["seq"], text["prev"], text["clock"]) == (1, GENESIS_HASH.hex(), "ok")
    assert (row["id"], row["at"], row["hash"], row["tenant_id"]) == (first.id, first.at, first.hash, tenant)
    assert (row["type"], row["outcome"], row["case_id"]) == ("recovery.case_opened", "partial", case_id)
    assert (row["actor_kind"], row["actor_id"], row["subject_id"]) == ("person", "account-1", "account-2")
    assert (second.seq, second.at) == (2, first.at)
    assert (await check_in_database(app, tenant)).events == 2


async def test_a_rollback_leaves_no_gap(app: asyncpg.Connection, tenant: UUID) -> None:
    """A transaction that is rolled back after its events leaves neither event nor gap (B27)."""
    await fill(app, tenant, 2)
    transaction = app.transaction()
    await transaction.start()
    await append(app, tenant, [event(), event()], KEY)
    await transaction.rollback()

    assert [one.seq for one in await fill(app, tenant, 1)] == [3]
    report = await check_in_database(app, tenant)
    assert (report.verified, report.events) == (True, 3)


async def test_a_connection_cut_before_commit_leaves_nothing(
    app: asyncpg.Connection, owner: asyncpg.Connection, tenant: UUID
) -> None:
    """The server ends the session between append and commit: the chain is as before and goes on (B27)."""
    await fill(owner, tenant, 1)
    await app.execute("BEGIN")
    await append(app, tenant, [event()], KEY)
    app.terminate()

    [appended] = await fill(owner, tenant, 1)
    assert appended.seq == 2
    assert (await check_in_database(owner, tenant)).verified


async def test_appending_needs_a_transaction(app: asyncpg.Connection, tenant: UUID) -> None:
    """Outside a transaction the lock would end before the insert (B18)."""
    with pytest.raises(AppendOutsideTransaction):
        await append(app, tenant, [event()], KEY)


@pytest.mark.parametrize("isolation", ["repeatable_read", "serializable"])
async def test_appending_needs_read_committed(app: asyncpg.Connection, tenant: UUID, isolation: str) -> None:
    """A snapshot older than the lock is refused, for it would show an old head (B18)."""
    with pytest.raises(AppendOutsideTransaction):
        async with app.transaction(isolation=isolation):  # type: ignore[arg-type]
            await append(app, tenant, [event()], KEY)


async def test_time_never_goes_backwards(app: asyncpg.Connection, owner: asyncpg.Connection, tenant: UUID) -> None:
    """When the clock steps back the previous event's time is used, and the event says so."""
    await owner.execute("INSERT INTO recovery.test_clock VALUES ($1, interval '1 day')", tenant)
    [early] = await fill(app, tenant, 1)
    await owner.execute("DELETE FROM recovery.test_clock WHERE tenant_id = $1", tenant)
    [held] = await fill(app, tenant, 1)

    assert (held.at, held.clock_held, early.clock_held) == (early.at, True, False)
    text = await app.fetchval("SELECT text FROM recovery.audit_events WHERE tenant_id = $1 AND seq = 2", tenant)
    assert json.loads(text)["clock"] == "held"
    assert (await check_in_database(app, tenant)).verified


async def test_a_refused_event_stops_the_whole_batch(app: asyncpg.Connection, tenant: UUID) -> None:
    """One event without canonical text and none of the batch is appended, nor is the chain locked."""
    async with app.transaction():
        with pytest.raises(NotCanonical):
            await append(app, tenant, [event(), event(type="nonsense")], KEY)
        assert await app.fetchval("SELECT count(*) FROM recovery.audit_heads WHERE tenant_id = $1", tenant) == 0
    assert await app.fetchval("SELECT count(*) FROM recovery.audit_events WHERE tenant_id = $1", tenant) == 0


async def test_no_events_lock_nothing(app: asyncpg.Connection, tenant: UUID) -> None:
    """An empty batch does not touch the chain."""
    async with app.transaction():
        assert await append(app, tenant, [], KEY) == []
        assert await app.fetchval("SELECT count(*) FROM recovery.audit_heads WHERE tenant_id = $1", tenant) == 0


async def test_an_unknown_tenant_is_named_as_such(app: asyncpg.Connection) -> None:
    """Events for a tenant that does not exist are refused."""
    with pytest.raises(UnknownTenant):
        async with app.transaction():
            await append(app, uuid4(), [event()], KEY)


async def test_a_chain_in_other_hands_is_a_retryable_error(
    app: asyncpg.Connection, owner: asyncpg.Connection, tenant: UUID
) -> None:
    """Waiting for the chain ends after the lock timeout, and the error says that trying again helps."""
    await app.execute("SET lock_timeout = '20ms'")
    async with owner.transaction():
        await append(owner, tenant, [event()], KEY)
        with pytest.raises(ChainBusy) as busy:
            async with app.transaction():
                await append(app, tenant, [event()], KEY)
    assert busy.value.retryable


async def test_tenants_have_chains_of_their_own(
    app: asyncpg.Connection, owner: asyncpg.Connection, tenant: UUID
) -> None:
    """Another tenant's chain starts at one and does not wait for this tenant's lock."""
    other = await new_tenant(owner)
    await owner.execute("SET lock_timeout = '20ms'")
    async with app.transaction():
        await append(app, tenant, [event()], KEY)
        assert [one.seq for one in await fill(owner, other, 1)] == [1]


class _Unsigned:
    def sign(self, data: bytes) -> tuple[str, bytes]:
        return "key", b""


async def test_a_refused_row_is_not_quoted(app: asyncpg.Connection, tenant: UUID) -> None:
    """The database's answer to a bad row holds the row, and our error does not hold that answer (R44, B09)."""
    with pytest.raises(ChainRefused) as refused:
        async with app.transaction():
            await append(app, tenant, [event(data={"value": "canary"})], _Unsigned())
    error: BaseException | None = refused.value
    assert isinstance(error, RecoveryError)
    assert error.__cause__ is None
    assert error.__suppress_context__
