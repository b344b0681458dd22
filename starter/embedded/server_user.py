"""Which user PostgreSQL runs as: itself refuses root, so root must find it another one without opening any folder."""

from __future__ import annotations

import os
import pwd
import stat
from typing import TYPE_CHECKING

from starter.embedded.child import RunAs, run_to_end
from starter.embedded.errors import DataFolderUnreachableForPostgres
from starter.embedded.processes import LINUX

if TYPE_CHECKING:
    from pathlib import Path

    from starter.embedded.folder import DataFolder

UNPRIVILEGED = "nobody"
_PROBE_SECONDS = 20.0


async def choose_server_user(folder: DataFolder, home: Path, program: Path) -> RunAs | None:
    """The user for the server whose private folder is `home`, None for ourselves; gives `home` to that user.

    As root: `nobody` where it can pass through to `home` and to `program`, else root behind a user namespace,
    in which it looks like `nobody`. Raises `DataFolderUnreachableForPostgres` where neither works.
    """
    if os.geteuid() != 0:
        return None
    try:
        account = pwd.getpwnam(UNPRIVILEGED)
    except KeyError as error:
        raise DataFolderUnreachableForPostgres(f"no user {UNPRIVILEGED}") from error
    plain = RunAs(user=account.pw_uid, group=account.pw_gid, namespace=False)
    hidden = RunAs(user=account.pw_uid, group=account.pw_gid, namespace=True)
    # What holds a cluster stays with the user who made it.
    holder = _holder(home)
    reachable = _can_pass(account, home.parent) and _can_pass(account, program.parent)
    if holder in {None, account.pw_uid} and reachable and await _runs(program, plain, home, folder):
        os.chown(home, account.pw_uid, account.pw_gid, follow_symlinks=False)
        return plain
    if holder in {None, 0} and LINUX and await _runs(program, hidden, home, folder):
        os.chown(home, 0, 0, follow_symlinks=False)
        return hidden
    raise DataFolderUnreachableForPostgres


def _holder(home: Path) -> int | None:
    return home.stat().st_uid if any(home.iterdir()) else None


async def _runs(program: Path, run_as: RunAs, home: Path, folder: DataFolder) -> bool:
    command = [str(program), "--version"]
    try:
        status = await run_to_end(
            "postgres", command, folder=folder, work_in=home, run_as=run_as, timeout_seconds=_PROBE_SECONDS
        )
    except (OSError, TimeoutError):
        return False
    return status == 0


def _can_pass(account: pwd.struct_passwd, folder: Path) -> bool:
    for one in (folder, *folder.parents):
        status = one.stat()
        if status.st_uid == account.pw_uid:
            allowed = status.st_mode & stat.S_IXUSR
        elif status.st_gid == account.pw_gid:
            allowed = status.st_mode & stat.S_IXGRP
        else:
            allowed = status.st_mode & stat.S_IXOTH
        if not allowed:
            return False
    return True
