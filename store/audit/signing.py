"""How the chain is signed: two small Protocols, so that keys and cryptography stay outside the store."""

from __future__ import annotations

from typing import Protocol


class Signer(Protocol):
    """Holds a private key that is not in the database (R42)."""

    def sign(self, data: bytes) -> tuple[str, bytes]:
        """Return the id of the key used and the signature over `data`."""
        ...


class Verifier(Protocol):
    """Holds public keys only, so an auditor can have one."""

    def knows(self, key_id: str) -> bool:
        """Whether a public key of that id is at hand."""
        ...

    def verify(self, key_id: str, data: bytes, signature: bytes) -> bool:
        """Whether `signature` over `data` was made with that key; False for an unknown key."""
        ...
