"""PostgreSQL on this machine: made once, reached through a socket in a private folder, stopped with us."""

from __future__ import annotations

import asyncio
import hashlib
import os
import signal
import stat
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from postgres.errors import DatabaseUnreachable
from postgres.pool import connect
from starter.embedded.binaries import postgres_programs
from starter.embedded.child import Child, start_child
from starter.embedded.errors import (
    DataFolderExposed,
    EmbeddedServerDied,
    EmbeddedServerNotReady,
)
from starter.embedded.files import make_private_folder
from starter.embedded.postgres_cluster import SUPERUSER, give_to_server, make_cluster, superuser_password
from starter.embedded.processes import POLL_SECONDS, working_in
from starter.embedded.server_user import choose_server_user

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starter.embedded.child import RunAs
    from starter.embedded.folder import DataFolder

DATABASE = "recovery"
READY_SECONDS = 120.0
STOP_SECONDS = 20.0
# No TCP port is opened; the number is part of the socket's name.
_SOCKET = ".s.PGSQL.5432"
_LONGEST_SOCKET_PATH = 103

# Errors of statements quote values (`invalid input syntax for …: "…"`), their DETAIL quotes whole keys, and a
# crashed backend's DETAIL its statement: none of these lines is written, so no personal datum reaches the log.
_QUIET = {
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_statement": "none",
    "log_min_duration_statement": "-1",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "log_destination": "stderr",
    "logging_collector": "off",
}


@dataclass(frozen=True, kw_only=True)
class PostgresSettings:
    """How the embedded PostgreSQL runs; `fsync` off may lose everything at a power cut and is for tests.

    `preload` names libraries that the server loads at its start, for measuring.
    """

    max_connections: int = 200
    fsync: bool = True
    preload: str = ""


@dataclass(frozen=True, kw_only=True)
class RunningPostgres:
    """A PostgreSQL that answers; `url` holds the superuser's password and does not show itself."""

    child: Child
    url: str
    sockets: Path

    def __repr__(self) -> str:
        return f"RunningPostgres(pid={self.child.pid})"

    async def stop(self) -> None:
        """Fast shutdown: sessions end, transactions roll back, everything committed is on disk."""
        await self.child.stop(signal.SIGINT, patience=STOP_SECONDS)
        # Leaves nothing behind under the temp directory; not empty after a kill, then the next stop does it.
        with suppress(OSError):
            self.sockets.rmdir()


async def start_postgres(folder: DataFolder, settings: PostgresSettings) -> RunningPostgres:
    """Start the folder's PostgreSQL, making it at the first start, and wait until it answers.

    Raises `EmbeddedBinaryMissing`, `DataFolderUnreachableForPostgres`, `DataFolderUnreadable`,
    `EmbeddedServerDied` or `EmbeddedServerNotReady`.
    """
    programs = postgres_programs()
    home = make_private_folder(folder.path / "postgres")
    run_as = await choose_server_user(folder, home, programs / "postgres")
    password = superuser_password(folder.path / "postgres.password", made=(home / "data").exists())
    if not (home / "data").exists():
        await make_cluster(folder, home, programs, run_as, password, sync=settings.fsync)
    sockets = _socket_folder(home, run_as)
    _remove_stale_locks(home / "data", sockets)
    child = await start_child(
        "postgres",
        [str(programs / "postgres"), "-D", str(home / "data"), *_options(sockets, settings)],
        folder=folder,
        work_in=home,
        death_signal=signal.SIGINT,
        run_as=run_as,
    )
    running = RunningPostgres(child=child, url=_url(password, sockets, DATABASE), sockets=sockets)
    try:
        await _wait_until_ready(child, _url(password, sockets, "postgres"), home / "data")
    except BaseException:
        await running.stop()
        raise
    return running


def _options(sockets: Path, settings: PostgresSettings) -> Iterator[str]:
    values = {
        "listen_addresses": "",
        "unix_socket_directories": str(sockets),
        "unix_socket_permissions": "0700",
        "max_connections": str(settings.max_connections),
        "fsync": "on" if settings.fsync else "off",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "shared_preload_libraries": settings.preload,
        **_QUIET,
    }
    for name, value in values.items():
        yield from ("-c", f"{name}={value}")


async def _wait_until_ready(child: Child, url: str, data: Path) -> None:
    try:
        async with asyncio.timeout(READY_SECONDS):
            while not await _answers(url, data):
                if child.ended:
                    raise EmbeddedServerDied(f"postgres, {child.log}")
                await asyncio.sleep(POLL_SECONDS)
    except TimeoutError as error:
        raise EmbeddedServerNotReady(f"postgres, {child.log}") from error


async def _answers(url: str, data: Path) -> bool:
    try:
        connection = await connect(url, application="embedded")
    except DatabaseUnreachable:
        return False
    try:
        if await connection.fetchval("SELECT current_setting('data_directory')") != str(data):
            return False
        if not await connection.fetchval("SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", DATABASE):
            await connection.execute(f'CREATE DATABASE "{DATABASE}"')
        return True
    finally:
        await connection.close()


def _url(password: str, sockets: Path, database: str) -> str:
    where = urlencode({"host": str(sockets), "port": "5432"})
    return f"postgresql://{SUPERUSER}:{quote(password, safe='')}@/{database}?{where}"


def _socket_folder(home: Path, run_as: RunAs | None) -> Path:
    folder = home / "run"
    if len(os.fsencode(folder / _SOCKET)) > _LONGEST_SOCKET_PATH:
        digest = hashlib.sha256(os.fsencode(home)).hexdigest()[:12]
        short = Path(tempfile.gettempdir()).resolve()
        if len(os.fsencode(short / f"recovery-{digest}" / _SOCKET)) > _LONGEST_SOCKET_PATH:
            short = Path("/tmp").resolve()  # noqa: S108 - the folder in it is private and checked
        folder = short / f"recovery-{digest}"
    with suppress(FileExistsError):
        folder.mkdir(mode=0o700)
        give_to_server(folder, run_as)
    status = folder.lstat()
    owner = run_as.user if run_as and not run_as.namespace else os.geteuid()
    # In a folder for everybody, another user could have been there first.
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != owner or stat.S_IMODE(status.st_mode) != 0o700:  # noqa: PLR2004
        raise DataFolderExposed("the folder for PostgreSQL's socket belongs to another user")
    return folder


def _remove_stale_locks(data: Path, sockets: Path) -> None:
    # PostgreSQL trusts the number in these files, and refuses to start when it now belongs to any other process.
    # We hold the lock that every server of ours inherits, so what is left has no living owner.
    if not working_in(data, "postgres"):
        for stale in (data / "postmaster.pid", sockets / f"{_SOCKET}.lock", sockets / _SOCKET):
            stale.unlink(missing_ok=True)
