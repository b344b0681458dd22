"""Appending audit events as the last act of the caller's transaction (R42, B18)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import uuid4

import asyncpg

from store.audit.canonical import Place, check_event, event_text
from store.audit.errors import AppendOutsideTransaction, ChainBusy, ChainRefused, UnknownTenant
from store.audit.link import event_hash, event_message
from store.statements import SQL

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from domain.audit import AuditEvent
    from store.audit.signing import Signer
    from store.audit.statements import Connection

_REFUSALS = {"RA001": AppendOutsideTransaction, "RA002": ChainRefused}


@dataclass(frozen=True, kw_only=True)
class AppendedEvent:
    """An event in its place; `at` is UTC, `clock_held` says that the clock had stepped back."""

    id: UUID
    seq: int
    at: datetime
    hash: bytes
    clock_held: bool


async def append(
    connection: Connection, tenant_id: UUID, events: Sequence[AuditEvent], signer: Signer
) -> list[AppendedEvent]:
    """Append `events` in order to the tenant's chain; they share one time, `recovery.now` under the lock.

    Call it last: the tenant's chain stays locked until the transaction ends, and a transaction that
    appends for two tenants can deadlock. A rollback leaves no gap. Raises `AppendOutsideTransaction`,
    `NotCanonical`, `ChainBusy`, `ChainRefused`, `UnknownTenant`.
    """
    # Without a transaction the lock would end before the insert.
    if not connection.is_in_transaction():
        raise AppendOutsideTransaction
    if not events:
        return []
    # Before the lock: an event that will be refused must not make others wait.
    for event in events:
        check_event(event)
    try:
        head = await connection.fetchrow(SQL["audit_lock"], tenant_id)
        if head is None:
            raise ChainRefused
        links = _link(head, tenant_id, events, signer)
        await connection.execute(
            SQL["audit_append"],
            tenant_id,
            [one.text for one in links],
            [one.appended.hash for one in links],
            [one.signature for one in links],
            [one.key_id for one in links],
        )
    except asyncpg.LockNotAvailableError as error:
        raise ChainBusy from error
    except asyncpg.ForeignKeyViolationError as error:
        raise UnknownTenant from error
    except asyncpg.IntegrityConstraintViolationError:
        # Its detail quotes the whole row.
        raise ChainRefused from None
    except asyncpg.PostgresError as error:
        if refusal := _REFUSALS.get(error.sqlstate or ""):
            raise refusal from error
        raise
    return [one.appended for one in links]


@dataclass(frozen=True)
class _Link:
    appended: AppendedEvent
    text: str
    signature: bytes
    key_id: str


def _link(head: asyncpg.Record, tenant_id: UUID, events: Sequence[AuditEvent], signer: Signer) -> list[_Link]:
    links = []
    previous = bytes(head["hash"])
    for seq, event in enumerate(events, start=head["seq"] + 1):
        place = Place(
            tenant_id=tenant_id, seq=seq, previous_hash=previous, at=head["at"], clock_held=head["clock_held"]
        )
        event_id = uuid4()
        text = event_text(event, event_id, place)
        previous = event_hash(previous, text)
        key_id, signature = signer.sign(event_message(previous))
        appended = AppendedEvent(id=event_id, seq=seq, at=place.at, hash=previous, clock_held=place.clock_held)
        links.append(_Link(appended, text, signature, key_id))
    return links
