"""What the application's login may do to the chain: read it and extend it, nothing else (R42)."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from store.audit.canonical import Place, canonical_json, event_text
from store.audit.link import event_hash, event_message
from store.statements import SQL
from tests.store.audit.helpers import check_in_database, event, fill, new_tenant
from tests.store.audit.keys import KEY

WRITES = [
    "INSERT INTO recovery.audit_events SELECT * FROM recovery.audit_events",
    "UPDATE recovery.audit_events SET text = text",
    "UPDATE recovery.audit_events SET outcome = 'success'",
    "DELETE FROM recovery.audit_events",
    "TRUNCATE recovery.audit_events",
    "INSERT INTO recovery.audit_heads (tenant_id) VALUES (gen_random_uuid())",
    "UPDATE recovery.audit_heads SET seq = seq + 1",
    "DELETE FROM recovery.audit_heads",
    "TRUNCATE recovery.audit_heads",
    "SELECT 1 FROM recovery.audit_heads FOR UPDATE",
    "ALTER TABLE recovery.audit_events DISABLE TRIGGER ALL",
    "DROP TRIGGER audit_events_stay ON recovery.audit_events",
    "DROP FUNCTION recovery.audit_refuse_change()",
    "CREATE OR REPLACE FUNCTION recovery.now(p_tenant uuid) RETURNS timestamptz LANGUAGE sql AS 'SELECT now()'",
    "SET session_replication_role = replica",
]


@pytest.mark.parametrize("statement", WRITES)
async def test_the_application_cannot_write_past_the_function(
    app: asyncpg.Connection, tenant: UUID, statement: str
) -> None:
    """Insert, update, delete, truncate, locking and disarming are refused to the application's login."""
    await fill(app, tenant, 1)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await app.execute(statement)
    assert (await check_in_database(app, tenant)).verified


@pytest.mark.parametrize("role", ["origin", "replica"])
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE recovery.audit_events SET outcome = 'denied'",
        "DELETE FROM recovery.audit_events",
        "TRUNCATE recovery.audit_events",
        "DELETE FROM recovery.audit_heads",
        "TRUNCATE recovery.audit_heads",
        "UPDATE recovery.audit_heads SET seq = seq - 1",
        "UPDATE recovery.audit_heads SET hash = sha256('')",
    ],
)
async def test_not_even_the_owner_changes_events_by_accident(
    owner: asyncpg.Connection, tenant: UUID, statement: str, role: str
) -> None:
    """Triggers refuse changes to everybody, as a replica session too; only switching them off helps."""
    await fill(owner, tenant, 2)
    await owner.execute(f"SET session_replication_role = {role}")
    with pytest.raises(asyncpg.PostgresError) as refused:
        await owner.execute(statement)
    assert refused.value.sqlstate == "RA003"


async def _calls_append(app: asyncpg.Connection, tenant: UUID, **changes: Any) -> None:
    """Call the function as an intruder with the application's login would, with `changes` to a right call."""
    head = await app.fetchrow(SQL["audit_lock"], tenant)
    assert head is not None
    place = Place(
        tenant_id=changes.get("text_tenant", tenant),
        seq=head["seq"] + changes.get("skip", 1),
        previous_hash=changes.get("previous", head["hash"]),
        at=head["at"],
        clock_held=False,
    )
    text = event_text(event(), uuid4(), place)
    text = changes.get("edit", lambda same: same)(text)
    hash_ = changes.get("hash") or event_hash(place.previous_hash, text)
    key_id, signature = KEY.sign(event_message(hash_))
    copies = changes.get("copies", 1)
    await app.execute(
        SQL["audit_append"], tenant, [text] * copies, [hash_] * changes.get("hashes", copies), [signature], [key_id]
    )


def _with(**fields: Any) -> Callable[[str], str]:
    return lambda text: canonical_json(json.loads(text) | fields)


@pytest.mark.parametrize(
    "changes",
    [
        {"skip": 0}, {"skip": 2}, {"previous": bytes(32)}, {"edit": _with(prev="00" * 32)},
        {"hash": bytes(32)}, {"hash": bytes(31)},
        {"text_tenant": UUID(int=9)}, {"copies": 0}, {"copies": 2}, {"hashes": 2},
        {"edit": _with(at="infinity")}, {"edit": _with(at="now")}, {"edit": _with(at="2001-01-01T00:00:00.000000Z")},
        {"edit": _with(at="2999-01-01T00:00:00.000000Z")}, {"edit": _with(at=None)}, {"edit": _with(seq="2")},
        {"edit": lambda text: "[]"}, {"edit": lambda text: "null"},
    ],
)  # fmt: skip
async def test_the_function_checks_for_itself(app: asyncpg.Connection, tenant: UUID, changes: dict[str, Any]) -> None:
    """A wrong sequence, predecessor, hash, tenant, time or number of columns is refused by the database."""
    await fill(app, tenant, 1)
    with pytest.raises(asyncpg.PostgresError) as refused:
        async with app.transaction():
            await _calls_append(app, tenant, **changes)
    assert refused.value.sqlstate == "RA002"
    report = await check_in_database(app, tenant)
    assert (report.verified, report.events) == (True, 1)


async def test_the_function_takes_a_right_call(app: asyncpg.Connection, tenant: UUID) -> None:
    """The calls above are refused for what was changed in them, not for anything else."""
    await fill(app, tenant, 1)
    async with app.transaction():
        await _calls_append(app, tenant)
    assert (await check_in_database(app, tenant)).events == 2


async def test_an_event_cannot_be_brought_into_another_tenants_chain(
    app: asyncpg.Connection, owner: asyncpg.Connection, tenant: UUID
) -> None:
    """A genuine event of one tenant is refused in the chain of another."""
    other = await new_tenant(owner)
    await fill(app, tenant, 1)
    row = await app.fetchrow("SELECT * FROM recovery.audit_events WHERE tenant_id = $1", tenant)
    assert row is not None
    with pytest.raises(asyncpg.PostgresError) as refused:
        await app.execute(SQL["audit_append"], other, [row["text"]], [row["hash"]], [row["signature"]], [row["key_id"]])
    assert refused.value.sqlstate == "RA002"


async def test_the_functions_look_nowhere_else(owner: asyncpg.Connection) -> None:
    """Functions with the owner's rights have a fixed search path and are not open to everybody."""
    rows = await owner.fetch(
        """SELECT p.proname, p.proconfig, has_function_privilege('pg_monitor', p.oid, 'execute') AS everybody
        FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace
        WHERE n.nspname = 'recovery' AND p.proname LIKE 'audit%' ORDER BY 1"""
    )
    assert [row["proname"] for row in rows] == ["audit_append", "audit_lock", "audit_refuse_change"]
    assert all(row["proconfig"] == ["search_path=pg_catalog, pg_temp"] for row in rows)
    assert not any(row["everybody"] for row in rows)
