"""Judging an ID token: whose it is, for whom, for which request and how old (OpenID Connect Core 1.0 §3.1.3.7)."""

from __future__ import annotations

import binascii
import hmac
import json
from base64 import urlsafe_b64decode
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from joserfc import jwk, jwt
from joserfc.errors import JoseError

from domain.identity_document import IdentityAnswerRefused

if TYPE_CHECKING:
    from datetime import datetime

    from connectors.oidc_provider import OidcProvider

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519", "EdDSA")
"""Signatures by a private key only: with a shared secret, or none, any forger could have written the token."""
SKEW_SECONDS = 60
OLDEST_SECONDS = 600
"""A token is made when its code is redeemed; an older one was kept by a third party."""
_LONGEST_SUBJECT = 255
_PARTS = 3
_KEY_TYPES = {"RSA", "EC", "OKP"}
_SMALLEST_RSA_BITS = 2048


@dataclass(frozen=True, kw_only=True)
class Expected:
    """What a token must say. `now` is in UTC."""

    issuer: str
    client_id: str
    nonce: str = field(repr=False)
    now: datetime


async def claims_of(token: str, provider: OidcProvider, expected: Expected) -> dict[str, Any]:
    """The token's claims, once signature, issuer, audience, nonce and times hold.

    A key that is not known is looked for anew, since providers change theirs. Raises `IdentityAnswerRefused`,
    `IdentityProviderAway`.
    """
    header = _header(token)
    key = _key(header, await provider.keys()) or _key(header, await provider.keys(again=True))
    if key is None:
        raise IdentityAnswerRefused("identity_token_untrusted")
    try:
        claims: dict[str, Any] = jwt.decode(token, key, algorithms=list(ALGORITHMS)).claims
    except (JoseError, ValueError, TypeError, KeyError, RecursionError):
        raise IdentityAnswerRefused("identity_token_untrusted") from None
    _judge(claims, expected)
    return claims


def _judge(claims: dict[str, Any], expected: Expected) -> None:
    if claims.get("iss") != expected.issuer or not _is_for(claims, expected.client_id):
        raise IdentityAnswerRefused("identity_token_foreign")
    if not _is_fresh(claims, expected.now.timestamp()):
        raise IdentityAnswerRefused("identity_token_stale")
    nonce = claims.get("nonce")
    if not isinstance(nonce, str) or not hmac.compare_digest(nonce.encode("utf-8", "replace"), expected.nonce.encode()):
        raise IdentityAnswerRefused("identity_nonce_mismatch")
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= _LONGEST_SUBJECT:
        raise IdentityAnswerRefused("identity_claims_missing")


def _is_for(claims: dict[str, Any], client_id: str) -> bool:
    audience = claims.get("aud")
    audiences = audience if isinstance(audience, list) else [audience]
    if client_id not in audiences:
        return False
    party = claims.get("azp")
    return party == client_id if party is not None or len(audiences) > 1 else True


def _is_fresh(claims: dict[str, Any], now: float) -> bool:
    expires, issued, begins = _time(claims.get("exp")), _time(claims.get("iat")), _time(claims.get("nbf", 0))
    if expires is None or issued is None or begins is None:
        return False
    oldest = now - OLDEST_SECONDS - SKEW_SECONDS
    return now - SKEW_SECONDS < expires and oldest < issued < now + SKEW_SECONDS and begins < now + SKEW_SECONDS


def _time(value: object) -> float | None:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _header(token: str) -> dict[str, Any]:
    """The header, which is not believed yet: it only says which key to try."""
    parts = token.split(".")
    if len(parts) != _PARTS or not token.isascii():
        raise IdentityAnswerRefused("identity_token_untrusted")
    try:
        found = json.loads(urlsafe_b64decode(parts[0] + "=" * (-len(parts[0]) % 4)))
    except (ValueError, binascii.Error, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise IdentityAnswerRefused("identity_token_untrusted")
    return found


def _key(header: dict[str, Any], published: list[dict[str, Any]]) -> jwk.Key | None:
    """The one published key that the header names, or the only one where it names none."""
    usable = [one for one in published if one.get("kty") in _KEY_TYPES and one.get("use", "sig") == "sig"]
    named = [one for one in usable if one.get("kid") == header["kid"]] if "kid" in header else usable
    if len(named) != 1:
        return None
    # Whatever private parts a careless provider publishes are not needed to verify.
    public = {name: value for name, value in named[0].items() if name not in {"d", "p", "q", "dp", "dq", "qi", "oth"}}
    try:
        key = jwk.import_key(public)
    except (JoseError, ValueError, TypeError, KeyError):
        return None
    if isinstance(key, jwk.RSAKey) and key.public_key.key_size < _SMALLEST_RSA_BITS:
        return None
    return key
