"""Ed25519 keys for tests: every process that is given the same name holds the same key."""

from __future__ import annotations

import hashlib

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey


class NamedKey:
    """A private key, named."""

    def __init__(self, name: str = "audit-1") -> None:
        self.name = name
        self._key = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(name.encode()).digest())

    def sign(self, data: bytes) -> tuple[str, bytes]:
        return self.name, self._key.sign(data)

    def public(self) -> Ed25519PublicKey:
        return self._key.public_key()


class PublicKeys:
    """What an auditor has."""

    def __init__(self, *keys: NamedKey) -> None:
        self._keys = {key.name: key.public() for key in keys}

    def knows(self, key_id: str) -> bool:
        return key_id in self._keys

    def verify(self, key_id: str, data: bytes, signature: bytes) -> bool:
        try:
            self._keys[key_id].verify(signature, data)
        except (KeyError, InvalidSignature):
            return False
        return True


KEY = NamedKey()
PUBLIC = PublicKeys(KEY)
