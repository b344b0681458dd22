"""The keyring: which key encrypts, signs or seeds what, each purpose with keys of its own; never printed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from transport import keyfile
from transport.errors import KeyringPublicOnly, KeyUnknown, TransportError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from transport.keyfile import Key, Purpose, PurposeKeys, SecretPurpose, SigningPurpose


class Keyring:
    """Keys by purpose and id, as they stood in the file.

    A key id that is not known makes it look once more whether the file has been replaced since, so that
    a rotation reaches running processes without a restart. It never forgets a key it has seen.
    """

    __slots__ = ("_keys", "_path", "_state")

    def __init__(
        self,
        keys: Mapping[str, PurposeKeys],
        *,
        path: Path | None = None,
        state: keyfile.FileState | None = None,
    ) -> None:
        self._keys = keys
        self._path = path
        self._state = state

    def __repr__(self) -> str:
        """Ids only."""
        ids = ", ".join(f"{purpose}={ring.active}" for purpose, ring in sorted(self._keys.items()))
        return f"<Keyring {ids}>"

    def __reduce__(self) -> NoReturn:
        """A keyring does not travel between processes."""
        raise TypeError(type(self).__name__)

    def active(self, purpose: Purpose) -> str:
        """The id of the key that new work for `purpose` uses."""
        return self._ring(purpose).active

    def secret(self, purpose: SecretPurpose, key_id: str | None = None) -> tuple[str, bytes]:
        """The id and the 32 bytes of the active key, or of the one named; raises `KeyUnknown`."""
        key_id = key_id or self.active(purpose)
        secret = self._key(purpose, key_id).secret
        if secret is None:
            raise KeyringPublicOnly
        return key_id, secret

    def sign(self, purpose: SigningPurpose, data: bytes) -> tuple[str, bytes]:
        """Sign with the active Ed25519 key; returns its id and the 64 bytes of the signature."""
        key_id = self.active(purpose)
        secret = self._key(purpose, key_id).secret
        if secret is None:
            raise KeyringPublicOnly
        return key_id, Ed25519PrivateKey.from_private_bytes(secret).sign(data)

    def verify(self, purpose: SigningPurpose, key_id: str, data: bytes, signature: bytes) -> bool:
        """Whether `signature` is that key's over `data`; raises `KeyUnknown` (R42)."""
        public = self._key(purpose, key_id).public or b""
        try:
            Ed25519PublicKey.from_public_bytes(public).verify(signature, data)
        except InvalidSignature:
            return False
        return True

    def public_keys(self, purpose: SigningPurpose) -> dict[str, str]:
        """The public keys of all signing keys ever used for `purpose`, base64 by id."""
        return {key_id: keyfile.encode(key.public or b"") for key_id, key in self._ring(purpose).keys.items()}

    def public_document(self) -> str:
        """A keyring file (JSON) with which an auditor can verify, and do nothing else (R42)."""
        return json.dumps(keyfile.public_document(self._keys), indent=1) + "\n"

    def refresh(self) -> bool:
        """Read the file again if it was replaced since; returns whether it was. A broken file changes nothing."""
        if self._path is None or keyfile.state_of(self._path) == self._state:
            return False
        try:
            keys, state = keyfile.read(self._path)
        except TransportError:
            return False
        self._keys = {
            purpose: keyfile.PurposeKeys(ring.active, {**self._known(purpose), **ring.keys})
            for purpose, ring in keys.items()
        }
        self._state = state
        return True

    def _known(self, purpose: str) -> Mapping[str, Key]:
        ring = self._keys.get(purpose)
        return ring.keys if ring else {}

    def _ring(self, purpose: Purpose) -> PurposeKeys:
        ring = self._keys.get(purpose)
        if ring is None:
            raise KeyringPublicOnly
        return ring

    def _key(self, purpose: Purpose, key_id: str) -> Key:
        key = self._ring(purpose).keys.get(key_id)
        if key is None and self.refresh():
            key = self._ring(purpose).keys.get(key_id)
        if key is None:
            raise KeyUnknown(key_id)
        return key


def make_keyring(path: Path | str) -> Keyring:
    """Make a keyring file of mode 0600 with one key per purpose; raises `KeyringExists`, never overwrites."""
    keyfile.create(Path(path))
    return load_keyring(path)


def load_keyring(path: Path | str) -> Keyring:
    """Read a keyring, complete or public only.

    Raises `KeyringMissing`, `KeyringMalformed`, or `KeyringExposed` where others than the owner could
    read a file with secrets or write any keyring.
    """
    keys, state = keyfile.read(Path(path))
    return Keyring(keys, path=Path(path), state=state)


def rotate(path: Path | str, purpose: Purpose) -> str:
    """Add a key for `purpose`, switch to it and return its id; old keys keep decrypting and verifying.

    Raises what `load_keyring` raises, and `KeyringPublicOnly`.
    """
    return keyfile.add_key(Path(path), purpose)
