"""Who we are at the verification provider that settings name, and where it sends browsers back to."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

if TYPE_CHECKING:
    from settings import Settings

CALLBACK = "/api/v1/identity-checks/callback"


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
