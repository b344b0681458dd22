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


async def cases_overdue(ledger: Ledger, *, patience: timedelta, limit: int) -> list[OverdueCase]:
    """Cases of all tenants whose window passed more than `patience` ago, the longest overdue first (R37)."""
    rows = await ledger.pool.fetch(SQL["cases_overdue"], patience, limit)
    return [OverdueCase(id=row["id"], tenant_id=row["tenant_id"]) for row in rows]
