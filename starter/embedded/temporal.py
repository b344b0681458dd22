"""The Temporal development server on this machine: one SQLite file, loopback ports only, stopped with us."""

from __future__ import annotations

import asyncio
import signal
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from starter.embedded.binaries import temporal_program
from starter.embedded.child import Child, run_to_end, start_child
from starter.embedded.errors import EmbeddedServerDied, EmbeddedServerNotReady, PortInUse
from starter.embedded.files import make_private_folder
from starter.embedded.ports import LOOPBACK, choose_ports, is_free
from starter.embedded.processes import POLL_SECONDS, listens
from starter.embedded.temporal_probe import answers, search_attributes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from starter.embedded.folder import DataFolder

READY_SECONDS = 60.0
STOP_SECONDS = 10.0
_ATTEMPTS = 5


@dataclass(frozen=True, kw_only=True)
class TemporalSettings:
    """How the embedded Temporal runs.

    `search_attributes` maps names to types as its command line spells them (`Keyword`, `Int`, …). A port that
    is None is chosen once and kept. `demo` lets a power cut lose the last moments for two to three times the
    speed. `time_skipping` lets clients move a workflow's clock: never outside of tests.
    """

    namespace: str = "default"
    search_attributes: Mapping[str, str] = field(default_factory=dict)
    port: int | None = None
    ui_port: int | None = None
    demo: bool = False
    time_skipping: bool = False


@dataclass(frozen=True, kw_only=True)
class RunningTemporal:
    """A Temporal server that answers on its ports of 127.0.0.1 (`temporal`, `ui`, `http`, `metrics`)."""

    child: Child
    ports: Mapping[str, int]

    @property
    def address(self) -> str:
        """Where clients and workers connect to: host and port."""
        return f"{LOOPBACK}:{self.ports['temporal']}"

    @property
    def ui_url(self) -> str:
        """Where a browser sees the workflows. It asks for no sign-in: it shows what is not encrypted."""
        return f"http://{LOOPBACK}:{self.ports['ui']}"

    async def stop(self) -> None:
        """Let it close its file, and kill it if it does not."""
        await self.child.stop(signal.SIGTERM, patience=STOP_SECONDS)


async def start_temporal(folder: DataFolder, settings: TemporalSettings) -> RunningTemporal:
    """Start the folder's Temporal server and wait until it answers, on new ports if one is taken meanwhile.

    Raises `EmbeddedBinaryMissing`, `PortInUse` for a port that was asked for, `EmbeddedServerDied` or
    `EmbeddedServerNotReady`.
    """
    program = temporal_program()
    home = make_private_folder(folder.path / "temporal")
    wanted = {"temporal": settings.port, "ui": settings.ui_port, "http": None, "metrics": None}
    for attempt in range(1, _ATTEMPTS + 1):
        ports = choose_ports(folder.path / "ports.json", wanted)
        try:
            return await _start_on(ports, program, home, folder, settings)
        except _PortTaken:
            _refuse_taken(wanted)
            if attempt == _ATTEMPTS:
                raise PortInUse from None
    raise AssertionError


class _PortTaken(Exception):
    """Another process listens where our server should."""


async def _start_on(
    ports: Mapping[str, int], program: Path, home: Path, folder: DataFolder, settings: TemporalSettings
) -> RunningTemporal:
    child = await start_child(
        "temporal",
        [str(program), "server", "start-dev", *_arguments(ports, home, settings)],
        folder=folder,
        work_in=home,
        death_signal=signal.SIGTERM,
    )
    running = RunningTemporal(child=child, ports=ports)
    try:
        async with asyncio.timeout(READY_SECONDS):
            await _wait_until_ready(running, settings.namespace)
            await _register_missing(running, program, home, folder, settings)
    except TimeoutError as error:
        await running.stop()
        raise EmbeddedServerNotReady(f"temporal, {child.log}") from error
    except BaseException:
        await running.stop()
        raise
    return running


async def _wait_until_ready(running: RunningTemporal, namespace: str) -> None:
    child, ports = running.child, running.ports
    while not await answers(ports["temporal"], ports["http"], namespace):
        if child.ended:
            raise EmbeddedServerDied(f"temporal, {child.log}") if all(map(is_free, ports.values())) else _PortTaken
        await asyncio.sleep(POLL_SECONDS)
    # Another program's server may have answered: the sockets that listen must be our child's own.
    if child.ended or any(listens(child.pid, port) is False for port in ports.values()):
        raise _PortTaken


def _arguments(ports: Mapping[str, int], home: Path, settings: TemporalSettings) -> Iterator[str]:
    yield from ("--ip", LOOPBACK, "--ui-ip", LOOPBACK)
    yield from ("--port", str(ports["temporal"]), "--ui-port", str(ports["ui"]))
    yield from ("--http-port", str(ports["http"]), "--metrics-port", str(ports["metrics"]))
    yield from ("--db-filename", str(home / "temporal.db"), "--namespace", settings.namespace)
    yield from ("--sqlite-pragma", "journal_mode=WAL")
    yield from ("--sqlite-pragma", f"synchronous={'NORMAL' if settings.demo else 'FULL'}")
    # Without it every hop of a quiet server waits about 45 ms.
    yield from ("--dynamic-config-value", "history.transferProcessorMaxPollRPS=1000")
    if settings.time_skipping:
        yield from ("--dynamic-config-value", "frontend.WorkflowTimeSkippingEnabled=true")
    for name, kind in settings.search_attributes.items():
        yield from ("--search-attribute", f"{name}={kind}")
    yield from ("--log-level", "warn", "--log-format", "json")


async def _register_missing(
    running: RunningTemporal, program: Path, home: Path, folder: DataFolder, settings: TemporalSettings
) -> None:
    """Add the search attributes that a release after the first start brought: the server's own flag skips them."""
    known = await search_attributes(running.ports["http"], settings.namespace)
    missing = {name: kind for name, kind in settings.search_attributes.items() if name not in known}
    if not missing:
        return
    command = [str(program), "operator", "search-attribute", "create", "--disable-config-file", "--disable-config-env"]
    command += ["--address", running.address, "--namespace", settings.namespace]
    for name, kind in missing.items():
        command += ["--name", name, "--type", kind]
    status = await run_to_end(
        "temporal", command, folder=folder, work_in=home, run_as=None, timeout_seconds=READY_SECONDS
    )
    if status != 0:
        raise EmbeddedServerNotReady(f"temporal refused search attributes, {running.child.log}")


def _refuse_taken(wanted: Mapping[str, int | None]) -> None:
    for port in wanted.values():
        if port is not None and not is_free(port):
            raise PortInUse(f"port {port}")
