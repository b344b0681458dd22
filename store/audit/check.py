"""Checking a tenant's chain with public keys only: the first bad event, and what is wrong with it (R42, B18).

Works on the database or on an export with the heads file, in constant memory.
"""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING
from uuid import UUID

from store.audit.canonical import parse_canonical
from store.audit.heads import SignedHead, UnreadableHead
from store.audit.link import GENESIS_HASH, event_hash, event_message
from store.audit.rows import DatabaseChain, columns_of
from store.statements import SQL

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from store.audit.canonical import Json
    from store.audit.heads import HeadsFile
    from store.audit.rows import ChainSource, EventRow
    from store.audit.signing import Verifier
    from store.audit.statements import Connection


class Fault(StrEnum):
    """What is wrong with the first bad event."""

    CHANGED = "changed"
    """Its text, hash or a searched column is not what was hashed."""
    MISSING = "missing"
    """It is gone, and later ones are there."""
    REORDERED = "reordered"
    """It is genuine and stands in another place."""
    FORGED = "forged"
    """Its hash is right and its signature is not, or it belongs to another chain."""
    CUT_OFF = "cut_off"
    """A signed head vouches for events that are gone, or for another line than this one."""
    BAD_HEAD = "bad_head"
    """The events are good; a signed head, the heads file or the database's head is not."""
    UNKNOWN_KEY = "unknown_key"
    """It is signed with a key the checker has not been given."""


@dataclass(frozen=True)
class FirstBad:
    """Where the chain stops being good; `event_id` is None where there is no such event."""

    seq: int
    event_id: UUID | None
    kind: Fault


@dataclass(frozen=True, kw_only=True)
class CheckReport:
    """`events` were found good from the first on.

    `vouched_seq` is the last one that a signed head vouches for: a tail cut off after it cannot be noticed.
    """

    tenant_id: UUID
    events: int
    vouched_seq: int
    first_bad: FirstBad | None

    @property
    def verified(self) -> bool:
        """Whether nothing bad was found."""
        return self.first_bad is None


async def check(source: ChainSource, heads: HeadsFile | None, verifier: Verifier) -> CheckReport:
    """Check one tenant's chain from its first event; without `heads` a tail cut off cannot be noticed."""
    chain = _ChainCheck(source.tenant_id, heads, verifier)
    async with aclosing(source.rows()) as rows:
        async for row in rows:
            bad = chain.follow(row)
            if bad is not None and bad.kind is Fault.MISSING:
                bad = await chain.look_for(bad.seq, rows) or bad
            if bad is not None:
                return chain.report(bad)
    return chain.report(chain.end(await source.stored_head()))


async def check_database(connection: Connection, heads: HeadsFile | None, verifier: Verifier) -> list[CheckReport]:
    """Check every tenant's chain in one snapshot, those included that only the heads file still knows.

    `connection` must not be in a transaction.
    """
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        tenants = {record["tenant_id"] for record in await connection.fetch(SQL["audit_tenants"])}
        if heads is not None:
            tenants |= {head.tenant_id for head in heads.lines() if isinstance(head, SignedHead)}
        return [await check(DatabaseChain(connection, one), heads, verifier) for one in sorted(tenants)]


class _ChainCheck:
    """What has to be remembered between two events."""

    def __init__(self, tenant_id: UUID, heads: HeadsFile | None, verifier: Verifier) -> None:
        self._tenant_id = tenant_id
        self._verifier = verifier
        self._heads = _HeadCursor(tenant_id, heads, verifier)
        self._seq = 0
        self._hash = GENESIS_HASH

    def follow(self, row: EventRow) -> FirstBad | None:
        """Take the next event; MISSING means that the one expected here has not come, though it may come later."""
        expected = self._seq + 1
        event = parse_canonical(row.text)
        if (claimed := _claimed_seq(row, event, expected)) > expected:
            return self._gone(row, event, expected)
        fault = self._content_fault(row, event)
        if fault is None and event is not None:
            fault = self._place_fault(row, event, expected)
            if fault is Fault.MISSING:
                return self._gone(row, event, expected)
        if fault is not None:
            return FirstBad(min(claimed, expected), _event_id(row, event), fault)
        if not self._heads.agrees(expected, row.hash):
            return FirstBad(expected, _event_id(row, event), Fault.CUT_OFF)
        self._seq, self._hash = expected, row.hash
        return None

    async def look_for(self, seq: int, rows: AsyncIterator[EventRow]) -> FirstBad | None:
        """Look in the rest for the genuine event that should have come."""
        async for row in rows:
            event = parse_canonical(row.text)
            if event is not None and event.get("seq") == seq and self._content_fault(row, event) is None:
                return FirstBad(seq, _event_id(row, event), Fault.REORDERED)
        return None

    def end(self, stored_head: tuple[int, bytes] | None) -> FirstBad | None:
        """What is wrong with the end of the chain."""
        if self._heads.next_seq() > self._seq or (stored_head is not None and stored_head[0] > self._seq):
            return FirstBad(self._seq + 1, None, Fault.CUT_OFF)
        if stored_head is not None and stored_head != (self._seq, self._hash):
            return FirstBad(self._seq, None, Fault.BAD_HEAD)
        return self._heads.problem

    def report(self, bad: FirstBad | None) -> CheckReport:
        """The report when nothing, or `bad`, comes next."""
        return CheckReport(
            tenant_id=self._tenant_id, events=self._seq, vouched_seq=self._heads.vouched_seq, first_bad=bad
        )

    def _gone(self, row: EventRow, event: dict[str, Json] | None, expected: int) -> FirstBad:
        if event is not None and event.get("seq") == expected and self._content_fault(row, event) is None:
            return FirstBad(expected, _event_id(row, event), Fault.REORDERED)
        return FirstBad(expected, None, Fault.MISSING)

    def _content_fault(self, row: EventRow, event: dict[str, Json] | None) -> Fault | None:
        """What is wrong with an event wherever it stands."""
        previous = None if event is None else _previous_hash(event)
        if event is None or previous is None or row.hash != event_hash(previous, row.text):
            return Fault.CHANGED
        if not self._verifier.knows(row.key_id):
            return Fault.UNKNOWN_KEY
        if not self._verifier.verify(row.key_id, event_message(row.hash), row.signature):
            return Fault.FORGED
        return None if event.get("tenant") == str(self._tenant_id) else Fault.FORGED

    def _place_fault(self, row: EventRow, event: dict[str, Json], expected: int) -> Fault | None:
        """What is wrong with a genuine event in this place."""
        seq = event.get("seq")
        if not isinstance(seq, int) or seq < expected:
            return Fault.REORDERED
        if seq > expected:
            return Fault.MISSING
        # Genuine events of another line, as after a restored backup that was written on.
        if _previous_hash(event) != self._hash:
            return Fault.FORGED
        return Fault.CHANGED if row.columns is not None and dict(row.columns) != columns_of(event) else None


class _HeadCursor:
    """The tenant's signed heads beside its events; both are in order of sequence."""

    def __init__(self, tenant_id: UUID, heads: HeadsFile | None, verifier: Verifier) -> None:
        self.problem: FirstBad | None = None
        self.vouched_seq = 0
        self._tenant_id = tenant_id
        self._verifier = verifier
        self._lines = iter(()) if heads is None else heads.lines()
        self._highest = 0
        self._next = self._advance()

    def agrees(self, seq: int, hash_: bytes) -> bool:
        """Whether the heads for `seq`, if there are any, say `hash_`."""
        while self._next is not None and self._next.seq == seq:
            if self._next.hash != hash_:
                return False
            self.vouched_seq = seq
            self._next = self._advance()
        return True

    def next_seq(self) -> int:
        """The sequence of the next head, 0 when there is none."""
        return self._next.seq if self._next else 0

    def _advance(self) -> SignedHead | None:
        for head in self._lines:
            if isinstance(head, UnreadableHead):
                self._note(FirstBad(0, None, Fault.BAD_HEAD))
            elif head.tenant_id == self._tenant_id:
                if fault := self._fault(head):
                    self._note(FirstBad(head.seq, None, fault))
                else:
                    self._highest = head.seq
                    return head
        return None

    def _fault(self, head: SignedHead) -> Fault | None:
        if not self._verifier.knows(head.key_id):
            return Fault.UNKNOWN_KEY
        genuine = self._verifier.verify(head.key_id, head.message(), head.signature)
        # A keeper never goes back.
        return None if genuine and head.seq >= self._highest else Fault.BAD_HEAD

    def _note(self, problem: FirstBad) -> None:
        self.problem = self.problem or problem


def _claimed_seq(row: EventRow, event: dict[str, Json] | None, expected: int) -> int:
    claimed = row.columns["seq"] if row.columns is not None else (event or {}).get("seq")
    return claimed if isinstance(claimed, int) and not isinstance(claimed, bool) else expected


def _previous_hash(event: dict[str, Json]) -> bytes | None:
    try:
        return bytes.fromhex(str(event.get("prev")))
    except ValueError:
        return None


def _event_id(row: EventRow, event: dict[str, Json] | None) -> UUID | None:
    identifier = row.columns["id"] if row.columns is not None else (event or {}).get("id")
    try:
        return UUID(str(identifier))
    except ValueError:
        return None
