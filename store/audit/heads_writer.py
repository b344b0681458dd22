"""Writing the heads file: appended, synced, private, by one process at a time; knows nothing of what a head is."""

from __future__ import annotations

import fcntl
import os
import stat
from typing import TYPE_CHECKING

from store.audit.errors import HeadsFileBusy, HeadsFileUnusable

if TYPE_CHECKING:
    from pathlib import Path

_BLOCK_BYTES = 65_536


class HeadsWriter:
    """The open file under an exclusive lock.

    Opening drops a last line without an end, which is a write that a crash interrupted. Raises
    `HeadsFileBusy` when another process has it and `HeadsFileUnusable` when it is no plain file.
    """

    def __init__(self, path: Path) -> None:
        try:
            self._file = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        except OSError as error:
            raise HeadsFileUnusable from error
        try:
            self._prepare(path)
        except BaseException:
            os.close(self._file)
            raise

    def append(self, lines: str) -> None:
        """Add `lines` durably, or leave the file as it was and raise `OSError`."""
        before = os.fstat(self._file).st_size
        data = memoryview(lines.encode())
        try:
            while data:
                data = data[os.write(self._file, data) :]
            os.fsync(self._file)
        except OSError:
            os.ftruncate(self._file, before)
            raise

    def close(self) -> None:
        """Release the file and its lock."""
        os.close(self._file)

    def _prepare(self, path: Path) -> None:
        if not stat.S_ISREG(os.fstat(self._file).st_mode):
            raise HeadsFileUnusable
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise HeadsFileBusy from error
        os.fchmod(self._file, 0o600)
        os.ftruncate(self._file, self._end_of_last_line())
        os.fsync(self._file)
        # The name must survive a crash as well as the content.
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def _end_of_last_line(self) -> int:
        end = os.fstat(self._file).st_size
        while end > 0:
            start = max(0, end - _BLOCK_BYTES)
            at = os.pread(self._file, end - start, start).rfind(b"\n")
            if at >= 0:
                return start + at + 1
            end = start
        return 0
