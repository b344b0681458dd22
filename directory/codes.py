"""Random codes and tokens: how they are made, typed, and hashed; nothing here is ever stored in clear."""

from __future__ import annotations

import hmac
import secrets
from typing import Literal
from uuid import UUID

# Crockford's base32: no I, L, O or U. When typed, O is read as 0, and I and L as 1.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LOOK_ALIKES = str.maketrans("OIL", "011")
_SEPARATORS = str.maketrans("", "", " \t\r\n\u00a0-\u2010\u2011\u2012\u2013\u2014\u2212")

BACKUP_CODE_CHARACTERS = 16  # 80 bits
PRESENCE_CODE_CHARACTERS = 12  # 60 bits
BACKUP_CODES_IN_A_SET = 10
TokenKind = Literal["session", "refresh", "trusted_browser", "app_password", "presence", "first_enrolment"]
_GROUP = 4
_LONGEST_TYPED = 64


def new_token() -> str:
    """A bearer token of 256 random bits, safe in a cookie."""
    return secrets.token_urlsafe(32)


def hash_token(token: str, kind: TokenKind, *, key: bytes) -> bytes:
    """Keyed hash of a token, so that an insider who can only write to the database cannot make one that is accepted.

    Of its kind, so that the hash of a token of one's own cannot be planted as that of another kind.
    A token that is not ASCII has no row and needs none.
    """
    message = b"token\0" + kind.encode() + b"\0" + token.encode("utf-8", "backslashreplace")
    return hmac.digest(key, message, "sha256")


def new_backup_codes(count: int = BACKUP_CODES_IN_A_SET) -> list[str]:
    """Ten codes (or `count`) of 80 random bits, written XXXX-XXXX-XXXX-XXXX."""
    return [_grouped(BACKUP_CODE_CHARACTERS) for _ in range(count)]


def new_presence_code() -> str:
    """A code of 60 random bits to be read out, written XXXX-XXXX-XXXX (R36 asks for 40)."""
    return _grouped(PRESENCE_CODE_CHARACTERS)


def typed_code(typed: object, *, characters: int) -> str | None:
    """What a person typed, in canonical form, or None if it cannot be such a code (B28).

    Case, spaces, hyphens and dashes do not matter; O counts as 0, I and L as 1; anything that is not
    ASCII after that is no code.
    """
    if not isinstance(typed, str) or len(typed) > _LONGEST_TYPED:
        return None
    compact = typed.translate(_SEPARATORS)
    if not compact.isascii():
        return None
    canonical = compact.upper().translate(_LOOK_ALIKES)
    if len(canonical) != characters or any(letter not in ALPHABET for letter in canonical):
        return None
    return canonical


def hash_backup_code(canonical: str, *, salt: bytes, key: bytes) -> bytes:
    """Keyed hash of a backup code under the salt of its set (NIST SP 800-63B-4 §3.1.2.2)."""
    return hmac.digest(key, b"backup-code\0" + salt + b"\0" + canonical.encode(), "sha256")


def hash_presence_code(canonical: str, *, account_id: UUID, key: bytes) -> bytes:
    """Keyed hash of a presence code; bound to its account, so that no other account's code can match."""
    return hmac.digest(key, b"presence-code\0" + account_id.bytes + canonical.encode(), "sha256")


def throttle_key(purpose: str, subject: str, *, key: bytes) -> str:
    """The name of a brake without the login it is about (R44)."""
    digest = hmac.digest(key, b"throttle\0" + subject.encode("utf-8", "backslashreplace"), "sha256")
    return f"{purpose}:{digest.hex()[:32]}"


def _grouped(characters: int) -> str:
    letters = "".join(secrets.choice(ALPHABET) for _ in range(characters))
    return "-".join(letters[at : at + _GROUP] for at in range(0, characters, _GROUP))
