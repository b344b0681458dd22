"""Run as a process of its own: a worker that can be killed, which says when an activity has come to a given point."""

from __future__ import annotations

import asyncio
import json
import sys
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

ROOT = Path(__file__).parents[2]


@dataclass
class Order:
    """What the process is to do; written to its input, so that no address stands among its arguments."""

    store: str
    directory: str
    temporal: str
    namespace: str
    keyring: str
    queue: str
    point: str
    subject: str


@dataclass
class WorkerProcess:
    """The parent's side."""

    process: asyncio.subprocess.Process

    async def said(self) -> str:
        """Its next line."""
        assert self.process.stdout is not None
        return (await self.process.stdout.readline()).decode().strip()

    def kill(self) -> None:
        """SIGKILL."""
        self.process.kill()


@asynccontextmanager
async def worker_process(order: Order) -> AsyncIterator[WorkerProcess]:
    """Start it, wait until it polls, and make sure that it is gone afterwards."""
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.support.worker_process", stdin=pipe, stdout=pipe, cwd=ROOT
    )
    try:
        assert process.stdin is not None
        process.stdin.write(json.dumps(asdict(order)).encode() + b"\n")
        await process.stdin.drain()
        child = WorkerProcess(process)
        async with asyncio.timeout(30):
            assert await child.said() == "working"
        yield child
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def _work(order: Order) -> None:
    from compose.addresses import Addresses  # noqa: PLC0415 - the parent needs none of this
    from compose.engine import connect_to_engine  # noqa: PLC0415 - the parent needs none of this
    from compose.parts import open_parts  # noqa: PLC0415 - the parent needs none of this
    from tests.support import world  # noqa: PLC0415
    from tests.support.hooks import Hooks  # noqa: PLC0415
    from transport.keys import load_keyring  # noqa: PLC0415
    from worker import build_worker  # noqa: PLC0415

    hooks = Hooks()
    keyring = load_keyring(Path(order.keyring))
    addresses = Addresses(order.store, order.directory, order.temporal, order.namespace)
    client = await connect_to_engine(addresses, keyring, worker=True)
    async with open_parts(addresses, keyring, world.DIRECTORY, application="tests-worker") as parts:
        hooked = hooks.wrap(parts)
        hooks.arm(order.point, subject=order.subject)
        async with build_worker(client, hooked, task_queue=order.queue):
            _say("working")
            await hooks.reached.wait()
            _say("reached")
            await asyncio.Event().wait()


def _say(word: str) -> None:
    sys.stdout.write(word + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(_work(Order(**json.loads(sys.stdin.readline()))))
