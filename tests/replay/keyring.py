"""The keyring of the recorded histories, for tests only: derived from a public sentence, so that no key is committed.

A reader of this file can read the histories; they were recorded from the sample tenant and hold nothing else.
"""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

_PUBLIC_SENTENCE = b"mfa-recovery recorded histories, no secret: "
_SECRETS = ("payload", "directory_seed", "directory_code", "token")
_SIGNING = ("audit", "acts")


def write_keyring(path: Path) -> Path:
    """Write the keyring file, of mode 0600 like every keyring."""
    made = "2026-01-01T00:00:00+00:00"
    content: dict[str, object] = {"format": "recovery-keyring/1"}
    for purpose in (*_SECRETS, *_SIGNING):
        raw = hashlib.sha256(_PUBLIC_SENTENCE + purpose.encode()).digest()
        key = {"made": made, "secret": _text(raw)}
        if purpose in _SIGNING:
            public = Ed25519PrivateKey.from_private_bytes(raw).public_key().public_bytes_raw()
            key = {"made": made, "private": _text(raw), "public": _text(public)}
        identifier = f"k1-{hashlib.sha256(raw).hexdigest()[:8]}"
        content[purpose] = {"active": identifier, "keys": {identifier: key}}
    path.touch(mode=0o600)
    path.write_text(json.dumps(content, indent=1), encoding="utf-8")
    return path


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
