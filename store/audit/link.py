"""What is hashed and what is signed; each with its own prefix, so that no signature can be used for another purpose."""

from __future__ import annotations

import hashlib

GENESIS_HASH = bytes(32)
"""The predecessor of a chain's first event."""

# The same bytes stand in recovery.audit_append.
_EVENT = b"mfa-recovery/audit-event/v1\x00"
_EVENT_SIGNATURE = b"mfa-recovery/audit-event-signature/v1\x00"
_HEAD_SIGNATURE = b"mfa-recovery/audit-head-signature/v1\x00"


def event_hash(previous_hash: bytes, text: str) -> bytes:
    """SHA-256 over the prefix, the predecessor's hash (32 bytes) and the canonical text."""
    return hashlib.sha256(_EVENT + previous_hash + text.encode()).digest()


def event_message(hash_: bytes) -> bytes:
    """The bytes that are signed for an event."""
    return _EVENT_SIGNATURE + hash_


def head_message(canonical_text: str) -> bytes:
    """The bytes that are signed for a chain head."""
    return _HEAD_SIGNATURE + canonical_text.encode()
