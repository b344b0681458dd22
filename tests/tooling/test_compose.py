"""The grown-up set-up, checked without a container engine: references, commands, settings, secrets, hardening."""

from __future__ import annotations

import importlib
import json
import re
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from tests.tooling.settings_page import variables

ROOT = Path(__file__).resolve().parents[2]
VENDORED = Path(__file__).resolve().parent / "vendor"
OURS = {"migrate", "worker", "api"}
# Writes its own configuration when it starts.
NOT_READ_ONLY = {"temporal-ui"}
# temporal.md I1: the worker's graceful shutdown takes up to 30 seconds.
GRACE_SECONDS = 45
_PINNED = re.compile(r"^[a-z0-9./-]+:\d+\.\d+[\w.-]*$")

Service = dict[str, Any]


@cache
def _file() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
    return loaded


def _services() -> dict[str, Service]:
    services: dict[str, Service] = _file()["services"]
    return services


def _environment(service: Service) -> dict[str, str]:
    return {str(name): str(value) for name, value in service.get("environment", {}).items()}


def _secrets(service: Service) -> dict[str, str]:
    """The service's secrets, file name in the container to name in this file."""
    return {
        (secret if isinstance(secret, str) else secret["target"]): (
            secret if isinstance(secret, str) else secret["source"]
        )
        for secret in service.get("secrets", [])
    }


def _is_there(path: str) -> bool:
    return (ROOT / path).exists()


def test_the_file_is_a_compose_file() -> None:
    """The file satisfies the JSON schema of the Compose Specification."""
    schema = json.loads((VENDORED / "compose-spec.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    assert [error.message for error in jsonschema.Draft202012Validator(schema).iter_errors(_file())] == []


def test_the_schema_would_notice_a_mistake() -> None:
    """The schema is strict: a misspelt key is refused."""
    schema = json.loads((VENDORED / "compose-spec.json").read_text(encoding="utf-8"))
    broken = {**_file(), "services": {"api": {"image": "a", "comand": ["serve"]}}}
    assert not jsonschema.Draft202012Validator(schema).is_valid(broken)


def test_every_reference_has_a_target() -> None:
    """Services, networks, volumes and secrets that are named exist, and those that exist are used."""
    used: dict[str, set[str]] = {"networks": set(), "volumes": set(), "secrets": set()}
    for service in _services().values():
        assert set(service.get("depends_on", {})) <= set(_services())
        used["networks"] |= set(service.get("networks", []))
        used["volumes"] |= {volume.split(":")[0] for volume in service.get("volumes", [])}
        used["secrets"] |= set(_secrets(service).values())
    assert used == {kind: set(_file()[kind]) for kind in used}


def test_a_dependency_is_waited_for_in_the_right_way() -> None:
    """One-shots are waited for until they succeed, services until they are healthy."""
    for service in _services().values():
        for name, how in service.get("depends_on", {}).items():
            target = _services()[name]
            if target["restart"] == "no":
                assert how["condition"] == "service_completed_successfully"
            else:
                assert how["condition"] == "service_healthy"
                assert "healthcheck" in target


def test_every_image_is_pinned_by_a_full_version() -> None:
    """No image is `latest`, and the deprecated auto-setup image is not used (temporal.md I5)."""
    for service in _services().values():
        assert _PINNED.match(service["image"])
        assert "auto-setup" not in service["image"]


def test_the_databases_are_apart() -> None:
    """Temporal and our store have a server, an owner and a network each (temporal.md I6)."""
    temporal, store = _services()["temporal-db"], _services()["store-db"]
    assert _environment(temporal)["POSTGRES_USER"] != _environment(store)["POSTGRES_USER"]
    assert set(temporal["volumes"]).isdisjoint(store["volumes"])
    assert set(temporal["networks"]).isdisjoint(store["networks"])
    assert {name for name in OURS if "temporal-storage" in _services()[name]["networks"]} == set()


def test_what_runs_has_the_least_it_needs() -> None:
    """Containers cannot write outside their volumes, gain rights, or hold capabilities they do not use."""
    for name, service in _services().items():
        assert "no-new-privileges:true" in service["security_opt"]
        assert not service.get("privileged")
        assert service.get("read_only") is (None if name in NOT_READ_ONLY else True)
        if not service["image"].startswith("postgres:"):
            assert service["cap_drop"] == ["ALL"]


def test_only_loopback_is_published() -> None:
    """Nothing listens beyond the machine: every published port names 127.0.0.1."""
    ports = [port for service in _services().values() for port in service.get("ports", [])]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_no_secret_stands_in_the_file() -> None:
    """Passwords are files below ./secrets, none has a value or a default here."""
    assert all(Path(secret["file"]).parts[0] == "secrets" for secret in _file()["secrets"].values())
    for service in _services().values():
        for name, value in _environment(service).items():
            assert not re.search(r"PASSWORD|PWD|SECRET|TOKEN", name) or value.startswith("/run/secrets")
            assert not re.search(r"://[^/]*:[^/]*@", value)
    assert not any(re.search(r"PASSWORD|PWD|SECRET|TOKEN", name) for name in _asked_for())


def _asked_for() -> dict[str, str]:
    """The variables an operator starts the file with, each with what follows its name: `:?…` where it must be given."""
    text = re.sub(r"\$\$\{", "", (ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
    return dict(re.findall(r"\$\{(\w+)([^}]*)\}", text))


def test_notices_leave_by_mail() -> None:
    """R23: what runs the relay mails notices, and nothing starts without a mail server and a way to the stop page."""
    must = {name for name, rest in _asked_for().items() if rest.startswith(":?")}
    assert must == {"RECOVERY_SMTP_HOST", "RECOVERY_SMTP_FROM", "RECOVERY_PUBLIC_URL"}
    api = _environment(_services()["api"])
    assert api["RECOVERY_NOTICE_CHANNELS"] == "smtp"
    assert must | {"RECOVERY_SMTP_PASSWORD_FILE"} <= set(api)
    header = (ROOT / "docker-compose.yml").read_text(encoding="utf-8").split("\nname:")[0]
    assert all(f"{name}=" in header for name in must)


@pytest.mark.parametrize("password", ["", "correct horse\n"])
def test_the_mail_settings_make_a_channel(password: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """R23, R44: with what must be given, and the password in a file, the relay's own wiring mails notices."""
    from compose.notices import notice_channels  # noqa: PLC0415 - only this test needs the product
    from connectors.smtp import SmtpChannel  # noqa: PLC0415 - likewise
    from settings import Settings  # noqa: PLC0415 - likewise

    given = {
        "RECOVERY_SMTP_HOST": "mail.acme.example",
        "RECOVERY_SMTP_FROM": "recovery@acme.example",
        "RECOVERY_PUBLIC_URL": "https://stop.acme.example",
    }
    (tmp_path / "smtp_password").write_text(password)
    for name, value in _environment(_services()["api"]).items():
        default = _asked_for().get(name, "")
        monkeypatch.setenv(name, given.get(name, default.removeprefix(":-") if default else value))
    monkeypatch.setenv("RECOVERY_SMTP_PASSWORD_FILE", str(tmp_path / "smtp_password"))
    settings = Settings()
    (channel,) = notice_channels(settings, book=None)  # type: ignore[arg-type] # mail needs no book
    assert isinstance(channel, SmtpChannel)
    server = channel._server
    assert (server.host, server.port, server.user) == ("mail.acme.example", 587, None)
    assert (server.password, settings.stop_page_url) == (password.strip() or None, "https://stop.acme.example")


def test_a_password_file_that_cannot_be_read_stops_the_start(tmp_path: Path) -> None:
    """R23: a missing password is told at start, not by the first mail that does not leave."""
    from compose.notices import notice_channels  # noqa: PLC0415 - only this test needs the product
    from settings import Settings  # noqa: PLC0415 - likewise

    there = Settings(notice_channels="smtp", smtp_from="a@b.example", smtp_password_file=tmp_path / "none")
    with pytest.raises(SystemExit, match="smtp_password_file_unreadable"):
        notice_channels(there, book=None)  # type: ignore[arg-type] # mail needs no book


def test_the_owner_of_the_tables_only_migrates() -> None:
    """Worker and API never see the login that may alter tables or rewrite the audit chain."""
    holders = {
        name
        for name, service in _services().items()
        if {"recovery_owner.password", "recovery_owner.pgpass"} & set(_secrets(service).values())
    }
    assert holders == {"store-db", "migrate"}


def test_the_worker_has_time_to_finish() -> None:
    """SIGKILL comes well after the worker's own graceful shutdown (temporal.md I1)."""
    for name in ("worker", "api", "temporal"):
        assert _services()[name]["stop_grace_period"] == f"{GRACE_SECONDS}s"


def test_shell_snippets_parse() -> None:
    """What the one-shots hand to a shell is a valid script that stops at the first error."""
    shell = shutil.which("sh")
    assert shell
    snippets = 0
    for service in _services().values():
        if service.get("entrypoint", [None])[0] == "/bin/sh":
            assert service["entrypoint"] == ["/bin/sh", "-euc"]
            (script,) = service["command"]
            subprocess.run([shell, "-n"], input=script.replace("$$", "$").encode(), check=True, timeout=10)
            snippets += 1
    assert snippets


def test_the_header_makes_every_secret(tmp_path: Path) -> None:
    """The commands in the header make every file that is mounted, for their owner alone, each password only once."""
    header = (ROOT / "docker-compose.yml").read_text(encoding="utf-8").split("\nname:")[0]
    commands = re.search(r"^#   (\(umask.*?pgpass\)\n)", header, re.MULTILINE | re.DOTALL)
    assert commands
    subprocess.run(
        ["/bin/sh", "-euc", re.sub(r"^#   ?", "", commands.group(1), flags=re.MULTILINE)],
        cwd=tmp_path,
        check=True,
        timeout=10,
    )
    made = {path.name: path.read_text(encoding="utf-8") for path in (tmp_path / "secrets").iterdir()}
    assert {Path(secret["file"]).name for secret in _file()["secrets"].values()} <= {*made, "keyring.json"}
    assert "recovery keys make secrets/keyring.json" in header
    assert {path.stat().st_mode & 0o077 for path in (tmp_path / "secrets").iterdir()} == {0}
    passwords = [text for name, text in made.items() if name.endswith(".password")]
    assert all(re.fullmatch(r"[0-9a-f]{64}", password) for password in passwords)
    assert len(set(passwords)) == len(passwords)
    assert made["application.pgpass"].splitlines() == [
        f"store-db:5432:recovery:{role}:{made[role + '.password']}" for role in ("recovery_app", "directory_app")
    ]


@pytest.mark.skipif(not _is_there("starter/cli.py") and not _is_there("starter/cli"), reason="no command line yet")
@pytest.mark.parametrize("service", sorted(OURS))
def test_every_command_is_one_of_ours(service: str) -> None:
    """What the containers run is a real subcommand of `recovery`."""
    from typer.testing import CliRunner  # noqa: PLC0415 - only this test needs the command line

    result = CliRunner().invoke(
        importlib.import_module("starter.cli").app, [*_services()[service]["command"], "--help"], catch_exceptions=False
    )
    assert result.exit_code == 0


def test_every_variable_is_a_setting() -> None:
    """A variable of ours in the file is read by settings.py; a misspelt one would be silently ignored."""
    ours = {name for service in OURS for name in _environment(_services()[service])}
    assert ours - set(variables()) == {"PGPASSFILE"}


def test_the_namespace_gets_our_search_attributes() -> None:
    """The one-shot registers exactly the search attributes that workflows set."""
    from temporalio.common import SearchAttributeKey  # noqa: PLC0415 - only this test needs them

    attributes = {
        value.name: value.indexed_value_type.name.title().replace("_", "")
        for value in vars(importlib.import_module("workflows.attributes")).values()
        if isinstance(value, SearchAttributeKey)
    }
    (script,) = _services()["temporal-namespace"]["command"]
    assert dict(re.findall(r"--name (\w+) --type (\w+)", script)) == attributes
