"""Real servers for tests: databases of a PostgreSQL server, and Temporal with per-workflow time skipping."""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

import asyncpg
from temporalio.client import Client
from temporalio.testing import TimeSkippingConfig, WorkflowEnvironment

from starter.embedded.binaries import temporal_program

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Mapping

    from temporalio.converter import DataConverter

CONNECT_TIMEOUT_SECONDS = 10.0
ROLE_PASSWORD = "only-for-tests"  # one for all suites: roles are shared by all databases of a server
TEMPORAL_START_TIMEOUT = timedelta(seconds=30)

_MEMORY = Path("/dev/shm")
_ROOM_BYTES = 4 * 1024**3


def memory() -> Path | None:
    """A place in memory with room for the databases of the tests, or None on a machine without one.

    Copying a template is what most tests begin with, and waiting for a disk is most of that.
    """
    try:
        shape = os.statvfs(_MEMORY)
    except OSError:
        return None
    roomy = shape.f_bavail * shape.f_frsize >= _ROOM_BYTES
    return _MEMORY if roomy and os.access(_MEMORY, os.W_OK | os.X_OK) else None


@contextmanager
def scratch_folder(prefix: str) -> Iterator[Path]:
    """A private folder for one server's data, in memory where there is room, removed at the end."""
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir=memory())).resolve()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def database_of(server_url: str, name: str) -> str:
    """The URL of the database `name` on the server that `server_url` points to."""
    return urlunsplit(urlsplit(server_url)._replace(path=f"/{name}"))


async def fresh_database(server_url: str, name: str = "t", *, template: str = "template1") -> str:
    """Create a database named `name` plus a random suffix and return its URL.

    `template` may be the name of a database that was migrated once; nobody may be connected to it.
    """
    unique = f"{name}_{secrets.token_hex(6)}"
    connection = await asyncpg.connect(server_url, timeout=CONNECT_TIMEOUT_SECONDS)
    try:
        await connection.execute(f'CREATE DATABASE "{unique}" TEMPLATE "{template}"')
    finally:
        await connection.close()
    return database_of(server_url, unique)


async def drop_database(server_url: str, database_url: str) -> None:
    """Drop what `fresh_database` made; sessions that are still open are ended."""
    connection = await asyncpg.connect(server_url, timeout=CONNECT_TIMEOUT_SECONDS)
    try:
        await connection.execute(f'DROP DATABASE IF EXISTS "{urlsplit(database_url).path[1:]}" WITH (FORCE)')
    finally:
        await connection.close()


@asynccontextmanager
async def time_skipping_temporal(
    search_attributes: Mapping[str, str] | None = None,
) -> AsyncIterator[WorkflowEnvironment]:
    """Temporal on a free port, where only `fast_forward(handle, duration)` moves a workflow's own clock.

    `search_attributes` maps names to types as the server's command line spells them (`Keyword`, `Int`, …).
    Wraps an experimental interface of the SDK, so that a change of it is met in one place.
    """
    arguments = [
        "--dynamic-config-value",
        "frontend.WorkflowTimeSkippingEnabled=true",
        "--dynamic-config-value",
        "history.transferProcessorMaxPollRPS=1000",
    ]
    for name, kind in (search_attributes or {}).items():
        arguments += ["--search-attribute", f"{name}={kind}"]
    environment = await WorkflowEnvironment.start_time_skipping_v2(
        # Off by default: otherwise a case waiting for a person expires before the test can play that person.
        ts_config=TimeSkippingConfig(enabled=False),
        dev_server_existing_path=str(temporal_program()),
        dev_server_extra_args=arguments,
        dev_server_log_level="error",
        dev_server_startup_timeout=TEMPORAL_START_TIMEOUT,
    )
    try:
        yield environment
    finally:
        await environment.shutdown()


def client_with(environment: WorkflowEnvironment, data_converter: DataConverter) -> Client:
    """The environment's client speaking through another data converter; `fast_forward` keeps working."""
    config = environment.client.config()
    config["data_converter"] = data_converter
    return Client(**config)
