"""Which verification provider this installation speaks to, and as whom; in development its twin."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypedDict
from urllib.parse import urlsplit

from pydantic import SecretStr

from starter.api.identity_checks import CALLBACK
from starter.embedded.ports import LOOPBACK
from starter.twins.identity_provider import Twin

if TYPE_CHECKING:
    from settings import Settings

_THIS_MACHINE = {"127.0.0.1", "::1", "localhost"}


class IdentityClient(TypedDict):
    """Who we are at the provider; `client_secret` is one."""

    issuer: str
    client_id: str
    client_secret: str
    redirect_uri: str


def identity_client(settings: Settings) -> IdentityClient | None:
    """The client that settings name, or None where they name no provider."""
    if settings.identity_issuer is None:
        return None
    if settings.identity_client_id is None or settings.identity_client_secret is None:
        raise SystemExit(
            "identity_provider_incomplete: set RECOVERY_IDENTITY_CLIENT_ID and RECOVERY_IDENTITY_CLIENT_SECRET"
        )
    return {
        "issuer": settings.identity_issuer,
        "client_id": settings.identity_client_id,
        "client_secret": settings.identity_client_secret.get_secret_value(),
        "redirect_uri": (settings.identity_redirect_origin or settings.stop_page_url) + CALLBACK,
    }


def _public(settings: Settings) -> list[str]:
    return [one for one in (settings.public_url, settings.identity_redirect_origin) if one]


def with_twin(settings: Settings) -> tuple[Settings, Twin | None]:
    """The settings with the twin as their provider, where they ask for it and only this machine reaches us."""
    if settings.identity_twin_port is None:
        return settings, None
    if settings.identity_issuer is not None:
        raise SystemExit("identity_provider_twice: set RECOVERY_IDENTITY_ISSUER or RECOVERY_IDENTITY_TWIN_PORT")
    reached = {settings.api_host, *(urlsplit(one).hostname for one in _public(settings))}
    if not reached <= _THIS_MACHINE:
        raise SystemExit("identity_twin_in_public: it verifies anybody, so it serves this machine only")
    changed = {
        "identity_issuer": f"http://{LOOPBACK}:{settings.identity_twin_port}",
        "identity_client_id": "twin",
        "identity_client_secret": SecretStr(secrets.token_urlsafe(24)),
    }
    told = settings.model_copy(update=changed)
    client = identity_client(told)
    return told, Twin(**client, now=lambda: datetime.now(UTC)) if client else None
