"""Where a tenant's chain is read from: the database or an export file, one event at a time."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from store.audit.canonical import MAX_TEXT_BYTES
from store.audit.link import GENESIS_HASH
from store.statements import SQL

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping
    from pathlib import Path
    from uuid import UUID

    from store.audit.statements import Connection

_PREFETCH = 200
# Text is escaped again inside a line, at worst sixfold, beside hash, key id and signature.
_MAX_LINE_BYTES = 6 * MAX_TEXT_BYTES + 8192


_COLUMNS = ("seq", "id", "at", "type", "actor_kind", "actor_id", "subject_id", "case_id", "outcome")


@dataclass(frozen=True, kw_only=True)
class EventRow:
    """An event as it was found, unchecked. `columns` repeats parts of the text where the source has columns."""

    text: str = field(repr=False)
    hash: bytes
    signature: bytes = field(repr=False)
    key_id: str
    columns: Mapping[str, object] | None = field(default=None, repr=False)


class ChainSource(Protocol):
    """One tenant's chain."""

    @property
    def tenant_id(self) -> UUID:
        """Whose chain it is."""
        ...

    def rows(self) -> AsyncGenerator[EventRow, None]:
        """The events in the order in which they stand."""
        ...

    async def stored_head(self) -> tuple[int, bytes] | None:
        """Sequence and hash where the source says the chain ends; None where it does not say. Asked after `rows`."""
        ...


class DatabaseChain:
    """A tenant's chain in the database, in one snapshot held by the caller's transaction.

    Use `REPEATABLE READ`, read only; take the heads file first, for it may not be newer than the snapshot.
    """

    def __init__(self, connection: Connection, tenant_id: UUID) -> None:
        self.tenant_id = tenant_id
        self._connection = connection

    async def rows(self) -> AsyncGenerator[EventRow, None]:
        """The events by sequence number, fetched a few at a time."""
        async for record in self._connection.cursor(SQL["audit_chain"], self.tenant_id, prefetch=_PREFETCH):
            yield EventRow(
                text=record["text"],
                hash=record["hash"],
                signature=record["signature"],
                key_id=record["key_id"],
                columns={name: record[name] for name in _COLUMNS},
            )

    async def stored_head(self) -> tuple[int, bytes] | None:
        """The head's row; an absent one means an empty chain."""
        record = await self._connection.fetchrow(SQL["audit_head"], self.tenant_id)
        return (record["seq"], record["hash"]) if record else (0, GENESIS_HASH)


class ExportedChain:
    """A tenant's chain in a JSON-lines export; needs no database."""

    def __init__(self, path: Path, tenant_id: UUID) -> None:
        self.tenant_id = tenant_id
        self._path = path

    async def rows(self) -> AsyncGenerator[EventRow, None]:
        """The lines in file order; a line that is no event comes as one whose hash cannot be right."""
        with self._path.open("rb") as lines:
            while line := lines.readline(_MAX_LINE_BYTES):
                yield _exported(line)

    async def stored_head(self) -> tuple[int, bytes] | None:
        """An export does not say where it ends."""
        return None


def export_line(row: EventRow) -> str:
    """One line of the JSON-lines export, without the line's end."""
    fields = {"text": row.text, "hash": row.hash.hex(), "signature": row.signature.hex(), "key_id": row.key_id}
    return json.dumps(fields, ensure_ascii=True, sort_keys=True, separators=(",", ":"))


def _exported(line: bytes) -> EventRow:
    try:
        fields = json.loads(line)
        row = EventRow(
            text=str(fields["text"]),
            hash=bytes.fromhex(fields["hash"]),
            signature=bytes.fromhex(fields["signature"]),
            key_id=str(fields["key_id"]),
        )
        row.text.encode()
    except (ValueError, KeyError, TypeError, RecursionError):
        return EventRow(text="", hash=b"", signature=b"", key_id="")
    return row


def columns_of(event: Mapping[str, object]) -> dict[str, object]:
    """What the columns beside a parsed canonical text must hold."""
    actor = event.get("actor")
    actor = actor if isinstance(actor, dict) else {}
    return {
        "seq": event.get("seq"),
        "id": event.get("id"),
        "at": event.get("at"),
        "type": event.get("type"),
        "actor_kind": actor.get("kind"),
        "actor_id": actor.get("id"),
        "subject_id": event.get("subject"),
        "case_id": event.get("case"),
        "outcome": event.get("outcome"),
    }
