"""Carrying signed chain heads out of the database every five minutes and at every clean stop (R42)."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Self

import asyncpg

from store.audit.canonical import parse_canonical
from store.audit.heads import HeadsFile, SignedHead, sign_head
from store.audit.heads_writer import HeadsWriter
from store.audit.link import event_hash, event_message
from store.statements import SQL

if TYPE_CHECKING:
    from pathlib import Path
    from uuid import UUID

    from store.audit.signing import Signer, Verifier
    from store.audit.statements import Connection

INTERVAL_SECONDS = 300.0

_log = logging.getLogger(__name__)


class HeadRefusal(StrEnum):
    """Why a keeper does not sign a head: each is an incident for the people who run the system."""

    ROLLED_BACK = "chain_rolled_back"
    """The database's chain no longer contains what an earlier head vouches for."""
    NOT_GENUINE = "last_event_not_genuine"
    """The event at the head is missing, changed or not signed by us."""


@dataclass(frozen=True, kw_only=True)
class KeptHeads:
    """What one round wrote, and the tenants it would not vouch for."""

    written: tuple[SignedHead, ...]
    refused: dict[UUID, HeadRefusal]


class HeadKeeper:
    """Signs and writes the heads that have moved since the last round; `async with` opens and closes the file.

    Leaving the block writes once more. Entering raises `HeadsFileBusy` where another process keeps the file.
    """

    def __init__(self, pool: asyncpg.Pool, path: Path, *, signer: Signer, verifier: Verifier) -> None:
        self._pool = pool
        self._path = path
        self._signer = signer
        self._verifier = verifier
        self._writer: HeadsWriter | None = None
        self._last: dict[UUID, SignedHead] = {}
        self._turn = asyncio.Lock()

    async def __aenter__(self) -> Self:
        self._writer = HeadsWriter(self._path)
        self._last = {head.tenant_id: head for head in HeadsFile(self._path).lines() if isinstance(head, SignedHead)}
        return self

    async def __aexit__(self, *_: object) -> None:
        try:
            await self._round()
        finally:
            if self._writer is not None:
                self._writer.close()
                self._writer = None

    async def run(self, interval_seconds: float = INTERVAL_SECONDS) -> None:
        """Write every `interval_seconds` until cancelled; a failed round is logged and the next one tries again."""
        while True:
            await self._round()
            await asyncio.sleep(interval_seconds)

    async def keep(self) -> KeptHeads:
        """Write the heads that have moved; raises what database and file raise, and then has written nothing."""
        if self._writer is None:
            raise RuntimeError("a HeadKeeper works inside its 'async with' block")
        async with self._turn, self._pool.acquire() as connection:
            found = await connection.fetch(SQL["audit_heads_to_sign"])
            refused = dict.fromkeys(self._last.keys() - {one["tenant_id"] for one in found}, HeadRefusal.ROLLED_BACK)
            written = []
            for record in found:
                last = self._last.get(record["tenant_id"])
                if last is not None and (last.seq, last.hash) == (record["seq"], record["hash"]):
                    continue
                if refusal := await self._refusal(connection, record, last):
                    refused[record["tenant_id"]] = refusal
                else:
                    written.append(self._sign(record))
            self._write(written)
        for tenant_id, refusal in refused.items():
            _log.error("chain head not signed: %s for tenant %s", refusal, tenant_id)
        return KeptHeads(written=tuple(written), refused=refused)

    async def _round(self) -> None:
        try:
            await self.keep()
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            _log.warning("chain heads not written: %s", type(error).__name__)

    async def _refusal(
        self, connection: Connection, record: asyncpg.Record, last: SignedHead | None
    ) -> HeadRefusal | None:
        if last is not None and await connection.fetchval(SQL["audit_hash_at"], last.tenant_id, last.seq) != last.hash:
            return HeadRefusal.ROLLED_BACK
        return None if self._genuine(record) else HeadRefusal.NOT_GENUINE

    def _genuine(self, record: asyncpg.Record) -> bool:
        event = parse_canonical(record["text"] or "")
        if event is None or record["event_hash"] != record["hash"] or event.get("seq") != record["seq"]:
            return False
        try:
            hash_ = event_hash(bytes.fromhex(str(event.get("prev"))), record["text"])
        except ValueError:
            return False
        return hash_ == record["hash"] and self._verifier.verify(
            record["key_id"], event_message(hash_), record["signature"]
        )

    def _sign(self, record: asyncpg.Record) -> SignedHead:
        return sign_head(
            tenant_id=record["tenant_id"],
            seq=record["seq"],
            hash_=record["hash"],
            at=record["now"],
            signer=self._signer,
        )

    def _write(self, heads: list[SignedHead]) -> None:
        if heads and self._writer is not None:
            # Not in a thread: a cancellation would leave open whether it was written. It takes milliseconds.
            self._writer.append("".join(head.line() for head in heads))
            self._last |= {head.tenant_id: head for head in heads}
