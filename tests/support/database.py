"""Where tests reach the store's database directly: nothing but the store may otherwise (docs/adr/0017)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncpg

    from store.audit.statements import Connection
    from store.ledger import Ledger
    from store.unit import Unit


def pool_of(ledger: Ledger) -> asyncpg.Pool:
    """The ledger's pool, to look at rows or to tamper with them as the application's own login."""
    return ledger._pool


def connection_of(unit: Unit) -> Connection:
    """The connection of the unit's transaction."""
    return unit._connection
