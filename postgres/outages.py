"""Which of the driver's errors mean that the database is away or busy, for callers that may not know the driver."""

from __future__ import annotations

import asyncpg

from postgres.errors import DatabaseUnreachable

UNREACHABLE: tuple[type[Exception], ...] = (
    DatabaseUnreachable,
    ConnectionError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.InterfaceError,
)
"""No server answers, or the server is going down; nothing is known to be wrong with the request."""

BUSY: tuple[type[Exception], ...] = (
    asyncpg.LockNotAvailableError,
    asyncpg.QueryCanceledError,
    asyncpg.DeadlockDetectedError,
    asyncpg.SerializationError,
)
"""The statement gave way to others or ran out of time; the same request may succeed in a moment."""
