"""Cases by the short reference that people say and write: eight digits of an id, so not always one case alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from store.statements import SQL

if TYPE_CHECKING:
    from datetime import timedelta
    from uuid import UUID

    from store.ledger import Ledger


@dataclass(frozen=True, kw_only=True)
class NamedCase:
    """A case of some tenant that answers to a reference."""

    id: UUID
    tenant_id: UUID


async def case_by_reference(ledger: Ledger, tenant_id: UUID, hex_prefix: str) -> UUID | None:
    """The tenant's case whose id begins with these hex digits, if it is exactly one."""
    rows = await ledger._pool.fetch(SQL["case_by_reference"], tenant_id, hex_prefix)
    return rows[0]["id"] if len(rows) == 1 else None


async def case_of_any_tenant(
    ledger: Ledger, first_id: UUID, last_id: UUID, *, ended_within: timedelta
) -> NamedCase | None:
    """The one case of all tenants with an id in this span that is open or ended so lately; None where two are."""
    rows = await ledger._pool.fetch(SQL["cases_of_reference"], first_id, last_id, ended_within)
    return NamedCase(id=rows[0]["id"], tenant_id=rows[0]["tenant_id"]) if len(rows) == 1 else None
