"""The product as `make up` runs it: a child process with its own data folder, free ports and the tests' people."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import sys
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode, urlsplit
from uuid import UUID, uuid4

from directory.database import APP_ROLE
from directory.rollout import Rollout
from postgres.pool import connect, open_pool
from postgres.roles import url_for_role
from starter.demo.cast import Person
from starter.embedded.child import launch_command
from starter.embedded.postgres import DATABASE
from starter.embedded.postgres_cluster import SUPERUSER
from starter.running.processes import CHECKOUT
from starter.running.record import running
from tests.browser.cast import document
from tests.support.servers import memory

START_SECONDS = 120
STOP_SECONDS = 90


@dataclass(frozen=True)
class Product:
    """Where it answers, as a browser must name it, and what a test may do to it behind its back."""

    api_url: str
    directory_url: str
    data: Path

    @property
    def web_url(self) -> str:
        """The origin of console and stop page: passkeys are bound to `localhost`."""
        return f"http://localhost:{urlsplit(self.api_url).port}"

    @property
    def origins(self) -> frozenset[str]:
        """Every origin that a page of ours may ask for anything."""
        return frozenset({self.api_url, self.web_url, self.directory_url})

    @property
    def database_url(self) -> str:
        """The superuser's."""
        password = (self.data / "postgres.password").read_text(encoding="utf-8").strip()
        where = urlencode({"host": str(self.data / "postgres" / "run"), "port": "5432"})
        return f"postgresql://{SUPERUSER}:{quote(password, safe='')}@/{DATABASE}?{where}"

    async def rows(self, statement: str, *values: Any) -> list[dict[str, Any]]:
        """What the database holds; for looking, not for changing."""
        connection = await connect(self.database_url, application="browser-tests")
        try:
            return [dict(row) for row in await connection.fetch(statement, *values)]
        finally:
            await connection.close()

    async def account_id(self, person: Person) -> UUID:
        """The id of a person's account."""
        [row] = await self.rows("SELECT id FROM directory.accounts WHERE login = $1", person.login)
        found: UUID = row["id"]
        return found

    async def require_mfa(self, person: Person) -> None:
        """What a campaign does to an account when its grace period is over (R40)."""
        password = (self.data / f"{APP_ROLE}.password").read_text(encoding="utf-8").strip()
        pool = await open_pool(url_for_role(self.database_url, APP_ROLE, password), application="browser-tests", size=1)
        try:
            assert await Rollout(pool).require_mfa(await self.account_id(person), uuid4()) == "required"
        finally:
            await pool.close()

    async def audited(self, case_id: str) -> Counter[str]:
        """How many audit events of each type there are about a case; without notices, which leave when they leave."""
        found = await self.rows(
            "SELECT type, count(*) AS events FROM recovery.audit_events "
            "WHERE case_id = $1 AND type <> 'recovery.notice_settled' GROUP BY type",
            UUID(case_id),
        )
        return Counter({row["type"]: row["events"] for row in found})

    @contextmanager
    def worker_stopped(self) -> Iterator[None]:
        """No worker runs within the block (B29). It is held, not ended: its end would end the whole product."""
        record = running(self.data)
        assert record
        worker = record.children["worker"].pid
        os.kill(worker, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(worker, signal.SIGCONT)


@asynccontextmanager
async def product() -> AsyncIterator[Product]:
    """A product of its own for as long as the block lasts; nothing of it is left afterwards."""
    # Short, for the database's socket lies in it. As root, PostgreSQL runs as another user and must be able to pass.
    folder = _folder()
    process = await _start(folder)
    try:
        announced = await _announced(process, folder)
        yield Product(announced["api_url"], announced["directory_url"], folder / "data")
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(STOP_SECONDS):
            await process.wait()
        shutil.rmtree(folder, ignore_errors=True)


def _folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="rb-", dir=memory())).resolve()
    folder.chmod(0o711)
    (folder / "people.json").write_text(json.dumps(document()), encoding="utf-8")
    return folder


async def _start(folder: Path) -> asyncio.subprocess.Process:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("RECOVERY_", "TEMPORAL_"))}
    command = [sys.executable, "-m", "starter", "up", "--json", "--people", str(folder / "people.json")]
    with _log(folder).open("wb") as output:
        return await asyncio.create_subprocess_exec(
            # A killed test run takes it along.
            *launch_command(command, run_as=None, death_signal=signal.SIGTERM),
            cwd=CHECKOUT,
            env=kept
            | {"RECOVERY_DATA": str(folder / "data"), "RECOVERY_API_PORT": "0", "RECOVERY_DIRECTORY_PORT": "0"},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=output,
            start_new_session=True,
        )


def _log(folder: Path) -> Path:
    return folder / "up.log"


async def _announced(process: asyncio.subprocess.Process, folder: Path) -> dict[str, str]:
    assert process.stdout
    text = b""
    async with asyncio.timeout(START_SECONDS):
        async for line in process.stdout:
            text += line
            if line == b"}\n":
                found: dict[str, str] = json.loads(text)
                return found
    raise AssertionError(f"the product did not start:\n{_log(folder).read_text(encoding='utf-8')}")
