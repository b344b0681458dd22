"""Making the embedded PostgreSQL's cluster once, with a password that no command line ever shows."""

from __future__ import annotations

import os
import secrets
import shutil
from typing import TYPE_CHECKING

from starter.embedded.child import run_to_end
from starter.embedded.errors import DataFolderUnreadable, EmbeddedServerDied, EmbeddedServerNotReady
from starter.embedded.files import PRIVATE_FILE, write_private

if TYPE_CHECKING:
    from pathlib import Path

    from starter.embedded.child import RunAs
    from starter.embedded.folder import DataFolder

SUPERUSER = "postgres"
INITDB_SECONDS = 120.0


async def make_cluster(
    folder: DataFolder, home: Path, programs: Path, run_as: RunAs | None, password: str, *, sync: bool
) -> None:
    """Make the database cluster `home/data` owned by `SUPERUSER`; without `sync` a power cut may lose it.

    Raises `EmbeddedServerDied` or `EmbeddedServerNotReady`, both naming the log.
    """
    # Under another name until complete: a start that was killed half-way must not pass for a cluster.
    unfinished = home / "data.unfinished"
    if unfinished.exists():
        shutil.rmtree(unfinished)
    password_file = home / "password.once"
    password_file.unlink(missing_ok=True)
    log = folder.logs / "postgres.log"
    try:
        descriptor = os.open(password_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, PRIVATE_FILE)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(password)
        give_to_server(password_file, run_as)
        options = {
            "pgdata": str(unfinished),
            "username": SUPERUSER,
            "pwfile": str(password_file),
            "auth": "scram-sha-256",
            "encoding": "UTF8",
            "locale": "C",
            "locale-provider": "builtin",
            "builtin-locale": "C.UTF-8",
        }
        command = [str(programs / "initdb"), "--sync-method=fsync" if sync else "--no-sync"]
        command += [f"--{name}={value}" for name, value in options.items()]
        status = await run_to_end(
            "postgres", command, folder=folder, work_in=home, run_as=run_as, timeout_seconds=INITDB_SECONDS
        )
        if status != 0:
            raise EmbeddedServerDied(f"initdb, {log}")
    except TimeoutError as error:
        raise EmbeddedServerNotReady(f"initdb, {log}") from error
    finally:
        password_file.unlink(missing_ok=True)
    unfinished.rename(home / "data")


def superuser_password(path: Path, *, made: bool) -> str:
    """The superuser's password from our private file, drawn at the first start.

    Raises `DataFolderUnreadable` when the cluster is `made` and the password is lost.
    """
    try:
        password = path.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        password = ""
    if password:
        return password
    if made:
        raise DataFolderUnreadable(path.name)
    password = secrets.token_urlsafe(32)
    write_private(path, password)
    return password


def give_to_server(path: Path, run_as: RunAs | None) -> None:
    """Make the path the server's own where the server is another user than we are."""
    if run_as and not run_as.namespace:
        os.chown(path, run_as.user, run_as.group, follow_symlinks=False)
