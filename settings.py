"""The only reader of the environment: every setting of every process, with its default and its meaning."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

if TYPE_CHECKING:
    from collections.abc import Mapping


class Settings(BaseSettings):
    """Settings come from `RECOVERY_…` variables, and from Temporal's own `TEMPORAL_…` ones.

    Addresses given here always win over the embedded servers.
    """

    model_config = SettingsConfigDict(env_prefix="RECOVERY_", extra="ignore", hide_input_in_errors=True)

    data: Path = Field(
        default=Path(".data"), description="Folder of the embedded servers, the keyring and the heads file"
    )
    database_url: SecretStr | None = Field(
        default=None, description="The owner's address: migrations and set-up; without it PostgreSQL is embedded"
    )
    store_database_url: SecretStr | None = Field(
        default=None, description="The application's own login (role recovery_app)"
    )
    directory_database_url: SecretStr | None = Field(
        default=None, description="The directory's own login (role directory_app)"
    )
    secrets: Path | None = Field(
        default=None, description="Folder with the role passwords and the keyring; the data folder if not given"
    )
    keyring: Path | None = Field(
        default=None, description="The keyring file; keyring.json in the secrets folder if not given"
    )
    heads: Path | None = Field(
        default=None, description="The file of signed chain heads; audit-heads.jsonl in the data folder if not given"
    )
    tenant: str = Field(default="acme", description="The tenant that the command line speaks for")
    api_url: str = Field(default="http://127.0.0.1:8080", description="Where the command line finds the HTTP API")
    api_host: str = Field(default="127.0.0.1", description="Where the HTTP API listens")
    api_port: int = Field(default=8080, ge=0, le=65535, description="Port of the HTTP API; 0 takes a free one")
    directory_host: str = Field(default="127.0.0.1", description="Where the directory's own web origin listens")
    directory_port: int = Field(default=8081, ge=0, le=65535, description="Port of the directory; 0 takes a free one")
    directory_origin: str = Field(
        default="http://localhost:8081",
        description="The directory's origin as browsers see it; passkeys are bound to its host",
    )
    log_level: str = Field(
        default="INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$", description="Least level that is logged"
    )
    log_json: bool = Field(default=False, description="One JSON object a line instead of text")
    temporal_address: str | None = Field(
        default=None,
        validation_alias="TEMPORAL_ADDRESS",
        description="Temporal's frontend; without it Temporal is embedded",
    )
    temporal_namespace: str = Field(
        default="recovery", validation_alias="TEMPORAL_NAMESPACE", description="Temporal's namespace"
    )
    temporal_ui_url: str | None = Field(default=None, description="Where ops open the Temporal UI")
    token_file: Path | None = Field(
        default=None,
        description="Where the command line keeps its sign-in; session.json in the user's state folder if not given",
    )
    state_home: Path | None = Field(
        default=None,
        validation_alias="XDG_STATE_HOME",
        description="The user's state folder; ~/.local/state if not given",
    )

    @property
    def secrets_folder(self) -> Path:
        """Where secrets are files."""
        return self.secrets or self.data

    @property
    def keyring_file(self) -> Path:
        """The keyring."""
        return self.keyring or self.secrets_folder / "keyring.json"

    @property
    def heads_file(self) -> Path:
        """The signed chain heads, outside the database."""
        return self.heads or self.data / "audit-heads.jsonl"

    @property
    def session_file(self) -> Path:
        """The command line's sign-in."""
        # The XDG base directory specification: a relative path is to be ignored.
        given = self.state_home if self.state_home and self.state_home.is_absolute() else None
        return self.token_file or (given or Path.home() / ".local" / "state") / "mfa-recovery" / "session.json"


def child_environment(changes: Mapping[str, str | None]) -> dict[str, str]:
    """The environment for a process of ours: this one's with `changes`, where None takes a variable away."""
    kept = {name: value for name, value in os.environ.items() if name not in changes}
    return kept | {name: value for name, value in changes.items() if value is not None}
