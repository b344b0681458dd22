"""The worker and the doors as processes of their own: started with addresses in their environment, watched, stopped."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import httpx2

from starter.embedded.child import Child, launch_command
from starter.embedded.files import open_log
from starter.embedded.ports import LOOPBACK
from starter.embedded.processes import listens
from starter.running.errors import ProcessDied, ProcessNotReady

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

CHECKOUT = Path(__file__).resolve().parents[2]
OUR_COMMAND = [sys.executable, "-m", "starter"]
READY_SECONDS = 60.0
STOP_SECONDS = 40.0
"""More than the half minute in which a worker finishes what it has begun."""
_POLL_SECONDS = 0.05
_WORKER_READY = b"worker_ready"


@dataclass(frozen=True, kw_only=True)
class OurProcess:
    """A process of ours; `log_start` is where its part of the log begins."""

    child: Child
    log_start: int

    def refuse_dead(self) -> None:
        """Raise `ProcessDied` when it has ended."""
        if self.child.ended:
            raise ProcessDied(f"{self.child.name}, {self.child.log}")


async def start_process(command: str, *, environment: Mapping[str, str], logs: Path) -> OurProcess:
    """Start `recovery <command>`; it gets SIGTERM when we die (Linux), and no signal of our terminal."""
    log = logs / f"{command}.log"
    output = open_log(log)
    try:
        log_start = os.fstat(output).st_size
        process = await asyncio.create_subprocess_exec(
            *launch_command([*OUR_COMMAND, command], run_as=None, death_signal=signal.SIGTERM),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd=CHECKOUT,
            env=dict(environment),
            umask=0o077,
            start_new_session=True,
        )
    finally:
        os.close(output)
    return OurProcess(child=Child(command, process, log), log_start=log_start)


async def stop_processes(processes: Sequence[OurProcess]) -> None:
    """Ask all to finish, and kill what has not after 40 seconds."""
    await asyncio.gather(*(one.child.stop(signal.SIGTERM, patience=STOP_SECONDS) for one in processes))


async def wait_for_worker(worker: OurProcess) -> None:
    """Wait until the worker says that it polls; raises `ProcessDied` or `ProcessNotReady`."""
    try:
        async with asyncio.timeout(READY_SECONDS):
            while not _has_said(worker, _WORKER_READY):
                worker.refuse_dead()
                await asyncio.sleep(_POLL_SECONDS)
    except TimeoutError:
        raise ProcessNotReady(f"{worker.child.name}, {worker.child.log}") from None


async def wait_for_doors(doors: OurProcess, url: str) -> None:
    """Wait until the HTTP API is healthy; raises `ProcessDied` or `ProcessNotReady`."""
    try:
        async with asyncio.timeout(READY_SECONDS), httpx2.AsyncClient(trust_env=False) as client:
            while not await _is_healthy(doors, client, url):
                doors.refuse_dead()
                await asyncio.sleep(_POLL_SECONDS)
    except TimeoutError:
        raise ProcessNotReady(f"{doors.child.name}, {doors.child.log}") from None


async def _is_healthy(doors: OurProcess, client: httpx2.AsyncClient, url: str) -> bool:
    address = httpx2.URL(url)
    # Another program's server may answer there: the socket must be our child's own.
    if address.host == LOOPBACK and address.port and listens(doors.child.pid, address.port) is False:
        return False
    try:
        answer = await client.get(f"{url}/healthz")
    except httpx2.HTTPError:
        return False
    return answer.status_code == httpx2.codes.OK


def _has_said(process: OurProcess, word: bytes) -> bool:
    with process.child.log.open("rb") as log:
        log.seek(process.log_start)
        return word in log.read()
