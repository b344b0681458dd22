"""The API's own routes on a port, answering as told and remembering what was asked, and the command line before it."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from service.case_view import CaseView
from starter.cli import app
from starter.cli.sign_in_file import KeptSignIn, keep
from tests.cli import api_models
from tests.cli.stand_in import Asked, StandIn

TOKEN = "rec_kept-token-of-the-test"


async def _authenticate(_doors: object, _token: str) -> object:
    return None


async def _require_active(_doors: object, _session: object) -> None:
    return None


def _handler(api: StandIn) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer("GET")

        def do_POST(self) -> None:
            self._answer("POST")

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
            """Say nothing."""

        def _answer(self, method: str) -> None:
            raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = dict(self.headers)
            api.requests.append(Asked(method, self.path, headers, json.loads(raw) if raw else None))
            if api.drop > 0:
                api.drop -= 1
                self.close_connection = True
                return
            status, content = api.respond(method, self.path, headers, raw)
            self.send_response(status)
            if status != HTTPStatus.NO_CONTENT:
                self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

    return Handler


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Iterator[StandIn]:
    """The API's own routes, listening; who asks is not looked up, what they may is told."""
    monkeypatch.setattr("starter.api.entry.authenticate", _authenticate)
    monkeypatch.setattr("starter.api.entry.require_active", _require_active)
    there = StandIn()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(there))
    there.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield there
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=10)


@dataclass
class Person:
    """A user at the command line: `recovery(...)` runs one command, with lines of standard input."""

    token_file: Path

    def __call__(self, *arguments: str, lines: str | bytes = "") -> Result:
        """Run one command."""
        return CliRunner().invoke(app, list(arguments), input=lines)


@pytest.fixture
def stranger(api: StandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Person:
    """A user who has not signed in; nothing of this machine's environment reaches them."""
    token_file = tmp_path / "state" / "session.json"
    monkeypatch.setenv("RECOVERY_API_URL", api.url)
    monkeypatch.setenv("RECOVERY_TOKEN_FILE", str(token_file))
    monkeypatch.setenv("RECOVERY_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.setattr("starter.cli.api_client._PAUSES_SECONDS", (0.0, 0.0))
    return Person(token_file)


@pytest.fixture
def recovery(stranger: Person, api: StandIn) -> Person:
    """A user who is signed in."""
    keep(stranger.token_file, KeptSignIn(api_url=api.url, token=TOKEN))
    return stranger


@pytest.fixture
def case() -> CaseView:
    """A case as the API shows it."""
    return api_models.case()
