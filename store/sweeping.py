"""What the sweep looks for: cases that time or a lost workflow has left behind (R37, B29)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from store.statements import SQL

if TYPE_CHECKING:
    from datetime import timedelta
    from uuid import UUID

    from store.ledger import Ledger


@dataclass(frozen=True, kw_only=True)
class OverdueCase:
    """An open case whose factors are gone and whose window for a new one has passed."""

    id: UUID
    tenant_id: UUID


@dataclass(frozen=True, kw_only=True)
class OpenCase:
    """An open case that should have a workflow; `continuation` is the number of its latest one."""

    id: UUID
    tenant_id: UUID
    version: int
    continuation: int
    claimed: bool


@dataclass(frozen=True, kw_only=True)
class OpenWatch:
    """A watch that has not ended, by the case whose account it is over (R38)."""

    case_id: UUID
    tenant_id: UUID


async def cases_to_sweep(ledger: Ledger, *, after: UUID, limit: int) -> list[OpenCase]:
    """Open cases of all tenants by id, those after this one."""
    return [
        OpenCase(
            id=row["id"],
            tenant_id=row["tenant_id"],
            version=row["version"],
            continuation=row["continuation"],
            claimed=row["claimed"],
        )
        for row in await ledger._pool.fetch(SQL["cases_to_sweep"], limit, after)
    ]


async def watches_to_sweep(ledger: Ledger, *, after: UUID, limit: int) -> list[OpenWatch]:
    """Watches of all tenants that have not ended, by case id, those after this one."""
    return [
        OpenWatch(case_id=row["case_id"], tenant_id=row["tenant_id"])
        for row in await ledger._pool.fetch(SQL["watches_to_sweep"], limit, after)
    ]


async def cases_overdue(ledger: Ledger, *, patience: timedelta, limit: int) -> list[OverdueCase]:
    """Cases of all tenants whose window passed more than `patience` ago, the longest overdue first (R37)."""
    rows = await ledger._pool.fetch(SQL["cases_overdue"], patience, limit)
    return [OverdueCase(id=row["id"], tenant_id=row["tenant_id"]) for row in rows]
