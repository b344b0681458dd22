"""The data folder: ours or refused, one owner at a time, nothing of a dead owner left running; stdlib only."""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import signal
import stat
import time
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING

from starter.embedded.errors import DataFolderExposed, DataFolderForeign, DataFolderInUse
from starter.embedded.files import PRIVATE_FILE, PRIVATE_FOLDER, make_private_folder, write_private
from starter.embedded.processes import POLL_SECONDS, Process, end, identify, is_alive, working_in

if TYPE_CHECKING:
    from pathlib import Path

MARKER = ".mfa-recovery-data"
LAYOUT = "1\n"
ORPHAN_PATIENCE_SECONDS = 10.0


def prepare_data_folder(folder: Path) -> Path:
    """Make the folder or take an empty one, mark it as ours, and return its real path.

    Raises `DataFolderForeign` for one that holds anything else, `DataFolderExposed` for one that belongs
    to another user or into which everybody may write. Rights of existing folders are left as they are.
    """
    folder = folder.expanduser().resolve()
    folder.parent.mkdir(parents=True, exist_ok=True)
    with suppress(FileExistsError):
        # Root must let the unprivileged server pass through to its own folder; what lies here is closed by itself.
        folder.mkdir(mode=0o711 if os.geteuid() == 0 else PRIVATE_FOLDER)
    _refuse_exposed(folder)
    marker = folder / MARKER
    if not marker.exists():
        if any(folder.iterdir()):
            raise DataFolderForeign(folder.name)
        with suppress(FileExistsError), os.fdopen(_create(marker), "w", encoding="ascii") as file:
            file.write(LAYOUT)
    # Empty: its writer was killed in between.
    elif marker.read_text(encoding="ascii") not in {LAYOUT, ""}:
        raise DataFolderForeign("it was made by a newer release")
    return folder


class DataFolder:
    """A data folder that this process owns; made by `own`.

    Two locks: one held by the owner alone, one that its server processes inherit. So a living owner is told
    from servers that a killed owner left behind, and these are noticed even where nothing else shows them.
    """

    def __init__(self, path: Path, locks: ExitStack, inherited: int) -> None:
        self.path = path
        self.inherited_lock = inherited
        self._locks = locks

    @property
    def logs(self) -> Path:
        """The folder of the servers' logs."""
        return make_private_folder(self.path / "logs")

    def remember(self, server: str, pid: int) -> None:
        """Write down a process that runs for us, so that the next owner can recognise it."""
        process = identify(pid)
        if process is not None:
            known = _recorded(self.path) | {server: process}
            entries = {name: [one.pid, one.born] for name, one in known.items()}
            write_private(self.path / "processes.json", json.dumps(entries))

    def release(self) -> None:
        """Let the next owner in; may be called again."""
        self._locks.close()


async def own(folder: Path) -> DataFolder:
    """Become the one owner of the folder and end what an owner that was killed left running in it.

    Raises as `prepare_data_folder` does, and `DataFolderInUse` while another owner lives or a process that
    we do not recognise still holds the folder.
    """
    path = prepare_data_folder(folder)
    with ExitStack() as opened:
        if not _locked(_open_lock(opened, path / "owner.lock")):
            raise DataFolderInUse
        inherited = _open_lock(opened, path / "servers.lock")
        await end_orphans(path)
        if not await _locked_in_time(inherited):
            raise DataFolderInUse("servers of an earlier owner still run")
        return DataFolder(path, opened.pop_all(), inherited)


async def end_orphans(folder: Path) -> None:
    """End the servers of a dead owner: those recorded and those found at work in our folders."""
    recorded = {name: one for name, one in _recorded(folder).items() if is_alive(one)}
    postgres = {*working_in(folder / "postgres" / "data", "postgres")}
    temporal = {*working_in(folder / "temporal", "temporal")}
    for name, one in recorded.items():
        (postgres if name == "postgres" else temporal).add(one)
    await asyncio.gather(
        end(list(postgres), signal.SIGINT, patience=ORPHAN_PATIENCE_SECONDS),
        end(list(temporal), signal.SIGTERM, patience=ORPHAN_PATIENCE_SECONDS),
    )


def _recorded(folder: Path) -> dict[str, Process]:
    # A damaged record loses one of three ways to find orphans; the lock still shows them.
    try:
        entries = json.loads((folder / "processes.json").read_text(encoding="utf-8"))
        return {name: Process(int(pid), str(born)) for name, (pid, born) in entries.items()}
    except (OSError, ValueError, AttributeError, TypeError):
        return {}


def _refuse_exposed(folder: Path) -> None:
    status = folder.stat()
    if not stat.S_ISDIR(status.st_mode):
        raise DataFolderForeign(f"{folder.name} is not a folder")
    if status.st_uid != os.geteuid():
        raise DataFolderExposed("it belongs to another user")
    if status.st_mode & stat.S_IWOTH:
        raise DataFolderExposed("everybody may write into it")


def _create(path: Path) -> int:
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, PRIVATE_FILE)


def _open_lock(opened: ExitStack, path: Path) -> int:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, PRIVATE_FILE)
    # Closing, not unlocking: the lock must stay with the servers as long as one of them lives.
    opened.callback(os.close, descriptor)
    return descriptor


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


async def _locked_in_time(descriptor: int) -> bool:
    deadline = time.monotonic() + ORPHAN_PATIENCE_SECONDS
    while not _locked(descriptor):
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(POLL_SECONDS)
    return True
