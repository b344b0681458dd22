"""Identity documents by OpenID Connect for Identity Assurance 1.0: asks for verified claims and reads them (R14)."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from connectors.oidc_provider import patiently
from connectors.oidc_token import Expected, claims_of
from domain.identity_document import DocumentCheck, IdentityAnswerRefused

if TYPE_CHECKING:
    from connectors.oidc_provider import OidcProvider

_DOCUMENT_EVIDENCE = {"document", "id_document"}
_MISSING = "identity_claims_missing"


@dataclass(frozen=True, kw_only=True)
class Assurance:
    """What a provider's statement must contain.

    `liveness` are the check methods by which it says that the document's living owner was there, `trust_framework` the
    one framework that is accepted, or None for any.
    """

    liveness: frozenset[str]
    trust_framework: str | None = None


class _Stated(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)


class _Details(_Stated):
    type: str = Field(min_length=1, max_length=100)
    date_of_expiry: date | None = None


class _Method(_Stated):
    check_method: str = Field(default="", max_length=100)


class _Evidence(_Stated):
    type: str = ""
    document_details: _Details | None = None
    # How drafts before the final specification called it.
    document: _Details | None = None
    check_details: list[_Method] = Field(default_factory=list, max_length=50)


class _Verification(_Stated):
    # These two are put on record: names of frameworks, never sentences.
    trust_framework: str = Field(pattern=r"^[\w.:/-]{1,100}$")
    assurance_level: str | None = Field(default=None, pattern=r"^[\w.:/-]{1,100}$")
    time: AwareDatetime
    verification_process: str | None = Field(default=None, max_length=500)
    evidence: list[_Evidence] = Field(max_length=20)


class _Claims(_Stated):
    given_name: str = Field(min_length=1, max_length=200)
    family_name: str = Field(min_length=1, max_length=200)
    birthdate: str | None = Field(default=None, max_length=20)


class _VerifiedClaims(_Stated):
    verification: _Verification
    claims: _Claims


class OidcIdentityDocuments:
    """See `domain.ports.IdentityDocuments`."""

    def __init__(self, provider: OidcProvider, assurance: Assurance) -> None:
        self._provider = provider
        self._assurance = assurance

    async def link(self, *, state: str, nonce: str, verifier: str) -> str:
        """The authorization request (Core 1.0 §3.1.2.1) with PKCE; it asks for claims and states none."""
        client = self._provider.client
        async with patiently():
            address = (await self._provider.configuration()).authorization
        asked = {
            "response_type": "code",
            "scope": "openid",
            "client_id": client.client_id,
            "redirect_uri": client.redirect_uri,
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge_of(verifier),
            "code_challenge_method": "S256",
            # A sign-in that this browser has left at the provider is not this caller's check.
            "prompt": "login",
            "claims": json.dumps(self._request(), separators=(",", ":")),
        }
        return f"{address}{'&' if urlsplit(address).query else '?'}{urlencode(asked)}"

    async def result(self, *, code: str, nonce: str, verifier: str, now: datetime) -> DocumentCheck:
        """See the port."""
        client = self._provider.client
        expected = Expected(issuer=client.issuer, client_id=client.client_id, nonce=nonce, now=now)
        async with patiently():
            token = await self._provider.redeem(code, verifier)
            claims = await claims_of(token, self._provider, expected)
        return _check(client.issuer, claims, self._assurance)

    def _request(self) -> dict[str, Any]:
        framework = self._assurance.trust_framework
        verification = {
            "trust_framework": {"value": framework} if framework else None,
            "assurance_level": None,
            "time": None,
            "verification_process": None,
            "evidence": [
                {
                    "type": {"value": "document"},
                    "check_details": [{"check_method": None}],
                    "document_details": {"type": None, "date_of_expiry": None},
                }
            ],
        }
        # Needed to compare, and to know the same document again; nothing of it is kept.
        claims = {"given_name": None, "family_name": None, "birthdate": None}
        return {"id_token": {"verified_claims": {"verification": verification, "claims": claims}}}


def challenge_of(verifier: str) -> str:
    """The PKCE challenge of a verifier (RFC 7636, S256)."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def _check(issuer: str, claims: dict[str, Any], assurance: Assurance) -> DocumentCheck:
    """The one statement about one document; two would leave open which of them is meant."""
    stated = claims.get("verified_claims")
    candidates = stated if isinstance(stated, list) else [stated]
    try:
        found = [_VerifiedClaims.model_validate(one) for one in candidates]
    except (ValidationError, RecursionError):
        raise IdentityAnswerRefused(_MISSING) from None
    documents = [
        (one, evidence)
        for one in found
        for evidence in one.verification.evidence
        if evidence.type in _DOCUMENT_EVIDENCE
    ]
    if len(documents) != 1:
        raise IdentityAnswerRefused(_MISSING)
    one, evidence = documents[0]
    details = evidence.document_details or evidence.document
    framework = one.verification.trust_framework
    if details is None or assurance.trust_framework not in {None, framework}:
        raise IdentityAnswerRefused(_MISSING)
    return DocumentCheck(
        issuer=issuer,
        subject=claims["sub"],
        process=one.verification.verification_process,
        trust_framework=framework,
        assurance_level=one.verification.assurance_level,
        document_type=details.type,
        document_expires=details.date_of_expiry,
        alive=bool(assurance.liveness & {method.check_method for method in evidence.check_details}),
        verified_at=one.verification.time,
        given_name=one.claims.given_name,
        family_name=one.claims.family_name,
        birthdate=one.claims.birthdate,
    )
