"""A WebAuthn authenticator in software, for the demonstration and the tests; keys are ES256, no attestation."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import struct
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

_CURVE = ec.SECP256R1()
_USER_PRESENT, _USER_VERIFIED = 0x01, 0x04
_BACKUP_ELIGIBLE, _BACKED_UP = 0x08, 0x10
_ATTESTED = 0x40


@dataclass
class SoftAuthenticator:
    """One key pair and its counter; switches for what a test wants it to do wrong."""

    private_value: int = field(
        default_factory=lambda: ec.generate_private_key(_CURVE).private_numbers().private_value, repr=False
    )
    sign_count: int = 0
    verifies_user: bool = True
    backup_eligible: bool = False

    @classmethod
    def from_seed(cls, seed: bytes) -> SoftAuthenticator:
        """The same key for the same seed; for sample data only."""
        digest = hashlib.sha512(b"soft-authenticator\0" + seed).digest()
        # The order of P-256 lies just below 2**256.
        return cls(private_value=int.from_bytes(digest, "big") % (2**256 - 2**225) + 1)

    @classmethod
    def from_dict(cls, kept: dict[str, Any]) -> SoftAuthenticator:
        """What `to_dict` gave."""
        return cls(
            private_value=int(kept["private_value"], 16),
            sign_count=kept["sign_count"],
            verifies_user=kept["verifies_user"],
            backup_eligible=kept["backup_eligible"],
        )

    def to_dict(self) -> dict[str, Any]:
        """Everything needed to go on later, private key included; JSON-friendly."""
        return {
            "private_value": f"{self.private_value:064x}",
            "sign_count": self.sign_count,
            "verifies_user": self.verifies_user,
            "backup_eligible": self.backup_eligible,
        }

    @property
    def credential_id(self) -> bytes:
        """Derived from the public key, so it need not be kept."""
        return hashlib.sha256(b"credential\0" + self.public_key).digest()

    @property
    def public_key(self) -> bytes:
        """The COSE form of the public key."""
        numbers = self._key().public_key().public_numbers()
        encoded: bytes = cbor2.dumps(
            {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
        )
        return encoded

    def create(self, options_json: str, origin: str) -> dict[str, Any]:
        """What `navigator.credentials.create()` would answer to these options at this origin."""
        options = json.loads(options_json)
        client_data = _client_data("webauthn.create", options["challenge"], origin)
        attested = b"\0" * 16 + struct.pack(">H", len(self.credential_id)) + self.credential_id + self.public_key
        data = self._authenticator_data(options["rp"]["id"], flags=_ATTESTED) + attested
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        return self._credential({"clientDataJSON": client_data, "attestationObject": attestation}, transports=["usb"])

    def get(self, options_json: str, origin: str) -> dict[str, Any]:
        """What `navigator.credentials.get()` would answer; the counter goes up by one."""
        options = json.loads(options_json)
        self.sign_count += 1
        client_data = _client_data("webauthn.get", options["challenge"], origin)
        data = self._authenticator_data(options["rpId"])
        signature = self._key().sign(data + hashlib.sha256(client_data).digest(), ec.ECDSA(hashes.SHA256()))
        return self._credential({"clientDataJSON": client_data, "authenticatorData": data, "signature": signature})

    def _key(self) -> ec.EllipticCurvePrivateKey:
        return ec.derive_private_key(self.private_value, _CURVE)

    def _authenticator_data(self, rp_id: str, *, flags: int = 0) -> bytes:
        flags |= _USER_PRESENT
        flags |= _USER_VERIFIED if self.verifies_user else 0
        flags |= _BACKUP_ELIGIBLE | _BACKED_UP if self.backup_eligible else 0
        return hashlib.sha256(rp_id.encode()).digest() + struct.pack(">BI", flags, self.sign_count)

    def _credential(self, response: dict[str, bytes], *, transports: list[str] | None = None) -> dict[str, Any]:
        encoded: dict[str, Any] = {name: encode(value) for name, value in response.items()}
        if transports:
            encoded["transports"] = transports
        credential_id = encode(self.credential_id)
        return {
            "id": credential_id,
            "rawId": credential_id,
            "type": "public-key",
            "response": encoded,
            "clientExtensionResults": {},
        }


def encode(value: bytes) -> str:
    """Base64url without padding, as WebAuthn writes bytes in JSON."""
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def new_seed() -> bytes:
    """A seed for `from_seed`."""
    return secrets.token_bytes(32)


def _client_data(kind: str, challenge: str, origin: str) -> bytes:
    return json.dumps({"type": kind, "challenge": challenge, "origin": origin, "crossOrigin": False}).encode()
