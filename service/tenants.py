"""Tenants by id and by short name."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from store.tenants import tenant_of_id

if TYPE_CHECKING:
    from service.doors import Doors


async def slug_of(doors: Doors, tenant_id: UUID) -> str:
    """The tenant's short name; empty for one that is not there."""
    tenant = await tenant_of_id(doors.ledger, tenant_id)
    return tenant.slug if tenant else ""
