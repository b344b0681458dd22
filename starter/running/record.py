"""Who runs the product on a data folder: one lock, and a record that other commands may believe."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import stat
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from starter.embedded.files import PRIVATE_FILE, write_private
from starter.embedded.processes import Process, end, identify, is_alive
from starter.running.errors import AlreadyRunning

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

_LOCK = "product.lock"
_RECORD = "product.json"
ORPHAN_PATIENCE_SECONDS = 35.0
"""A worker finishes what it has begun for half a minute."""


@dataclass(frozen=True, kw_only=True)
class Record:
    """One running product: its process, the processes it started by name, and where it answers."""

    process: Process
    children: Mapping[str, Process] = field(default_factory=dict)
    api_url: str
    directory_origin: str


def real(folder: Path) -> Path:
    """The folder without links and relative parts, whether or not it is there."""
    return folder.expanduser().resolve()


@contextmanager
def only_one(folder: Path) -> Iterator[None]:
    """Be the only product on the data folder; raises `AlreadyRunning`."""
    descriptor = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, PRIVATE_FILE)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise AlreadyRunning from None
    try:
        yield
    finally:
        os.close(descriptor)


def write_record(folder: Path, *, api_url: str, directory_origin: str, children: Mapping[str, int]) -> None:
    """Say that this process runs the product; `children` are process numbers by name."""
    known = {name: one for name, pid in children.items() if (one := identify(pid))}
    myself = identify(os.getpid())
    content = {
        "process": [myself.pid, myself.born] if myself else None,
        "children": {name: [one.pid, one.born] for name, one in known.items()},
        "api_url": api_url,
        "directory_origin": directory_origin,
    }
    write_private(folder / _RECORD, json.dumps(content, indent=1))


def remove_record(folder: Path) -> None:
    """Nothing runs here any more."""
    (folder / _RECORD).unlink(missing_ok=True)


def running(folder: Path) -> Record | None:
    """The living product on the data folder, or None; a record that others could have written is not believed."""
    record = _read(folder)
    return record if record and is_alive(record.process) else None


async def end_left_behind(folder: Path) -> None:
    """End the processes of an owner that was killed; to be called while `only_one` is held."""
    record = _read(folder)
    if record:
        left = [one for one in record.children.values() if is_alive(one)]
        await end(left, signal.SIGTERM, patience=ORPHAN_PATIENCE_SECONDS)


def _read(folder: Path) -> Record | None:
    try:
        descriptor = os.open(folder / _RECORD, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return None
    with os.fdopen(descriptor, encoding="utf-8") as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode) or status.st_uid != os.geteuid() or status.st_mode & 0o077:
            return None
        try:
            return _record(json.loads(file.read()))
        except (ValueError, KeyError, TypeError, AttributeError):
            return None


def _record(content: dict[str, Any]) -> Record:
    return Record(
        process=_process(content["process"]),
        children={str(name): _process(one) for name, one in content["children"].items()},
        api_url=str(content["api_url"]),
        directory_origin=str(content["directory_origin"]),
    )


def _process(pair: list[Any]) -> Process:
    pid, born = pair
    return Process(int(pid), str(born))


def kill_children(folder: Path) -> None:
    """End the recorded processes at once, for an operator who does not want to wait."""
    record = _read(folder)
    for one in record.children.values() if record else ():
        if is_alive(one):
            with suppress(ProcessLookupError):
                os.kill(one.pid, signal.SIGKILL)
