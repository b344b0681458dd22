"""In development: the twin of a verification provider, on this machine and nowhere else."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pydantic import SecretStr

from starter.embedded.ports import LOOPBACK
from starter.identity_client import identity_client
from starter.serving import Door
from starter.twins.identity_provider import Twin

if TYPE_CHECKING:
    from settings import Settings

_THIS_MACHINE = {"127.0.0.1", "::1", "localhost"}


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


def twin_beside(settings: Settings) -> tuple[Settings, list[Door]]:
    """The settings as `with_twin` tells them, and the door, if any, to serve beside ours."""
    told, twin = with_twin(settings)
    return told, [Door("identity-twin", twin.app, LOOPBACK, settings.identity_twin_port or 0)] if twin else []
