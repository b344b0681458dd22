"""The payload codec: everything Temporal stores is AES-256-GCM, and nothing else is believed (R44, B09)."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from google.protobuf.message import DecodeError
from temporalio.api.common.v1 import Payload
from temporalio.converter import PayloadCodec

from transport.errors import KeyUnknown, MessageUnreadable, PayloadRefused

if TYPE_CHECKING:
    from collections.abc import Sequence

    from transport.keys import Keyring

ENCRYPTED = b"binary/encrypted"
REFUSED = b"binary/refused"
ENCODING = "encoding"
KEY_ID = "key-id"
REASON = "reason"
NONCE_BYTES = 12  # random 96-bit nonces: rotate long before 2**32 payloads under one key (NIST SP 800-38D §8.3)


class PayloadCipher(PayloadCodec):
    """Encrypts each payload whole, its own metadata included, bound to key id and namespace.

    `lenient` is for workers: what cannot be decrypted is handed on emptied and labelled `binary/refused`,
    so that the payload converter refuses one message, and not the codec every task of the case.
    Otherwise `PayloadRefused` and `KeyUnknown` are raised at once.
    """

    def __init__(self, keyring: Keyring, namespace: str, *, lenient: bool) -> None:
        self._keyring = keyring
        self._namespace = namespace
        self._lenient = lenient

    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Encrypt with the active key."""
        return [self._encrypt(payload) for payload in payloads]

    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Decrypt with the key each payload names; see the class for what cannot be."""
        return [self._decrypt_or_label(payload) for payload in payloads]

    def _encrypt(self, payload: Payload) -> Payload:
        key_id, key = self._keyring.secret("payload")
        nonce = secrets.token_bytes(NONCE_BYTES)
        sealed = AESGCM(key).encrypt(nonce, payload.SerializeToString(), self._bound_to(key_id))
        return Payload(metadata={ENCODING: ENCRYPTED, KEY_ID: key_id.encode()}, data=nonce + sealed)

    def _decrypt(self, payload: Payload) -> Payload:
        if payload.metadata.get(ENCODING) != ENCRYPTED:
            raise PayloadRefused
        key_id, key = self._keyring.secret("payload", payload.metadata.get(KEY_ID, b"?").decode("ascii", "replace"))
        nonce, sealed = payload.data[:NONCE_BYTES], payload.data[NONCE_BYTES:]
        try:
            return Payload.FromString(AESGCM(key).decrypt(nonce, sealed, self._bound_to(key_id)))
        except (InvalidTag, ValueError, DecodeError):
            raise PayloadRefused from None

    def _decrypt_or_label(self, payload: Payload) -> Payload:
        try:
            return self._decrypt(payload)
        except MessageUnreadable as error:
            if not self._lenient:
                raise
            metadata = {ENCODING: REFUSED, REASON: error.code.encode()}
            if isinstance(error, KeyUnknown):
                metadata[KEY_ID] = error.key_id.encode()
            return Payload(metadata=metadata)

    def _bound_to(self, key_id: str) -> bytes:
        return b"\0".join((b"recovery-payload/1", key_id.encode(), self._namespace.encode()))
