"""A small HTTP API that answers as told and remembers what it was asked, and the command line in front of it."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from starter.cli import app
from starter.cli.sign_in_file import KeptSignIn, keep

TOKEN = "rec_kept-token-of-the-test"


@dataclass
class Request:
    """One request as it arrived."""

    method: str
    path: str
    headers: dict[str, str]
    body: Any


@dataclass
class FakeApi:
    """Answers by method and path; the last answer told for a place is repeated."""

    url: str = ""
    answers: dict[tuple[str, str], list[tuple[int, Any]]] = field(default_factory=dict)
    requests: list[Request] = field(default_factory=list)
    drop: int = 0
    """So many requests are read and then hung up on."""

    def tell(self, method: str, path: str, *bodies: Any, status: int = 200) -> None:
        """Answer so at /api/v1<path>."""
        self.answers.setdefault((method, f"/api/v1{path}"), []).extend((status, body) for body in bodies)

    def asked(self, method: str, path: str) -> list[Request]:
        """The requests to a place."""
        return [one for one in self.requests if (one.method, one.path.partition("?")[0]) == (method, f"/api/v1{path}")]


def _handler(fake: FakeApi) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer("GET")

        def do_POST(self) -> None:
            self._answer("POST")

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
            """Say nothing."""

        def _answer(self, method: str) -> None:
            raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            fake.requests.append(Request(method, self.path, dict(self.headers), json.loads(raw) if raw else None))
            if fake.drop > 0:
                fake.drop -= 1
                self.close_connection = True
                return
            told = fake.answers.get(
                (method, self.path.partition("?")[0]), [(404, {"code": "case_not_found", "title": "No."})]
            )
            status, body = told.pop(0) if len(told) > 1 else told[0]
            content = body if isinstance(body, bytes) else json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

    return Handler


@pytest.fixture
def api() -> Iterator[FakeApi]:
    """The fake API, listening."""
    fake = FakeApi()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(fake))
    fake.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield fake
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=10)


@dataclass
class Person:
    """Somebody at the command line: `recovery(...)` runs one command, with lines of standard input."""

    token_file: Path

    def __call__(self, *arguments: str, lines: str | bytes = "") -> Result:
        """Run one command."""
        return CliRunner().invoke(app, list(arguments), input=lines)


@pytest.fixture
def stranger(api: FakeApi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Person:
    """Somebody who has not signed in; nothing of this machine's environment reaches them."""
    token_file = tmp_path / "state" / "session.json"
    monkeypatch.setenv("RECOVERY_API_URL", api.url)
    monkeypatch.setenv("RECOVERY_TOKEN_FILE", str(token_file))
    monkeypatch.setenv("RECOVERY_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.setattr("starter.cli.api_client._PAUSES_SECONDS", (0.0, 0.0))
    return Person(token_file)


@pytest.fixture
def recovery(stranger: Person, api: FakeApi) -> Person:
    """Somebody who is signed in."""
    keep(stranger.token_file, KeptSignIn(api_url=api.url, token=TOKEN))
    return stranger


@pytest.fixture
def case() -> dict[str, Any]:
    """A case as the API shows it."""
    return {
        "id": "9f3c1d2e-0000-4000-8000-000000000001",
        "reference": "R-1A2B-3C4D",
        "tenant": "acme",
        "phase": "verification",
        "code": "verification_missing",
        "next_step": "Verify the caller and record your verdict.",
        "waiting_for": "approver",
        "outcome": None,
        "tier": "standard",
        "reason": "lost_phone",
        "password_compromised": "no",
        "opened_at": "2026-11-25T09:00:00+00:00",
        "expires_at": "2026-12-02T09:00:00+00:00",
        "claimed_at": None,
        "enrol_by": None,
        "closed_at": None,
        "version": 3,
        "subject": {
            "id": "a-1",
            "login": "kim.reyes",
            "display_name": "Kim Reyes",
            "status": "active",
            "backup_codes_left": 0,
            "factors": [],
            "contacts": [{"id": "c-1", "kind": "desk_phone", "masked": "+44 ••• 01", "bound_since": "2025-01-01"}],
        },
        "agent_id": "a-2",
        "acting_admin_id": "a-2",
        "plan": {
            "digest": "d1",
            "version": 1,
            "operations": [
                {"kind": "wipe_factors", "target": "f-1", "factor_kind": "totp", "justification": "lost", "state": None}
            ],
        },
        "verification": {"needs": "one strong method", "verdicts": []},
        "presence": {"confirmed": False},
        "stated": {"ticket": None, "statement": "lost on the ferry"},
    }
