"""Checking an exported audit chain without the product: the export, the heads file and public keys are enough (R42)."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING
from uuid import UUID

from starter.cli.errors import InputUnreadable
from starter.cli.language import spoken
from store.audit.canonical import parse_canonical
from store.audit.check import CheckReport, check
from store.audit.heads import HeadsFile, SignedHead
from store.audit.rows import ExportedChain
from transport.keys import load_keyring

if TYPE_CHECKING:
    from pathlib import Path

    from transport.keys import Keyring

_MAX_LINE_BYTES = 600_000


class PublicVerifier:
    """Verifies with the public halves of a keyring."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring
        self._known = keyring.public_keys("audit").keys()

    def knows(self, key_id: str) -> bool:
        """See `store.audit.signing.Verifier`."""
        return key_id in self._known

    def verify(self, key_id: str, data: bytes, signature: bytes) -> bool:
        """See `store.audit.signing.Verifier`."""
        return self.knows(key_id) and self._keyring.verify("audit", key_id, data, signature)


def check_export(export: Path, heads: Path | None, keys: Path, tenant_id: UUID | None) -> CheckReport:
    """Check an export; without `tenant_id` it is the heads file's only tenant, else the first event's.

    Raises `InputUnreadable` and the errors of the keyring.
    """
    verifier = PublicVerifier(load_keyring(keys))
    try:
        heads_file = HeadsFile(heads) if heads else None
        tenant_id = tenant_id or _only_tenant(heads_file) or _first_tenant(export)
        return asyncio.run(check(ExportedChain(export, tenant_id), heads_file, verifier))
    except OSError:
        raise InputUnreadable(spoken("The export or the heads file cannot be read.")) from None


def _only_tenant(heads: HeadsFile | None) -> UUID | None:
    found = {head.tenant_id for head in heads.lines() if isinstance(head, SignedHead)} if heads else set()
    return found.pop() if len(found) == 1 else None


def _first_tenant(export: Path) -> UUID:
    with export.open("rb") as file:
        line = file.readline(_MAX_LINE_BYTES)
    try:
        event = parse_canonical(json.loads(line)["text"])
        return UUID(str((event or {})["tenant"]))
    except (ValueError, KeyError, TypeError):
        raise InputUnreadable(spoken("The export does not say whose it is: give --tenant-id.")) from None
