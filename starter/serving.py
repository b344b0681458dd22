"""One process behind all doors: API, directory, relay and head keeper, until it is told to stop."""

from __future__ import annotations

import asyncio
import errno
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack, contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog
import uvicorn

from starter.embedded.errors import EmbeddedError, PortInUse
from store.audit.errors import HeadsFileBusy
from store.audit.keeper import HeadKeeper

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from starter.relay.loops import Relay

_LOG = structlog.get_logger(__name__)

STOP_SECONDS = 10
HEADS_RETRY_SECONDS = 30.0
MOST_CONNECTIONS = 1000


class AddressUnusable(EmbeddedError):
    """The address to listen on does not belong to this machine or may not be used."""

    code = "address_unusable"


@dataclass(frozen=True)
class Door:
    """One web application and where it listens; port 0 takes a free one."""

    name: str
    app: ASGIApp
    host: str
    port: int


@dataclass(frozen=True)
class Serving:
    """What runs in the process. `keeper` makes a keeper of signed heads; `stopping` ends requests that wait."""

    doors: tuple[Door, ...]
    relay: Relay
    keeper: Callable[[], HeadKeeper]
    stopping: asyncio.Event


async def serve(serving: Serving, *, ready: Callable[[dict[str, str]], None] | None = None) -> None:
    """Serve until SIGTERM or SIGINT, then finish running requests within ten seconds; a second signal does not wait.

    `ready` is told the addresses by name. Raises `PortInUse`, `AddressUnusable`, and whatever ends a part of it.
    """
    async with AsyncExitStack() as stack:
        sockets = [stack.enter_context(listener(door.host, door.port)) for door in serving.doors]
        servers = [_Server(_config(door)) for door in serving.doors]
        stack.enter_context(_signals(serving.stopping, servers))
        # Requests in flight may still ring, so what is behind the doors stops after them.
        behind: list[asyncio.Task[None]] = [
            asyncio.create_task(serving.relay.run()),
            asyncio.create_task(keep_heads(serving.keeper)),
        ]
        stack.push_async_callback(_cancel, behind)
        fronts = [
            asyncio.create_task(server.serve(sockets=[one])) for server, one in zip(servers, sockets, strict=True)
        ]
        stack.push_async_callback(_finish, fronts, servers, serving.stopping)
        await _started(servers, fronts)
        addresses = {door.name: address_of(one) for door, one in zip(serving.doors, sockets, strict=True)}
        _LOG.info("doors_ready", **addresses)
        if ready:
            ready(addresses)
        told = asyncio.create_task(_told(serving.stopping))
        stack.push_async_callback(_cancel, [told])
        ended, _ = await asyncio.wait([told, *behind, *fronts], return_when=asyncio.FIRST_COMPLETED)
        for one in ended:
            one.result()
    _LOG.info("doors_closed")


async def keep_heads(make: Callable[[], HeadKeeper]) -> None:
    """Keep the signed heads until cancelled; while another process has the file, stand by for it."""
    while True:
        try:
            async with make() as keeper:
                await keeper.run()
        except HeadsFileBusy:
            _LOG.info("heads_kept_elsewhere")
            await asyncio.sleep(HEADS_RETRY_SECONDS)


@contextmanager
def listener(host: str, port: int) -> Iterator[socket.socket]:
    """A socket bound to exactly this address. Raises `PortInUse`, `AddressUnusable`."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        bound = socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise PortInUse(f"port {port}") from None
        raise AddressUnusable(f"port {port}") from None
    with bound:
        yield bound


def address_of(bound: socket.socket) -> str:
    """Where a bound socket is reached on this machine."""
    host, port = bound.getsockname()[:2]
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - turned into loopback, not bound
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


class _Server(uvicorn.Server):
    """A server that leaves the process's signals to us."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _config(door: Door) -> uvicorn.Config:
    return uvicorn.Config(
        door.app,
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
        lifespan="off",
        limit_concurrency=MOST_CONNECTIONS,
        timeout_graceful_shutdown=STOP_SECONDS,
        # No proxy in front is believed about who the client is; nothing here depends on it.
        proxy_headers=False,
    )


@contextmanager
def _signals(stopping: asyncio.Event, servers: list[_Server]) -> Iterator[None]:
    loop = asyncio.get_running_loop()

    def hear() -> None:
        if stopping.is_set():
            for server in servers:
                server.force_exit = True
        stopping.set()

    numbers = (signal.SIGTERM, signal.SIGINT)
    for number in numbers:
        loop.add_signal_handler(number, hear)
    try:
        yield
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)


async def _started(servers: list[_Server], fronts: list[asyncio.Task[None]]) -> None:
    while not all(server.started for server in servers):
        for one in fronts:
            if one.done():
                one.result()
                return
        await asyncio.sleep(0.01)


async def _told(stopping: asyncio.Event) -> None:
    await stopping.wait()


async def _finish(fronts: list[asyncio.Task[None]], servers: list[_Server], stopping: asyncio.Event) -> None:
    stopping.set()
    for server in servers:
        server.should_exit = True
    await asyncio.gather(*fronts, return_exceptions=True)


async def _cancel(tasks: list[asyncio.Task[None]]) -> None:
    for one in tasks:
        one.cancel()
    for one in tasks:
        with suppress(asyncio.CancelledError):
            await one
