"""Stopping a running product from outside, and removing its data folder; stdlib and `embedded`."""

from __future__ import annotations

import shutil
import signal
from pathlib import Path

from starter.embedded.errors import DataFolderForeign
from starter.embedded.folder import MARKER, own, prepare_data_folder
from starter.embedded.processes import end, is_alive
from starter.running.errors import StillRunning
from starter.running.record import end_left_behind, only_one, real, running

STOP_SECONDS = 90.0
"""The doors and the worker take up to 40 seconds, Temporal 10, PostgreSQL 20."""


async def stop(data: Path) -> bool:
    """Stop the product that runs on the data folder as Ctrl-C would; False when none runs there.

    Raises `StillRunning`.
    """
    found = running(real(data))
    if found is None:
        return False
    await end([found.process], signal.SIGTERM, patience=STOP_SECONDS)
    if is_alive(found.process):
        raise StillRunning
    return True


async def clean(data: Path) -> bool:
    """Remove the data folder and all that is in it; False when there is none.

    Only one that bears our mark and that no process uses. Raises `DataFolderForeign`, `DataFolderExposed`,
    `DataFolderInUse`, `AlreadyRunning`.
    """
    path = real(data)
    if not path.exists():
        return False
    # An unmarked empty folder would be marked by `prepare_data_folder`: another program made it.
    if not (path / MARKER).is_file():
        raise DataFolderForeign(path.name)
    prepare_data_folder(path)
    with only_one(path):
        await end_left_behind(path)
        folder = await own(path)
        try:
            shutil.rmtree(path)
        finally:
            folder.release()
    return True
