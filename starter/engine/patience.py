"""How long a door or a worker waits for Temporal, and what its absence looks like."""

from __future__ import annotations

from temporalio.service import RPCError

PATIENCE_SECONDS = 1.0
"""For what every page asks."""
HISTORY_PATIENCE_SECONDS = 2.0
ENGINE_AWAY: tuple[type[Exception], ...] = (RPCError, RuntimeError, TimeoutError, OSError)
"""RuntimeError is what a client says that has not been able to connect yet."""
