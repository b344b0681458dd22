"""TOTP (RFC 6238, SHA-1, six digits, 30 seconds): seeds, codes as typed, and what an app is shown.

Keeps no state: that each step is accepted once is decided where the last step is stored.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import io
import secrets

import pyotp
import segno

from directory.errors import SeedInvalid
from directory.records import TotpOffer

STEP_SECONDS = 30
DIGITS = 6
_STEPS_EITHER_SIDE = 1
_SEED_BYTES = 20
_SMALLEST_SEED_BYTES = 10
_LONGEST_TYPED = 32


def new_seed() -> bytes:
    """160 random bits, the length RFC 4226 recommends."""
    return secrets.token_bytes(_SEED_BYTES)


def parse_seed(text: str) -> bytes:
    """A seed from base32 in any case, spaced, hyphened or unpadded; raises `SeedInvalid` (B28)."""
    compact = text.translate(str.maketrans("", "", " -\t\r\n")).rstrip("=")
    if not compact.isascii():
        raise SeedInvalid
    padded = compact.upper() + "=" * (-len(compact) % 8)
    try:
        seed = base64.b32decode(padded)
    except binascii.Error:
        # The error text would quote the seed (B09).
        raise SeedInvalid from None
    if len(seed) < _SMALLEST_SEED_BYTES:
        raise SeedInvalid
    return seed


def step_at(seconds: float) -> int:
    """The step that a time belongs to, in seconds since the epoch."""
    return int(seconds // STEP_SECONDS)


def code_at(seed: bytes, step: int) -> str:
    """The six digits of one step."""
    return _totp(seed).generate_otp(step)


def typed_code(typed: object) -> str | None:
    """Six ASCII digits after removal of ASCII spaces, or None; a number is not a code (B28)."""
    if not isinstance(typed, str) or len(typed) > _LONGEST_TYPED:
        return None
    compact = typed.replace(" ", "")
    return compact if len(compact) == DIGITS and compact.isascii() and compact.isdigit() else None


def matching_step(seed: bytes, typed: object, *, now: float) -> int | None:
    """The step whose code was typed, among the present one and one either side (newest first), or None."""
    code = typed_code(typed)
    if code is None:
        return None
    present = step_at(now)
    for step in range(present + _STEPS_EITHER_SIDE, present - _STEPS_EITHER_SIDE - 1, -1):
        if hmac.compare_digest(code_at(seed, step), code):
            return step
    return None


def offer(seed: bytes, *, login: str, issuer: str) -> TotpOffer:
    """What a new app is shown, once."""
    uri = _totp(seed).provisioning_uri(name=login, issuer_name=issuer)
    picture = io.BytesIO()
    segno.make(uri, error="m").save(picture, kind="svg", scale=4, xmldecl=False, svgns=True)
    return TotpOffer(secret=_base32(seed), uri=uri, qr_svg=picture.getvalue().decode())


class _Totp(pyotp.TOTP):
    # Apps in the field hold seeds of 80 bits; ours have 160 (NIST SP 800-63B-4 §3.1.4.1 asks for 112).
    min_secret_length_bits = _SMALLEST_SEED_BYTES * 8


def _totp(seed: bytes) -> pyotp.TOTP:
    return _Totp(_base32(seed), digits=DIGITS, interval=STEP_SECONDS)


def _base32(seed: bytes) -> str:
    return base64.b32encode(seed).decode().rstrip("=")
