"""Signed chain heads as lines of a file outside the database: what they say and how they are read (R42)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from store.audit.canonical import canonical_json, parse_canonical, utc_text
from store.audit.link import head_message

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from store.audit.signing import Signer

_MAX_LINE_BYTES = 16_384
_HASH_BYTES = 32


@dataclass(frozen=True, kw_only=True)
class SignedHead:
    """At `at` (UTC) the tenant's chain ended with event `seq`, whose hash was `hash`; signed by `key_id`."""

    tenant_id: UUID
    seq: int
    hash: bytes
    at: datetime
    key_id: str
    signature: bytes = field(repr=False)

    def message(self) -> bytes:
        """The bytes the signature is over. The key id is not among them: another key's signature differs anyway."""
        return head_message(_signed_text(self.tenant_id, self.seq, self.hash, self.at))

    def line(self) -> str:
        """The line of the heads file, with its end."""
        fields = _signed_fields(self.tenant_id, self.seq, self.hash, self.at)
        return canonical_json({**fields, "key_id": self.key_id, "signature": self.signature.hex()}) + "\n"


@dataclass(frozen=True)
class UnreadableHead:
    """A line of the heads file that is no head."""

    line_number: int


def sign_head(*, tenant_id: UUID, seq: int, hash_: bytes, at: datetime, signer: Signer) -> SignedHead:
    """Sign where a chain ends."""
    key_id, signature = signer.sign(head_message(_signed_text(tenant_id, seq, hash_, at)))
    return SignedHead(tenant_id=tenant_id, seq=seq, hash=hash_, at=at, key_id=key_id, signature=signature)


class HeadsFile:
    """The heads file as it was when this object was made; lines added later are not read.

    Make it before the snapshot of the database is taken: a head newer than the snapshot would look like
    a chain cut off. A last line without an end is a write that did not finish and is ignored.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._size = path.stat().st_size

    def lines(self) -> Iterator[SignedHead | UnreadableHead]:
        """All heads, in file order, signatures unchecked."""
        with self._path.open("rb") as file:
            number = 0
            while (left := self._size - file.tell()) > 0 and (line := file.readline(min(left, _MAX_LINE_BYTES))):
                number += 1
                if line.endswith(b"\n"):
                    yield parse_head(line) or UnreadableHead(number)
                elif file.tell() < self._size:
                    yield UnreadableHead(number)


def parse_head(line: bytes) -> SignedHead | None:
    """The head a line stands for, or None where it stands for none."""
    try:
        fields = parse_canonical(line.decode().removesuffix("\n"))
        if fields is None:
            return None
        head = SignedHead(
            tenant_id=UUID(str(fields["tenant"])),
            seq=int(str(fields["seq"])),
            hash=bytes.fromhex(str(fields["hash"])),
            at=datetime.fromisoformat(str(fields["at"])),
            key_id=str(fields["key_id"]),
            signature=bytes.fromhex(str(fields["signature"])),
        )
        return head if head.line().encode() == line and head.seq > 0 and len(head.hash) == _HASH_BYTES else None
    except (ValueError, KeyError):
        return None


def _signed_fields(tenant_id: UUID, seq: int, hash_: bytes, at: datetime) -> dict[str, str | int]:
    return {"at": utc_text(at), "hash": hash_.hex(), "seq": seq, "tenant": str(tenant_id)}


def _signed_text(tenant_id: UUID, seq: int, hash_: bytes, at: datetime) -> str:
    return canonical_json(_signed_fields(tenant_id, seq, hash_, at))
