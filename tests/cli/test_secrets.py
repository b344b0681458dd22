"""No secret is an option, an argument, a line of output or readable by others (R03, R44)."""

from __future__ import annotations

import json
import os
import pty
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from typer.main import get_command

from starter.cli import app
from tests.cli.api_models import SIGN_IN, document, signed_in
from tests.cli.conftest import TOKEN, Person
from tests.cli.stand_in import Foreign, StandIn

SECRET_WORDS = ("password", "passphrase", "secret", "token", "code", "otp", "pin", "seed", "credential", "private")
# Named after a secret, and carrying none: what was asked about the password, and whether codes were used.
HARMLESS = {"--password-compromised", "--reset-password-because"}
SIGNED_IN = signed_in(TOKEN)


def _commands(command: object, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], object]]:
    yield path, command
    for name, one in getattr(command, "commands", {}).items():
        yield from _commands(one, (*path, name))


def _taking_secrets(command: object) -> list[str]:
    """Options that take a value, and arguments, whose names speak of a secret."""
    found = []
    for path, one in _commands(command):
        for parameter in getattr(one, "params", []):
            names = {*parameter.opts, *parameter.secondary_opts}
            takes_value = not getattr(parameter, "is_flag", False)
            if takes_value and not names & HARMLESS and any(word in " ".join(names).lower() for word in SECRET_WORDS):
                found.append(f"{' '.join(path)} {sorted(names)}")
    return found


def test_no_command_takes_a_secret_as_an_option_or_an_argument() -> None:
    """In the whole tree of commands nothing that would show in the process list is a secret (R03)."""
    root = get_command(app)
    assert len(list(_commands(root))) > 25
    assert _taking_secrets(root) == []


def test_an_option_for_a_secret_would_be_noticed() -> None:
    """The walk finds what it looks for, in groups too (R03)."""
    bad, group = typer.Typer(), typer.Typer()

    @group.command("one")
    def one(code: str = "", token: str = typer.Option("")) -> None:
        """Take secrets."""

    @group.command("two")
    def two(password: str) -> None:
        """Take a secret."""

    bad.add_typer(group, name="group")
    assert len(_taking_secrets(get_command(bad))) == 3


def test_no_help_text_shows_a_default_from_the_environment(recovery: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    """Help prints no value of a setting (R03)."""
    monkeypatch.setenv("RECOVERY_DATABASE_URL", "postgresql://owner:hunter2@db/x")
    for path, _ in _commands(get_command(app)):
        result = recovery(*path, "--help")
        assert result.exit_code == 0
        assert "hunter2" not in result.output


def test_signing_in_reads_the_secrets_from_standard_input_in_order(stranger: Person, api: StandIn) -> None:
    """Login, password and code are lines of standard input; a code is text and keeps its zeros and spaces (B28)."""
    api.tell("POST", "/sign-in", SIGN_IN)
    api.tell("POST", "/sign-in/finish", SIGNED_IN)
    result = stranger("login", lines="kim.reyes\nopen sesame \n 012 345 \n")
    assert result.exit_code == 0
    assert api.requests[0].body == {"tenant": "acme", "login": "kim.reyes", "password": "open sesame "}
    assert api.requests[1].body == {
        "tenant": "acme",
        "transaction": "t-1",
        "response": {"kind": "totp", "code": " 012 345 "},
    }
    assert TOKEN not in result.output
    assert "open sesame" not in result.output


@pytest.mark.parametrize("as_json", [[], ["--json"]])
def test_the_token_is_kept_for_the_owner_alone_and_never_printed(
    stranger: Person, api: StandIn, as_json: list[str]
) -> None:
    """The sign-in lies in a file of mode 0600 in a folder of mode 0700, and in no output (R44)."""
    api.tell("POST", "/sign-in", SIGN_IN)
    api.tell("POST", "/sign-in/finish", SIGNED_IN)
    old = os.umask(0)
    try:
        result = stranger("login", "kim.reyes", *as_json, lines="p\n123456\n")
    finally:
        os.umask(old)
    assert result.exit_code == 0
    assert TOKEN not in result.output
    assert stat.S_IMODE(stranger.token_file.stat().st_mode) == 0o600
    assert stat.S_IMODE(stranger.token_file.parent.stat().st_mode) == 0o700
    assert [one.name for one in stranger.token_file.parent.iterdir()] == ["session.json"]
    if as_json:
        assert json.loads(result.stdout) == {
            name: value for name, value in document(SIGNED_IN).items() if name != "token"
        }


def test_a_sign_in_that_others_can_read_is_not_used(recovery: Person, api: StandIn) -> None:
    """A token file that lost its mode is refused rather than believed."""
    recovery.token_file.chmod(0o644)
    result = recovery("whoami")
    assert (result.exit_code, result.stderr.split(":")[0], api.requests) == (4, "sign_in_exposed", [])


def test_a_linked_sign_in_is_not_followed(recovery: Person, api: StandIn, tmp_path: Path) -> None:
    """A symbolic link in the place of the token file is not opened."""
    recovery.token_file.rename(tmp_path / "elsewhere.json")
    recovery.token_file.symlink_to(tmp_path / "elsewhere.json")
    assert recovery("whoami").exit_code == 4
    assert api.requests == []


def test_the_token_goes_to_no_other_address(recovery: Person, api: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    """A changed RECOVERY_API_URL gets no token of another address."""
    monkeypatch.setenv("RECOVERY_API_URL", api.url.replace("127.0.0.1", "localhost"))
    result = recovery("whoami")
    assert (result.exit_code, result.stderr.split(":")[0], api.requests) == (4, "signed_in_elsewhere", [])


def test_a_password_is_not_sent_in_clear_to_another_machine(stranger: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    """http:// is for this machine only."""
    monkeypatch.setenv("RECOVERY_API_URL", "http://recovery.example:8080")
    result = stranger("login", "kim.reyes", lines="p\n123456\n")
    assert (result.exit_code, result.stderr.split(":")[0]) == (2, "api_url_insecure")


def test_an_answer_is_not_redirected(recovery: Person, api: StandIn) -> None:
    """A redirect is not followed: the token and the decision stay with the address that was asked."""
    api.tell("GET", "/me", Foreign(307, b"{}"))
    result = recovery("whoami")
    assert (result.exit_code, result.stderr.split(":")[0]) == (3, "answer_unreadable")


def test_typed_secrets_are_not_echoed(stranger: Person, api: StandIn) -> None:
    """On a terminal password and code are asked for without echo (R03)."""
    api.tell("POST", "/sign-in", SIGN_IN)
    api.tell("POST", "/sign-in/finish", SIGNED_IN)
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "starter", "login", "kim.reyes"],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
        cwd=Path(__file__).parents[2],
        preexec_fn=_take_terminal,  # noqa: PLW1509 - no other thread starts anything meanwhile
    ) as process:
        os.close(theirs)
        screen = b""
        for question, secret in ((b"Password:", b"open sesame"), (b"app:", b"123456")):
            while question not in screen:
                screen += os.read(ours, 4096)
            os.write(ours, secret + b"\n")
        while True:
            try:
                piece = os.read(ours, 4096)
            except OSError:
                break
            if not piece:
                break
            screen += piece
        assert process.wait(timeout=30) == 0
    os.close(ours)
    assert b"Signed in as kim.reyes" in screen
    assert b"sesame" not in screen
    assert b"123456" not in screen
    assert api.requests[0].body["password"] == "open sesame"


def _take_terminal() -> None:
    import fcntl  # noqa: PLC0415 - in the child only
    import termios  # noqa: PLC0415 - in the child only

    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def test_an_unexpected_error_says_no_text(recovery: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    """A mistake of ours shows its class and place, never its text or the values around it (R44)."""

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("hunter2")

    monkeypatch.setattr("starter.cli.api_client.Api.get", broken)
    result = recovery("whoami")
    assert result.exit_code == 1
    assert result.stderr.startswith("unexpected_error: RuntimeError at test_secrets.py:")
    assert "hunter2" not in result.output


@pytest.mark.parametrize("lines", [b"\xff\xfe\n123456\n", b"\n"])
def test_bytes_that_are_no_text_are_refused(stranger: Person, api: StandIn, lines: bytes) -> None:
    """A password that is no UTF-8, or missing lines, end with a usage error and nothing half-sent (B26)."""
    api.tell("POST", "/sign-in", SIGN_IN)
    result = stranger("login", "kim.reyes", lines=lines)
    assert result.exit_code == 2
    assert result.stderr.split(":")[0] in {"input_unreadable", "input_missing"}
