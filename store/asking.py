"""Where a statement runs that is asked within a transaction as well as on its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.unit import Unit

if TYPE_CHECKING:
    import asyncpg

    from store.audit.statements import Connection
    from store.ledger import Ledger


def database_of(where: Ledger | Unit) -> asyncpg.Pool | Connection:
    """The unit's transaction, or for a ledger whichever connection is free."""
    return where._connection if isinstance(where, Unit) else where._pool
