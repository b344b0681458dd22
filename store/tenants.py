"""Tenants: by id, by short name, and all of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from store.asking import database_of
from store.statements import SQL

if TYPE_CHECKING:
    from uuid import UUID

    from store.ledger import Ledger
    from store.statements import Row
    from store.unit import Unit


@dataclass(frozen=True)
class Tenant:
    """One tenant."""

    id: UUID
    slug: str
    name: str


async def tenant_of_slug(ledger: Ledger, slug: str) -> Tenant | None:
    """The tenant with this short name, if there is one."""
    # What no name is made of, no database is asked for: PostgreSQL takes no NUL, and says so by failing (B26).
    row = await ledger._pool.fetchrow(SQL["tenant_by_slug"], slug) if slug.isprintable() else None
    return _tenant(row) if row else None


async def tenant_of_id(where: Ledger | Unit, tenant_id: UUID) -> Tenant | None:
    """The tenant with this id, if there is one."""
    row = await database_of(where).fetchrow(SQL["tenant_of_id"], tenant_id)
    return _tenant(row) if row else None


async def all_tenants(ledger: Ledger) -> list[Tenant]:
    """Every tenant, by short name."""
    return [_tenant(row) for row in await ledger._pool.fetch(SQL["tenants_all"])]


def _tenant(row: Row) -> Tenant:
    return Tenant(id=row["id"], slug=row["slug"], name=row["name"])
