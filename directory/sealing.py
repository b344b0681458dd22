"""Encryption of TOTP seeds at rest: AES-256-GCM, bound to the row it belongs to; imports no database."""

from __future__ import annotations

import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from directory.errors import SealBroken

_VERSION = b"\x01"
_NONCE_BYTES = 12


def seal(secret: bytes, *, key: bytes, owner: bytes) -> bytes:
    """Version, nonce and ciphertext; `owner` (the ids of the row) must be the same when it is opened."""
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return _VERSION + nonce + AESGCM(key).encrypt(nonce, secret, _VERSION + owner)


def unseal(sealed: bytes, *, key: bytes, owner: bytes) -> bytes:
    """The secret; raises `SealBroken` for another key, another owner or changed bytes."""
    nonce, ciphertext = sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
    if sealed[:1] != _VERSION:
        raise SealBroken
    try:
        return AESGCM(key).decrypt(nonce, ciphertext, _VERSION + owner)
    except (InvalidTag, ValueError) as error:
        raise SealBroken from error
