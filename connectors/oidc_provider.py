"""Speaking to an OpenID Connect provider: its configuration, its keys, and a code for a token; judges no token."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from time import monotonic
from typing import TYPE_CHECKING, Any
from urllib.parse import quote_plus, urlsplit

import httpx2

from domain.identity_document import IdentityAnswerRefused, IdentityProviderAway

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

PATIENCE_SECONDS = 15.0
"""For everything that one step needs of the provider; below the lease of a caller's return."""
LARGEST_ANSWER_BYTES = 256 * 1024
CONFIGURATION_LASTS_SECONDS = 600.0
KEYS_REST_SECONDS = 60.0
"""So long the keys are not asked for again, however many tokens name one that is not known."""
_TIMEOUT = httpx2.Timeout(10.0, connect=5.0)
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}
_MALFORMED = "identity_answer_malformed"
_FIRST_SERVER_ERROR = 500
Json = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class OidcClient:
    """Who we are at the provider. `issuer` is exact, as the provider itself writes it."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    redirect_uri: str


@dataclass(frozen=True, kw_only=True)
class Configuration:
    """Where the provider takes what (OpenID Connect Discovery 1.0)."""

    authorization: str
    token: str
    keys: str


class OidcProvider:
    """One provider. Follows no redirect, sends no proxy our secret, and believes nothing but its own addresses."""

    def __init__(self, client: OidcClient, *, timeout: httpx2.Timeout = _TIMEOUT) -> None:
        self.client = client
        self._timeout = timeout
        self._known: tuple[float, Configuration] | None = None
        self._keys: tuple[float, list[Json]] | None = None

    async def configuration(self) -> Configuration:
        """The provider's addresses, asked for again every ten minutes.

        Raises `IdentityProviderAway`, `IdentityAnswerRefused`.
        """
        if self._known is None or self._known[0] + CONFIGURATION_LASTS_SECONDS < monotonic():
            found = await self._json("GET", f"{self.client.issuer.rstrip('/')}/.well-known/openid-configuration")
            # Another issuer's document would have us send its tokens' readers elsewhere (Discovery 1.0 §4.3).
            if found.get("issuer") != self.client.issuer:
                raise IdentityAnswerRefused(_MALFORMED)
            self._known = (monotonic(), _configuration(found))
        return self._known[1]

    async def keys(self, *, again: bool = False) -> list[Json]:
        """The provider's public keys as they were published; `again` asks anew, at most once a minute."""
        due = self._keys is None or self._keys[0] + CONFIGURATION_LASTS_SECONDS < monotonic()
        if self._keys is None or due or (again and self._keys[0] + KEYS_REST_SECONDS < monotonic()):
            found = (await self._json("GET", (await self.configuration()).keys)).get("keys")
            if not isinstance(found, list):
                raise IdentityAnswerRefused(_MALFORMED)
            self._keys = (monotonic(), [one for one in found if isinstance(one, dict)])
        return self._keys[1]

    async def redeem(self, code: str, verifier: str) -> str:
        """The ID token for a code, which works once and only with its PKCE verifier (RFC 7636).

        Raises `IdentityProviderAway`, and `IdentityAnswerRefused` (`identity_code_refused` where the code is wrong,
        used or another link's).
        """
        client = self.client
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": client.redirect_uri,
            "code_verifier": verifier,
        }
        # RFC 6749 §2.3.1: both are form-encoded before they are joined.
        login = (quote_plus(client.client_id), quote_plus(client.client_secret))
        found = await self._json("POST", (await self.configuration()).token, data=form, auth=login)
        token = found.get("id_token")
        if not isinstance(token, str):
            raise IdentityAnswerRefused(_MALFORMED)
        return token

    async def _json(self, method: str, url: str, **more: Any) -> Json:
        try:
            async with (
                # No proxy and no credentials from the environment: only settings.py reads it.
                httpx2.AsyncClient(trust_env=False, follow_redirects=False, timeout=self._timeout) as http,
                http.stream(method, url, headers={"Accept": "application/json"}, **more) as answer,
            ):
                body = await _bounded(answer)
                status = answer.status_code
        except httpx2.HTTPError:
            raise IdentityProviderAway from None
        except httpx2.InvalidURL:
            raise IdentityAnswerRefused(_MALFORMED) from None
        if status == HTTPStatus.TOO_MANY_REQUESTS or status >= _FIRST_SERVER_ERROR:
            raise IdentityProviderAway
        found = _parsed(body)
        if status == HTTPStatus.BAD_REQUEST and found.get("error") == "invalid_grant":
            raise IdentityAnswerRefused("identity_code_refused")
        if status != HTTPStatus.OK:
            # Our own login, most likely: an operator must look.
            raise IdentityAnswerRefused("identity_login_refused")
        return found


@asynccontextmanager
async def patiently(seconds: float = PATIENCE_SECONDS) -> AsyncIterator[None]:
    """A provider that dribbles its answers is away too. Raises `IdentityProviderAway`."""
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError:
        raise IdentityProviderAway from None


async def _bounded(answer: httpx2.Response) -> bytes:
    body = b""
    async for piece in answer.aiter_bytes():
        body += piece
        if len(body) > LARGEST_ANSWER_BYTES:
            raise IdentityAnswerRefused(_MALFORMED)
    return body


def _parsed(body: bytes) -> Json:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        raise IdentityAnswerRefused(_MALFORMED) from None
    if not isinstance(found, dict):
        raise IdentityAnswerRefused(_MALFORMED)
    return found


def _configuration(found: Mapping[str, object]) -> Configuration:
    names = {"authorization": "authorization_endpoint", "token": "token_endpoint", "keys": "jwks_uri"}
    return Configuration(**{ours: _address(found.get(theirs)) for ours, theirs in names.items()})


def _address(value: object) -> str:
    """An address that may be used: HTTPS, or this machine. Raises `IdentityAnswerRefused`."""
    if isinstance(value, str):
        try:
            parts = urlsplit(value)
        except ValueError:
            parts = urlsplit("")
        safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
        if safe and parts.hostname and parts.username is None and not parts.fragment:
            return value
    raise IdentityAnswerRefused(_MALFORMED)
