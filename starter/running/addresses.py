"""Which ports and addresses the running product uses, and what its processes are told of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from settings import child_environment
from starter.embedded.ports import LOOPBACK, choose_ports

if TYPE_CHECKING:
    from pathlib import Path

    from settings import Settings

_ANY_ADDRESS = {"0.0.0.0": LOOPBACK, "::": "[::1]", "": LOOPBACK}  # noqa: S104 - turned into loopback, not bound


class Logins(Protocol):
    """The addresses of the two database logins that worker and doors use."""

    @property
    def store(self) -> str:
        """The store's, as role `recovery_app`."""
        ...

    @property
    def directory(self) -> str:
        """The directory's, as role `directory_app`."""
        ...


def resolved(settings: Settings, folder: Path) -> Settings:
    """The same settings with absolute folders, real ports, and the origin and address that follow from them.

    Raises `PortInUse`.
    """
    ports = choose_ports(
        folder / "web-ports.json", {"api": settings.api_port or None, "directory": settings.directory_port or None}
    )
    given = settings.model_fields_set
    # Passkeys are bound to “localhost”: a numeric address cannot be one's home.
    origin = settings.directory_origin if "directory_origin" in given else f"http://localhost:{ports['directory']}"
    secrets = settings.secrets_folder.absolute() if settings.secrets else folder
    return settings.model_copy(
        update={
            "data": folder,
            "secrets": secrets,
            "keyring": settings.keyring.absolute() if settings.keyring else secrets / "keyring.json",
            "heads": settings.heads.absolute() if settings.heads else folder / "audit-heads.jsonl",
            "api_port": ports["api"],
            "directory_port": ports["directory"],
            "directory_origin": origin,
            "api_url": url_of(settings.api_host, ports["api"]),
        }
    )


def url_of(host: str, port: int) -> str:
    """Where this machine reaches what listens there."""
    host = _ANY_ADDRESS.get(host, f"[{host}]" if ":" in host else host)
    return f"http://{host}:{port}"


def process_environment(
    settings: Settings, logins: Logins, *, temporal_address: str, temporal_ui_url: str | None
) -> dict[str, str]:
    """What worker and doors are told; the owner's login is taken away from them."""
    return child_environment(
        {
            "RECOVERY_DATABASE_URL": None,
            "RECOVERY_STORE_DATABASE_URL": logins.store,
            "RECOVERY_DIRECTORY_DATABASE_URL": logins.directory,
            "RECOVERY_DATA": str(settings.data),
            "RECOVERY_SECRETS": str(settings.secrets_folder),
            "RECOVERY_KEYRING": str(settings.keyring_file),
            "RECOVERY_HEADS": str(settings.heads_file),
            "RECOVERY_TENANT": settings.tenant,
            "RECOVERY_API_HOST": settings.api_host,
            "RECOVERY_API_PORT": str(settings.api_port),
            "RECOVERY_DIRECTORY_HOST": settings.directory_host,
            "RECOVERY_DIRECTORY_PORT": str(settings.directory_port),
            "RECOVERY_DIRECTORY_ORIGIN": settings.directory_origin,
            "RECOVERY_CONSOLE_ORIGIN": settings.console_origin,
            "RECOVERY_PASSKEY_DOMAIN": settings.passkey_domain,
            "RECOVERY_LOG_LEVEL": settings.log_level,
            "RECOVERY_LOG_JSON": str(settings.log_json).lower(),
            "RECOVERY_TEMPORAL_UI_URL": temporal_ui_url,
            "TEMPORAL_ADDRESS": temporal_address,
            "TEMPORAL_NAMESPACE": settings.temporal_namespace,
            "PYTHONUNBUFFERED": "1",
        }
    )
