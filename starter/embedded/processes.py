"""Recognising and ending processes that an owner left behind, never by their number alone; stdlib only."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

LINUX = sys.platform == "linux"
POLL_SECONDS = 0.02
_PROC = Path("/proc")
# Fields of /proc/<pid>/stat after the parenthesised name, counted from the process state.
_STATE, _PARENT, _STARTED = 0, 1, 19


@dataclass(frozen=True)
class Process:
    """One process for as long as it lives: `born` tells it from a later process of the same number."""

    pid: int
    born: str


def born(pid: int) -> str | None:
    """When the process began, in the system's own words; None when it is dead or a zombie."""
    if LINUX:
        fields = _stat(pid)
        return None if fields is None else f"{_boot()}:{fields[_STARTED]}"
    listed = _ps("-o", "stat=,lstart=", "-p", str(pid)).split(maxsplit=1)
    return None if len(listed) != 2 or listed[0].startswith("Z") else listed[1].strip()  # noqa: PLR2004


def identify(pid: int) -> Process | None:
    """The living process of that number, or None."""
    since = born(pid)
    return None if since is None else Process(pid, since)


def is_alive(process: Process) -> bool:
    """Whether that very process still runs; a zombie does not."""
    return born(process.pid) == process.born


def working_in(folder: Path, program: str) -> list[Process]:
    """The living processes of `program` that work in `folder`.

    Elsewhere than on Linux those whose command line names the folder.
    """
    return _working_in_linux(folder, program) if LINUX else _naming(folder, program)


async def end(processes: list[Process], first: signal.Signals, *, patience: float) -> None:
    """Send `first` to those that are no other process's child here, wait `patience` seconds, then kill what is left."""
    numbers = {one.pid for one in processes}
    for one in processes:
        if parent_of(one.pid) not in numbers:
            _send(one, first)
    try:
        async with asyncio.timeout(patience):
            await _all_gone(processes)
    except TimeoutError:
        for one in processes:
            _send(one, signal.SIGKILL)
        with suppress(TimeoutError):
            async with asyncio.timeout(patience):
                await _all_gone(processes)


def parent_of(pid: int) -> int | None:
    """The number of the parent process, or None when the process is dead."""
    if LINUX:
        fields = _stat(pid)
        return None if fields is None else int(fields[_PARENT])
    listed = _ps("-o", "ppid=", "-p", str(pid)).strip()
    return int(listed) if listed else None


def listens(pid: int, port: int) -> bool | None:
    """Whether the process itself listens on the TCP port of 127.0.0.1; None where that cannot be told."""
    if not LINUX:
        return None
    try:
        rows = (_PROC / str(pid) / "net" / "tcp").read_text(encoding="ascii").splitlines()[1:]
        open_files = {str(one.readlink()) for one in _links(_PROC / str(pid) / "fd")}
    except OSError:
        return None
    wanted = f"0100007F:{port:04X}" if sys.byteorder == "little" else f"7F000001:{port:04X}"
    listening = "0A"
    inodes = [row.split()[9] for row in rows if row.split()[1] == wanted and row.split()[3] == listening]
    return any(f"socket:[{inode}]" in open_files for inode in inodes)


async def _all_gone(processes: list[Process]) -> None:
    while any(is_alive(one) for one in processes):  # noqa: ASYNC110 - not our children: the system does not tell us
        await asyncio.sleep(POLL_SECONDS)


def _send(process: Process, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        if not LINUX:
            if is_alive(process):
                os.kill(process.pid, number)
            return
        # The handle pins the process, so the number cannot pass to another one between look and signal.
        handle = os.pidfd_open(process.pid)
        try:
            if is_alive(process):
                signal.pidfd_send_signal(handle, number)
        finally:
            os.close(handle)


def _working_in_linux(folder: Path, program: str) -> list[Process]:
    found = []
    for entry in _PROC.iterdir():
        if not entry.name.isdigit():
            continue
        # Processes of other users refuse to be looked at: they are none of ours.
        with suppress(OSError):
            # A replaced program file is shown with " (deleted)" after its name.
            name = os.path.basename(os.readlink(entry / "exe")).split(" ")[0]  # noqa: PTH115, PTH119
            if name == program and os.readlink(entry / "cwd") == str(folder):  # noqa: PTH115
                process = identify(int(entry.name))
                if process:
                    found.append(process)
    return found


def _naming(folder: Path, program: str) -> list[Process]:
    found = []
    for line in _ps("-axww", "-o", "pid=,command=").splitlines():
        number, _, command = line.strip().partition(" ")
        if f"/{program} " in command and (f" {folder} " in f"{command} " or f" {folder}/" in command):
            process = identify(int(number))
            if process:
                found.append(process)
    return found


def _links(folder: Path) -> list[Path]:
    return [one for one in folder.iterdir() if one.is_symlink()]


def _stat(pid: int) -> list[str] | None:
    try:
        text = (_PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    # The name before the last parenthesis may hold spaces and parentheses of its own.
    fields = text.rpartition(")")[2].split()
    return None if fields[_STATE] in {"Z", "X"} else fields


@cache
def _boot() -> str:
    return (_PROC / "sys/kernel/random/boot_id").read_text(encoding="ascii").strip()


def _ps(*arguments: str) -> str:
    done = subprocess.run(
        ["/bin/ps", *arguments], capture_output=True, text=True, check=False, env={"LC_ALL": "C"}, timeout=10
    )
    return done.stdout
