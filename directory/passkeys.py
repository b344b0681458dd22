"""WebAuthn as a relying party: options for the browser and verification of its answers; imports no database.

`hardware_bound` rests on the backup-eligible flag alone: no attestation is asked for, so a tenant that must
know the make of its keys needs attested enrolment on top.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import webauthn
from webauthn.helpers import base64url_to_bytes, decode_credential_public_key, decoded_public_key_to_cryptography
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    AuthenticatorTransport,
    CredentialDeviceType,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from directory.errors import CredentialRefused
from directory.settings import DirectorySettings

_LONGEST_JSON = 32_768
_TRANSPORTS = {one.value: one for one in AuthenticatorTransport}


@dataclass(frozen=True)
class StoredCredential:
    """What is kept of a registered authenticator; `public_key` is COSE, `sign_count` what it last said."""

    factor_id: UUID
    credential_id: bytes
    public_key: bytes
    sign_count: int
    backup_eligible: bool
    transports: tuple[str, ...]


@dataclass(frozen=True)
class NewCredential:
    """A verified registration, ready to be stored."""

    credential_id: bytes
    public_key: bytes
    sign_count: int
    user_verified: bool
    backup_eligible: bool
    backed_up: bool
    transports: list[str]


@dataclass(frozen=True)
class Assertion:
    """A verified signature by one stored credential; `hardware_bound` unless its key may be copied (AAL3)."""

    factor_id: UUID
    sign_count: int
    hardware_bound: bool
    backed_up: bool


def registration_options(
    settings: DirectorySettings,
    *,
    challenge: bytes,
    user_id: UUID,
    login: str,
    display_name: str,
    known: Sequence[StoredCredential],
) -> str:
    """JSON for `navigator.credentials.create()`."""
    options = webauthn.generate_registration_options(
        rp_id=settings.rp_id,
        rp_name=settings.rp_name,
        user_id=user_id.bytes,
        user_name=login,
        user_display_name=display_name,
        challenge=challenge,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.DISCOURAGED, user_verification=UserVerificationRequirement.REQUIRED
        ),
        exclude_credentials=_descriptors(known),
    )
    return webauthn.options_to_json(options)


def authentication_options(settings: DirectorySettings, *, challenge: bytes, known: Sequence[StoredCredential]) -> str:
    """JSON for `navigator.credentials.get()`."""
    options = webauthn.generate_authentication_options(
        rp_id=settings.rp_id,
        challenge=challenge,
        allow_credentials=_descriptors(known),
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return webauthn.options_to_json(options)


def verify_registration(settings: DirectorySettings, credential: object, *, challenge: bytes) -> NewCredential:
    """Check origin, RP id, challenge and user verification; raises `CredentialRefused`."""
    try:
        parsed = _parsed(credential)
        verified = webauthn.verify_registration_response(
            credential=parsed,
            expected_challenge=challenge,
            expected_rp_id=settings.rp_id,
            expected_origin=settings.origin,
            require_user_verification=True,
        )
        claimed = parsed["response"].get("transports") or []
    except Exception as error:  # noqa: BLE001 - see _refusal
        raise _refusal(error) from None
    return NewCredential(
        credential_id=verified.credential_id,
        public_key=verified.credential_public_key,
        sign_count=verified.sign_count,
        user_verified=verified.user_verified,
        backup_eligible=verified.credential_device_type == CredentialDeviceType.MULTI_DEVICE,
        backed_up=verified.credential_backed_up,
        transports=[one for one in claimed if isinstance(one, str) and one in _TRANSPORTS],
    )


def verify_authentication(
    settings: DirectorySettings,
    credential: object,
    *,
    challenge: bytes,
    known: Sequence[StoredCredential],
    origins: Sequence[str],
) -> Assertion:
    """Check origin, RP id, challenge, user verification, signature and counter; raises `CredentialRefused`."""
    try:
        parsed = _parsed(credential)
        credential_id = base64url_to_bytes(parsed["rawId"])
        stored = next(one for one in known if one.credential_id == credential_id)
        verified = webauthn.verify_authentication_response(
            credential=parsed,
            expected_challenge=challenge,
            expected_rp_id=settings.rp_id,
            expected_origin=list(origins),
            credential_public_key=stored.public_key,
            credential_current_sign_count=stored.sign_count,
            require_user_verification=True,
        )
    except Exception as error:  # noqa: BLE001 - see _refusal
        raise _refusal(error) from None
    return Assertion(
        factor_id=stored.factor_id,
        sign_count=verified.new_sign_count,
        hardware_bound=not stored.backup_eligible
        and verified.credential_device_type == CredentialDeviceType.SINGLE_DEVICE,
        backed_up=verified.credential_backed_up,
    )


def is_public_key(cose: bytes) -> bool:
    """Whether it is a COSE public key of a kind that signatures can be checked with."""
    try:
        decoded_public_key_to_cryptography(decode_credential_public_key(cose))
    except Exception:  # noqa: BLE001 - see _refusal
        return False
    return True


def _refusal(error: Exception) -> CredentialRefused:
    """Hostile input: whatever its parser stumbles over is a refusal, and the parser's text may quote the input."""
    return error if isinstance(error, CredentialRefused) else CredentialRefused()


def _parsed(credential: object) -> dict[str, Any]:
    if isinstance(credential, str) and len(credential) <= _LONGEST_JSON:
        credential = json.loads(credential)
    if not isinstance(credential, dict):
        raise CredentialRefused
    return credential


def _descriptors(known: Sequence[StoredCredential]) -> list[PublicKeyCredentialDescriptor]:
    return [
        PublicKeyCredentialDescriptor(
            id=one.credential_id,
            transports=[_TRANSPORTS[name] for name in one.transports if name in _TRANSPORTS] or None,
        )
        for one in known
    ]
