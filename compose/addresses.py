"""Where a process finds its logins, Temporal and its keys: as given in the settings, or made on first use."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from directory import database as directory_database
from postgres.roles import url_for_role
from store.setup import APPLICATION_ROLE
from transport.keys import Keyring, load_keyring

if TYPE_CHECKING:
    from pathlib import Path

    from settings import Settings


@dataclass(frozen=True)
class Addresses:
    """Where the three logins of the database and Temporal are; never logged."""

    store: str
    directory: str
    temporal: str
    namespace: str

    def __repr__(self) -> str:
        return f"Addresses(temporal={self.temporal})"


def addresses_of(settings: Settings, *, owner_url: str | None = None, temporal_address: str | None = None) -> Addresses:
    """The logins of this process: as given, or derived from the owner's address and the role passwords."""
    owner = owner_url or (settings.database_url.get_secret_value() if settings.database_url else None)

    def login(given: str | None, role: str) -> str:
        if given:
            return given
        if owner is None:
            raise SystemExit("database_address_missing: set RECOVERY_DATABASE_URL, or run “recovery up”")
        return url_for_role(owner, role, role_password(settings.secrets_folder, role))

    store = settings.store_database_url.get_secret_value() if settings.store_database_url else None
    directory = settings.directory_database_url.get_secret_value() if settings.directory_database_url else None
    return Addresses(
        store=login(store, APPLICATION_ROLE),
        directory=login(directory, directory_database.APP_ROLE),
        temporal=temporal_address or settings.temporal_address or "127.0.0.1:7233",
        namespace=settings.temporal_namespace,
    )


def role_password(secrets_folder: Path, role: str) -> str:
    """The password of a login role: a file of mode 0600 in the secrets folder, made on first use."""
    path = secrets_folder / f"{role}.password"
    if not path.exists():
        # Whole or not at all: a crash in between must not leave an empty password.
        half = path.with_suffix(".new")
        half.unlink(missing_ok=True)
        half.touch(mode=0o600, exist_ok=False)
        half.write_text(secrets.token_urlsafe(32), encoding="utf-8")
        half.rename(path)
    return path.read_text(encoding="utf-8").strip()


def keyring_of(settings: Settings) -> Keyring:
    """The keyring that settings name."""
    return load_keyring(settings.keyring_file)
