"""A server process of ours: started with narrow rights and without our environment, watched, and always ended."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from starter.embedded.files import open_log
from starter.embedded.processes import LINUX

if TYPE_CHECKING:
    from collections.abc import Coroutine, Mapping, Sequence

    from starter.embedded.folder import DataFolder

_T = TypeVar("_T")
_LAUNCHER = Path(__file__).with_name("launcher.py")


@dataclass(frozen=True, kw_only=True)
class RunAs:
    """Which user a server runs as: really (`namespace` false) or only in its own eyes (`namespace` true)."""

    user: int
    group: int
    namespace: bool


class Child:
    """One running server process."""

    def __init__(self, name: str, process: asyncio.subprocess.Process, log: Path) -> None:
        self.name = name
        self.log = log
        self._process = process

    @property
    def pid(self) -> int:
        """Its process number."""
        return self._process.pid

    @property
    def ended(self) -> bool:
        """Whether it has ended, by itself or because we asked."""
        return self._process.returncode is not None

    async def wait(self) -> int:
        """Wait until it has ended; the exit status, negative for a signal."""
        return await self._process.wait()

    async def stop(self, first: signal.Signals, *, patience: float) -> None:
        """End it: with `first`, after `patience` seconds by SIGKILL. Finishes even when cancelled; may be repeated."""
        await uncancelled(self._stop(first, patience))

    async def _stop(self, first: signal.Signals, patience: float) -> None:
        with suppress(ProcessLookupError):
            self._process.send_signal(first)
        try:
            async with asyncio.timeout(patience):
                await self._process.wait()
        except TimeoutError:
            with suppress(ProcessLookupError):
                self._process.kill()
            await self._process.wait()


async def start_child(
    name: str,
    command: Sequence[str],
    *,
    folder: DataFolder,
    work_in: Path,
    death_signal: signal.Signals,
    run_as: RunAs | None = None,
) -> Child:
    """Start `command` as a server of the folder's owner; secrets must not be among its arguments.

    It has its own session, inherits the folder's lock, gets `death_signal` when we die (Linux) and an
    environment of its own, so that neither our secrets nor stray PG… or TEMPORAL_… variables reach it.
    """
    process = await _spawn(name, command, folder, work_in, death_signal, run_as)
    child = Child(name, process, folder.logs / f"{name}.log")
    try:
        folder.remember(name, process.pid)
    except BaseException:
        await child.stop(signal.SIGKILL, patience=1)
        raise
    return child


async def run_to_end(
    name: str,
    command: Sequence[str],
    *,
    folder: DataFolder,
    work_in: Path,
    run_as: RunAs | None,
    timeout_seconds: float,
) -> int:
    """Run a helper of the server `name` as that server would run; its exit status. It does not outlive this call.

    Raises `TimeoutError` after `timeout_seconds`.
    """
    process = await _spawn(name, command, folder, work_in, signal.SIGKILL, run_as)
    try:
        async with asyncio.timeout(timeout_seconds):
            return await process.wait()
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await uncancelled(process.wait())


async def _spawn(  # noqa: PLR0917 - each is one fact about a process
    name: str,
    command: Sequence[str],
    folder: DataFolder,
    work_in: Path,
    death_signal: signal.Signals,
    run_as: RunAs | None,
) -> asyncio.subprocess.Process:
    output = open_log(folder.logs / f"{name}.log")
    try:
        # In the thread of the loop: the kernel takes the end of the thread that forks for the owner's death.
        return await asyncio.create_subprocess_exec(
            *launch_command(command, run_as=run_as, death_signal=death_signal),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd=work_in,
            env=clean_environment(work_in),
            umask=0o077,
            pass_fds=(folder.inherited_lock,),
            start_new_session=True,
        )
    finally:
        os.close(output)


def launch_command(command: Sequence[str], *, run_as: RunAs | None, death_signal: signal.Signals) -> list[str]:
    """`command` behind the launcher that prepares the process."""
    options = ["--parent", str(os.getpid())]
    if LINUX:
        options += ["--death-signal", str(int(death_signal))]
    if run_as:
        options += ["--user", str(run_as.user), "--group", str(run_as.group)]
        options += ["--namespace"] if run_as.namespace else []
    return [sys.executable, "-I", "-S", str(_LAUNCHER), *options, "--", *command]


def clean_environment(home: Path) -> Mapping[str, str]:
    """The whole environment of a server."""
    return {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "HOME": str(home), "TZ": "UTC"}


async def uncancelled(work: Coroutine[Any, Any, _T]) -> _T:
    """Wait for `work` to finish even when the caller is cancelled meanwhile; the cancellation is raised after it."""
    task = asyncio.ensure_future(work)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError as error:
            if task.cancelled():
                raise
            cancelled = error
    if cancelled:
        raise cancelled
    return task.result()
