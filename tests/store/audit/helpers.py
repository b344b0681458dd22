"""What the audit tests share: an event, a filled chain, a superuser's tampering and the checker's answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

from domain.audit import ActorKind, AuditEvent
from store.audit.append import AppendedEvent, append
from store.audit.check import CheckReport, check
from store.audit.heads import HeadsFile, sign_head
from store.audit.rows import DatabaseChain, ExportedChain
from tests.store.audit.keys import KEY, PUBLIC, NamedKey

if TYPE_CHECKING:
    from pathlib import Path

    import asyncpg


def event(**changes: Any) -> AuditEvent:
    """A plain event, with changes."""
    fields: dict[str, Any] = {
        "type": "recovery.case_opened",
        "actor_kind": ActorKind.PERSON,
        "actor_id": "account-1",
        "subject_id": "account-2",
        "data": {"reason": "lost_phone", "factors": ["f1", "f2"], "count": 2},
    }
    return AuditEvent(**(fields | changes))


async def new_tenant(owner: asyncpg.Connection) -> UUID:
    """A tenant of its own for a test."""
    tenant_id = uuid4()
    await owner.execute(
        "INSERT INTO recovery.tenants (id, slug, name) VALUES ($1, $2, 'Test')", tenant_id, f"t-{tenant_id}"
    )
    return tenant_id


async def fill(
    connection: asyncpg.Connection, tenant_id: UUID, count: int, key: NamedKey = KEY, **changes: Any
) -> list[AppendedEvent]:
    """Append `count` events, one transaction each."""
    appended = []
    for number in range(count):
        async with connection.transaction():
            appended += await append(connection, tenant_id, [event(data={"number": number}, **changes)], key)
    return appended


async def disarm(owner: asyncpg.Connection) -> None:
    """What only the owner or a superuser can do: switch every trigger off and drop the keys."""
    await owner.execute(
        """ALTER TABLE recovery.audit_events DISABLE TRIGGER ALL;
        ALTER TABLE recovery.audit_heads DISABLE TRIGGER ALL;
        ALTER TABLE recovery.audit_events DROP CONSTRAINT audit_events_pkey;
        ALTER TABLE recovery.audit_events DROP CONSTRAINT audit_events_id_key"""
    )


async def check_in_database(owner: asyncpg.Connection, tenant_id: UUID, heads: HeadsFile | None = None) -> CheckReport:
    """What the checker says of the chain in the database."""
    async with owner.transaction():
        return await check(DatabaseChain(owner, tenant_id), heads, PUBLIC)


async def check_export(path: Path, tenant_id: UUID, heads: HeadsFile | None = None) -> CheckReport:
    """What the checker says of an export file."""
    return await check(ExportedChain(path, tenant_id), heads, PUBLIC)


def head_lines(tenant_id: UUID, events: list[AppendedEvent], key: NamedKey = KEY) -> list[str]:
    """The lines a keeper would have written after each of `events`."""
    return [sign_head(tenant_id=tenant_id, seq=one.seq, hash_=one.hash, at=one.at, signer=key).line() for one in events]


def write_lines(path: Path, lines: list[str]) -> HeadsFile:
    """A heads file of these lines."""
    path.write_text("".join(lines))
    return HeadsFile(path)
