"""Data folders and owner processes for the tests of the embedded servers."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sys
import tempfile
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.servers import memory

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

CHECKOUT = Path(__file__).parents[2]
OWNER = CHECKOUT / "tests" / "support" / "embedded_owner.py"


@pytest.fixture
def place() -> Iterator[Path]:
    """A private folder (0700) for one test's data folders; nothing may work in it when the test is over."""
    folder = Path(tempfile.mkdtemp(prefix="embedded-", dir=memory())).resolve()
    try:
        yield folder
        assert processes_under(folder) == []
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def processes_under(folder: Path) -> list[int]:
    """Numbers of the living processes that work in the folder or keep a file of it open (Linux)."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            links = [entry / "cwd", *(entry / "fd").iterdir()]
            targets = [str(link.readlink()) for link in links if link.is_symlink()]
        except OSError:
            continue
        if int(entry.name) != os.getpid() and any(Path(target).is_relative_to(folder) for target in targets):
            found.append(int(entry.name))
    return found


@pytest.fixture
def owner() -> Callable[..., Any]:
    """Start an owner in a process of its own; gives that process and what it said of its servers."""
    return _owner


@asynccontextmanager
async def _owner(
    folder: Path,
    servers: str = "postgres temporal",
    *,
    careless: bool = False,
    user: int | None = None,
    python: str = sys.executable,
) -> AsyncIterator[tuple[asyncio.subprocess.Process, dict[str, str]]]:
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": os.pathsep.join([str(CHECKOUT), *sys.path]),
        "HOME": str(folder.parent),
    }
    options: dict[str, Any] = {} if user is None else {"user": user, "group": user, "extra_groups": []}
    process = await asyncio.create_subprocess_exec(
        python,
        str(OWNER),
        str(folder),
        servers,
        *(["careless"] if careless else []),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env=environment,
        cwd="/",
        **options,
    )
    assert process.stdin
    assert process.stdout
    try:
        async with asyncio.timeout(30):
            line = await process.stdout.readline()
        yield process, json.loads(line)
    finally:
        process.stdin.close()
        try:
            async with asyncio.timeout(30):
                await process.wait()
        finally:
            if process.returncode is None:
                process.kill()
