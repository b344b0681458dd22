"""Private files and folders: made with narrow rights, never widened, never through a symbolic link; stdlib only."""

from __future__ import annotations

import os
import secrets
import stat
from typing import TYPE_CHECKING

from starter.embedded.errors import DataFolderForeign

if TYPE_CHECKING:
    from pathlib import Path

PRIVATE_FILE = 0o600
PRIVATE_FOLDER = 0o700
KEEP_LOG_BYTES = 10_000_000


def make_private_folder(path: Path) -> Path:
    """Make the folder with mode 0700 unless it exists; raises `DataFolderForeign` if that is no real folder."""
    try:
        path.mkdir(mode=PRIVATE_FOLDER)
    except FileExistsError:
        if not stat.S_ISDIR(path.lstat().st_mode):
            raise DataFolderForeign(f"{path.name} is not a folder") from None
    return path


def write_private(path: Path, content: str) -> None:
    """Put `content` into the file in one step, readable by us alone; it is on disk when this returns."""
    temporary = path.with_name(f"{path.name}.{secrets.token_hex(4)}.tmp")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, PRIVATE_FILE)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def open_log(path: Path) -> int:
    """A descriptor that appends to the log, mode 0600; above 10 MB the old content moves to a second file."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        if path.lstat().st_size > KEEP_LOG_BYTES:
            path.replace(path.with_suffix(".old.log"))
    except FileNotFoundError:
        pass
    return os.open(path, flags, PRIVATE_FILE)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
