"""The keyring as a signer of the audit chain and of acts; imports nothing of ours but `transport`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from transport.errors import KeyUnknown

if TYPE_CHECKING:
    from transport.keys import Keyring


class AuditSigner:
    """Signs and verifies the audit chain with the keyring's own purpose."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring

    def sign(self, data: bytes) -> tuple[str, bytes]:
        """See `store.audit.signing.Signer`."""
        return self._keyring.sign("audit", data)

    def knows(self, key_id: str) -> bool:
        """See `store.audit.signing.Verifier`."""
        return key_id in self._keyring.public_keys("audit")

    def verify(self, key_id: str, data: bytes, signature: bytes) -> bool:
        """See `store.audit.signing.Verifier`."""
        return self.knows(key_id) and self._keyring.verify("audit", key_id, data, signature)


class ActSigner:
    """Signs and verifies acts with the keyring's own purpose."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring

    def sign_act(self, data: bytes) -> tuple[str, bytes]:
        """See `domain.ports.ActSigner`."""
        return self._keyring.sign("acts", data)

    def verify_act(self, key_id: str, data: bytes, signature: bytes) -> bool:
        """See `domain.ports.ActSigner`."""
        try:
            return self._keyring.verify("acts", key_id, data, signature)
        except KeyUnknown:
            # A forger of a row chooses the key's name too: not believed, as any other forgery.
            return False
