"""Tenants by id and by short name."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from store.statements import SQL

if TYPE_CHECKING:
    from service.doors import Doors


async def slug_of(doors: Doors, tenant_id: UUID) -> str:
    """The tenant's short name; empty for one that is not there."""
    row = await doors.ledger.pool.fetchrow(SQL["tenant_of_id"], tenant_id)
    return str(row["slug"]) if row else ""
