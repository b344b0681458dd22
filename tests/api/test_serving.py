"""The process behind the doors: it starts, says why it cannot, works without Temporal, and stops cleanly."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import httpx2
import pytest

from compose.set_up import found, migrate
from settings import Settings
from tests.api.world import ORIGIN, opening
from tests.support import waiting
from tests.support.people import sample_document, sample_people
from tests.support.servers import ROLE_PASSWORD
from transport.keys import make_keyring

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

# Until a process has come up, on a machine that is busy with others.
PATIENCE = 60.0
pytestmark = pytest.mark.timeout(180)


def free_port() -> int:
    """A port that nobody has just now."""
    with socket.create_server(("127.0.0.1", 0)) as one:
        return int(one.getsockname()[1])


@dataclass
class Process:
    """`recovery serve` with settings of its own."""

    folder: Path
    database_url: str
    environment: dict[str, str] = field(default_factory=dict)
    process: asyncio.subprocess.Process | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.environment['RECOVERY_API_PORT']}"

    def prepare(self) -> None:
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("RECOVERY_", "TEMPORAL_"))},
            "RECOVERY_DATA": str(self.folder),
            "RECOVERY_DATABASE_URL": self.database_url,
            "RECOVERY_API_PORT": str(free_port()),
            "RECOVERY_DIRECTORY_PORT": str(free_port()),
            "RECOVERY_DIRECTORY_ORIGIN": ORIGIN,
            "RECOVERY_LOG_JSON": "true",
            "TEMPORAL_ADDRESS": "127.0.0.1:1",
        }

    async def start(self) -> None:
        self.process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "starter", "serve",
            env=self.environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip

    async def healthy(self) -> dict[str, Any]:
        async with asyncio.timeout(PATIENCE), httpx2.AsyncClient() as http:
            while True:
                assert self.process is not None
                assert self.process.returncode is None
                try:
                    return dict((await http.get(f"{self.url}/healthz")).json())
                except httpx2.TransportError:
                    await waiting.pause()

    @asynccontextmanager
    async def asked(self, target: str, authorization: str) -> AsyncIterator[asyncio.StreamReader]:
        """Send a request, and go on when it is sent; the reader gives the answer, whenever it comes."""
        port = int(self.environment["RECOVERY_API_PORT"])
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        head = f"GET {target} HTTP/1.1\r\nHost: here\r\nAuthorization: {authorization}\r\nConnection: close\r\n\r\n"
        writer.write(head.encode())
        await writer.drain()
        try:
            yield reader
        finally:
            writer.close()
            await writer.wait_closed()

    async def ended(self) -> tuple[int, str]:
        assert self.process is not None
        async with asyncio.timeout(PATIENCE):
            _, errors = await self.process.communicate()
        return self.process.returncode or 0, errors.decode()


@pytest.fixture
async def serving(database_url: str, tmp_path: Path) -> AsyncIterator[Process]:
    """A migrated database with the sample tenant, and a process that can be started on it."""
    for role in ("recovery_app", "directory_app"):
        (tmp_path / f"{role}.password").write_text(ROLE_PASSWORD)
    make_keyring(tmp_path / "keyring.json")
    await migrate(database_url, tmp_path)
    settings = Settings(data=tmp_path, directory_origin=ORIGIN)
    document = sample_document()
    # Passwords are hashed at full cost here.
    document["people"] = [one for one in document["people"] if one["key"] in {"ada", "kim", "mara"}]
    assert await found(settings, database_url, document) is True
    assert await found(settings, database_url, document) is False
    one = Process(tmp_path, database_url)
    one.prepare()
    yield one
    if one.process is not None and one.process.returncode is None:
        one.process.kill()
        await one.process.communicate()


@asynccontextmanager
async def signed_in(url: str, key: str) -> AsyncIterator[httpx2.AsyncClient]:
    """A member of the sample tenant, over a real connection."""
    person = sample_people()[key]
    async with httpx2.AsyncClient(base_url=f"{url}/api/v1", timeout=30) as http:
        http.headers["Idempotency-Key"] = str(uuid4())
        body: dict[str, Any] = {"tenant": "acme", "login": person.login, "password": person.password}
        challenge = (await http.post("/sign-in", json=body)).json()
        body = {
            "tenant": "acme",
            "transaction": challenge["transaction"],
            "response": {"kind": "totp", "code": person.totp_code()},
        }
        http.headers["Authorization"] = f"Bearer {(await http.post('/sign-in/finish', json=body)).json()['token']}"
        yield http


async def test_serves_without_temporal_and_stops_cleanly(serving: Process) -> None:
    """Acts are committed while Temporal is away; SIGTERM ends waiting requests and the process, with heads kept."""
    await serving.start()
    health = await serving.healthy()
    # Nobody approves in this tenant, which is warned of once the nightly reads have looked (R22).
    health.pop("warning", None)
    assert health == {"status": "ok", "database": "ok", "temporal": "unreachable"}
    async with signed_in(serving.url, "ada") as http:
        opened = await http.post("/cases", json=opening("kim.reyes"))
        assert opened.status_code == 201
        cancelled = await http.post(
            f"/cases/{opened.json()['id']}/cancel", json={"reason": "suspicious"}, headers={"Idempotency-Key": "c"}
        )
        assert cancelled.status_code == 202
        path = f"/api/v1/cases/{opened.json()['id']}?after_version=99&wait=25"
        async with asyncio.timeout(PATIENCE), serving.asked(path, http.headers["Authorization"]) as answer:
            # What was asked after it is answered: so it has come in, and waits.
            await serving.healthy()
            assert serving.process is not None
            serving.process.send_signal(signal.SIGTERM)
            assert (await answer.readline()).startswith(b"HTTP/1.1 200 ")
            await answer.read()
    code, log = await serving.ended()
    assert code == 0, log
    assert "Traceback" not in log
    assert len((serving.folder / "audit-heads.jsonl").read_text().splitlines()) >= 1


async def test_directory_has_its_own_origin(serving: Process) -> None:
    """The directory's pages are served on their own port, and the API's paths are not among them."""
    await serving.start()
    await serving.healthy()
    directory = f"http://127.0.0.1:{serving.environment['RECOVERY_DIRECTORY_PORT']}"
    async with httpx2.AsyncClient() as http:
        assert (await http.get(f"{directory}/api/v1/me")).status_code == 404
        assert (await http.get(f"{directory}/api/openapi.json")).status_code == 200
        assert (await http.get(f"{serving.url}/api/openapi.json")).status_code == 404


async def test_port_in_use(serving: Process) -> None:
    """A taken port is said in one line with its code."""
    with socket.create_server(("127.0.0.1", int(serving.environment["RECOVERY_API_PORT"]))):
        await serving.start()
        code, log = await serving.ended()
    assert code != 0
    assert log.strip().splitlines()[-1].startswith("port_in_use")
    assert "Traceback" not in log


async def test_database_unreachable_at_start(serving: Process) -> None:
    """Without its database the process ends with status 3 and one line, which holds no address."""
    serving.environment["RECOVERY_DATABASE_URL"] = "postgresql://postgres:canary@127.0.0.1:1/recovery"
    await serving.start()
    code, log = await serving.ended()
    assert code == 3
    assert log.strip().startswith("database_unreachable")
    assert len(log.strip().splitlines()) == 1
    assert "canary" not in log
