"""A verification provider for development and tests: OpenID Connect, where a click decides what a check found."""

from __future__ import annotations

import base64
import hashlib
import html
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from joserfc import jwt
from joserfc.jwk import ECKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

CODE_LASTS = timedelta(seconds=60)
TOKEN_LASTS = timedelta(minutes=5)
TRUST_FRAMEWORK = "development"
ALIVE = "bvr"
_KEPT = ("redirect_uri", "state", "nonce", "code_challenge")


class Found(StrEnum):
    """The buttons of the page."""

    VERIFIED = "verified"
    SOMEBODY_ELSE = "somebody_else"
    NOT_ALIVE = "not_alive"
    NONE = "none"


@dataclass(frozen=True)
class Grant:
    """What a code stands for."""

    nonce: str
    challenge: str
    found: Found
    given_name: str
    family_name: str
    at: datetime


class Twin:
    """One provider with one client. Tests subclass it to have it misbehave."""

    def __init__(
        self, *, issuer: str, client_id: str, client_secret: str, redirect_uri: str, now: Callable[[], datetime]
    ) -> None:
        self.issuer = issuer
        self.client_id = client_id
        self.redirect_uri = redirect_uri
        self.now = now
        self.key = ECKey.generate_key(
            "P-256", {"kid": secrets.token_hex(8), "use": "sig", "alg": "ES256"}, private=True
        )
        self.grants: dict[str, Grant] = {}
        self._login = base64.b64encode(f"{client_id}:{client_secret}".encode()).decode()
        self.app = Starlette(
            routes=[
                Route("/.well-known/openid-configuration", self.configuration),
                Route("/keys", self.keys),
                Route("/authorize", self.authorize, methods=["GET"]),
                Route("/authorize", self.decide, methods=["POST"]),
                Route("/token", self.token, methods=["POST"]),
            ]
        )

    async def configuration(self, _: Request) -> Response:
        """OpenID Connect Discovery 1.0."""
        return JSONResponse(
            {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/keys",
                "response_types_supported": ["code"],
                "subject_types_supported": ["pairwise"],
                "id_token_signing_alg_values_supported": ["ES256"],
                "code_challenge_methods_supported": ["S256"],
                "verified_claims_supported": True,
            }
        )

    async def keys(self, _: Request) -> Response:
        """The public key."""
        return JSONResponse({"keys": [self.key.as_dict(private=False)]})

    async def authorize(self, request: Request) -> Response:
        """The page; a visitor who only opens it, a mail scanner too, changes nothing."""
        asked = request.query_params
        wanted = {"response_type": "code", "client_id": self.client_id, "code_challenge_method": "S256"}
        known = asked.get("redirect_uri") == self.redirect_uri
        if not known or any(asked.get(name) != value for name, value in wanted.items()) or not asked.get("nonce"):
            return HTMLResponse("Not a request of this provider's client.", HTTPStatus.BAD_REQUEST)
        hidden = "".join(
            f'<input type="hidden" name="{name}" value="{html.escape(asked.get(name, ""))}">' for name in _KEPT
        )
        buttons = "".join(
            f'<p><button name="found" value="{one.value}">{one.value.replace("_", " ")}</button></p>' for one in Found
        )
        return HTMLResponse(
            '<!doctype html><html lang="en"><title>Verification provider (development)</title>'
            "<h1>Development only: nobody is verified here</h1><form method='post' action='/authorize'>"
            f"{hidden}<p><label>Given name <input name='given_name'></label></p>"
            f"<p><label>Family name <input name='family_name'></label></p>{buttons}</form></html>"
        )

    async def decide(self, request: Request) -> Response:
        """A button was pressed: back to the client, with a code or without."""
        form = {name: str(value) for name, value in (await request.form()).items()}
        if form.get("redirect_uri") != self.redirect_uri:
            return HTMLResponse("Not a request of this provider's client.", HTTPStatus.BAD_REQUEST)
        found = Found(form.get("found", Found.NONE))
        answer = {"state": form.get("state", ""), "iss": self.issuer}
        if found is Found.NONE:
            return self._back({**answer, "error": "access_denied"})
        code = secrets.token_urlsafe(24)
        self.grants[code] = Grant(
            nonce=form.get("nonce", ""),
            challenge=form.get("code_challenge", ""),
            found=found,
            given_name=form.get("given_name", ""),
            family_name=form.get("family_name", ""),
            at=self.now(),
        )
        return self._back({**answer, "code": code})

    async def token(self, request: Request) -> Response:
        """A code for a token, once, with its verifier (RFC 7636)."""
        if request.headers.get("authorization") != f"Basic {self._login}":
            return JSONResponse({"error": "invalid_client"}, HTTPStatus.UNAUTHORIZED)
        form = await request.form()
        grant = self.grants.pop(str(form.get("code", "")), None)
        redirect = form.get("redirect_uri") == self.redirect_uri
        if grant is None or not redirect or grant.at + CODE_LASTS < self.now():
            return JSONResponse({"error": "invalid_grant"}, HTTPStatus.BAD_REQUEST)
        if not self.is_proved(grant, str(form.get("code_verifier", ""))):
            return JSONResponse({"error": "invalid_grant"}, HTTPStatus.BAD_REQUEST)
        claims = self.claims(grant)
        return JSONResponse({"access_token": "none", "token_type": "Bearer", "id_token": self.signed(claims)})

    def is_proved(self, grant: Grant, verifier: str) -> bool:
        """Whether the verifier belongs to the challenge of the link."""
        made = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        return secrets.compare_digest(made, grant.challenge)

    def claims(self, grant: Grant) -> dict[str, Any]:
        """What the ID token says."""
        now = int(self.now().timestamp())
        other = grant.found is Found.SOMEBODY_ELSE
        given, family = ("Robin", "Otherwise") if other else (grant.given_name, grant.family_name)
        return {
            "iss": self.issuer,
            "aud": self.client_id,
            "sub": hashlib.sha256(f"{given} {family}".encode()).hexdigest()[:32],
            "nonce": grant.nonce,
            "iat": now,
            "exp": now + int(TOKEN_LASTS.total_seconds()),
            "verified_claims": self.verified_claims(grant, given, family),
        }

    def verified_claims(self, grant: Grant, given: str, family: str) -> dict[str, Any]:
        """OpenID Connect for Identity Assurance 1.0, section 5."""
        methods = ["vcrypt"] if grant.found is Found.NOT_ALIVE else ["vcrypt", ALIVE]
        return {
            "verification": {
                "trust_framework": TRUST_FRAMEWORK,
                "time": grant.at.isoformat(),
                "verification_process": secrets.token_hex(8),
                "evidence": [
                    {
                        "type": "document",
                        "check_details": [{"check_method": one} for one in methods],
                        "document_details": {"type": "passport"},
                    }
                ],
            },
            "claims": {"given_name": given, "family_name": family, "birthdate": "1990-01-02"},
        }

    def signed(self, claims: dict[str, Any]) -> str:
        """The claims as a token."""
        return jwt.encode({"alg": "ES256", "kid": self.key.kid}, claims, self.key)

    def _back(self, answer: dict[str, str]) -> Response:
        return RedirectResponse(f"{self.redirect_uri}?{urlencode(answer)}", HTTPStatus.SEE_OTHER)
