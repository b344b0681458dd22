"""Choosing TCP ports of 127.0.0.1 and keeping them from one start to the next; stdlib only."""

from __future__ import annotations

import json
import socket
from contextlib import ExitStack
from typing import TYPE_CHECKING

from starter.embedded.errors import PortInUse
from starter.embedded.files import write_private

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

LOOPBACK = "127.0.0.1"
_CONNECT_SECONDS = 0.5


def choose_ports(remembered: Path, wanted: Mapping[str, int | None]) -> dict[str, int]:
    """A free port for every name: the wanted one, else the one of last time, else any; writes them to `remembered`.

    Raises `PortInUse`, naming the port, when a wanted one is taken. A port can be taken by another program
    right after: the caller that starts a server must check who answers.
    """
    last = _read(remembered)
    chosen: dict[str, int] = {}
    with ExitStack() as held:
        for name, port in wanted.items():
            if port is not None:
                if not _hold(held, port):
                    raise PortInUse(f"port {port}")
                chosen[name] = port
        for name in wanted:
            if name not in chosen:
                port = last.get(name, 0)
                if not port or port in chosen.values() or not _hold(held, port):
                    port = _hold_any(held)
                chosen[name] = port
    write_private(remembered, json.dumps(chosen, indent=1))
    return chosen


def is_free(port: int) -> bool:
    """Whether a server could listen on that port of 127.0.0.1 now."""
    with ExitStack() as held:
        return _hold(held, port)


def _hold(held: ExitStack, port: int) -> bool:
    # Elsewhere than on Linux binding can succeed beside a listener on all addresses.
    with socket.socket() as probe:
        probe.settimeout(_CONNECT_SECONDS)
        if probe.connect_ex((LOOPBACK, port)) == 0:
            return False
    listener = held.enter_context(socket.socket())
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((LOOPBACK, port))
    except (OSError, OverflowError):
        return False
    return True


def _hold_any(held: ExitStack) -> int:
    listener = held.enter_context(socket.socket())
    listener.bind((LOOPBACK, 0))
    return int(listener.getsockname()[1])


def _read(remembered: Path) -> dict[str, int]:
    # Only a convenience: a damaged file costs new port numbers, nothing else.
    try:
        known = json.loads(remembered.read_text(encoding="utf-8"))
        return {str(name): int(port) for name, port in known.items()}
    except (OSError, ValueError, AttributeError, TypeError):
        return {}
