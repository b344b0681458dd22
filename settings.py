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
        description="The directory's origin as browsers see it; passkeys are registered there and nowhere else",
    )
    console_origin: str | None = Field(
        default=None,
        pattern=r"^https?://[^/?#\s]+$",
        description="The console's origin as browsers see it, where staff use their passkeys; `http://localhost` with "
        "the HTTP API's port if not given",
    )
    passkey_domain: str | None = Field(
        default=None,
        pattern=r"^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$",
        description="The domain that passkeys belong to: the host of both origins or a parent domain of them; the "
        "directory's host if not given, and changing it makes every passkey useless",
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

    notice_channels: str = Field(
        default="outbox",
        pattern=r"^(smtp|webhook|outbox)(,(smtp|webhook|outbox))*$",
        description="How notices leave, the first that serves a contact point takes it: `smtp`, `webhook`, or `outbox` "
        "(kept and shown on this machine)",
    )
    public_url: str | None = Field(
        default=None,
        pattern=r"^https?://[^/?#\s]+$",
        description="Where the stop page of notices is reached from outside; the HTTP API's own address if not given",
    )
    help_line: str = Field(
        default="your help desk, at a number that you already know",
        max_length=100,
        description="Whom notices ask to call, with a number",
    )
    notice_language: str = Field(
        default="en", pattern="^(en|de)$", description="The language of notices and announcements: `en` or `de`"
    )
    smtp_host: str = Field(default="127.0.0.1", description="The mail server that takes notices")
    smtp_port: int = Field(default=587, ge=1, le=65535, description="Its port")
    smtp_security: str = Field(
        default="starttls",
        pattern="^(starttls|tls|none)$",
        description="How the connection to it is protected; `none` takes no password but on this machine",
    )
    smtp_user: str | None = Field(default=None, description="The login at the mail server, if it wants one")
    smtp_password: SecretStr | None = Field(default=None, description="Its password")
    smtp_password_file: Path | None = Field(
        default=None, description="A file with that password, instead of the variable; an empty one counts as none"
    )
    smtp_from: str | None = Field(default=None, description="The address that notices come from")
    webhook_url: str | None = Field(
        default=None,
        pattern=r"^(https://|http://(127\.0\.0\.1|localhost|\[::1\])[:/])\S*$",
        description="Where notices are posted; plain HTTP on this machine only",
    )
    webhook_secret: SecretStr | None = Field(
        default=None, min_length=16, description="The secret that signs them (HMAC-SHA256)"
    )

    identity_issuer: str | None = Field(
        default=None,
        pattern=r"^(https://[^\s?#]+|http://(127\.0\.0\.1|localhost|\[::1\])([:/][^\s?#]*)?)$",
        description="The OpenID Connect issuer that checks identity documents, exactly as it writes itself; without it "
        "the method is refused",
    )
    identity_client_id: str | None = Field(default=None, description="Who we are at that provider")
    identity_client_secret: SecretStr | None = Field(default=None, description="And our secret there")
    identity_redirect_origin: str | None = Field(
        default=None,
        pattern=r"^https?://[^/?#\s]+$",
        description="Where callers' browsers reach `/api/v1/identity-checks/callback`; the stop page's address if not "
        "given",
    )
    identity_liveness: str = Field(
        default="bvr,bvp",
        pattern=r"^[\w.:-]+(,[\w.:-]+)*$",
        description="The provider's `check_method` names that say the document's living owner was there",
    )
    identity_trust_framework: str | None = Field(
        default=None, description="The one trust framework that is accepted; any if not given"
    )
    identity_twin_port: int | None = Field(
        default=None,
        ge=1,
        le=65535,
        description="Development only: plays a provider on this port of this machine, where a click verifies anybody",
    )

    @property
    def stop_page_url(self) -> str:
        """Where stop links lead."""
        if self.public_url:
            return self.public_url
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.api_host, self.api_host)  # noqa: S104 - turned into loopback
        return f"http://[{host}]:{self.api_port}" if ":" in host else f"http://{host}:{self.api_port}"

    @property
    def console_url(self) -> str:
        """The console's origin."""
        return self.console_origin or f"http://localhost:{self.api_port}"

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


def terminal_language() -> str:
    """The language of the terminal by POSIX's own variables, such as `de` for `de_DE.UTF-8`; `en` if none is."""
    named = next((said for name in ("LC_ALL", "LC_MESSAGES", "LANG") if (said := os.environ.get(name))), "")
    return named.partition(".")[0].partition("_")[0].lower() or "en"


def child_environment(changes: Mapping[str, str | None]) -> dict[str, str]:
    """The environment for a process of ours: this one's with `changes`, where None takes a variable away."""
    kept = {name: value for name, value in os.environ.items() if name not in changes}
    return kept | {name: value for name, value in changes.items() if value is not None}
