"""What waits for people, across cases: whose turn it is, broken glass to review, and the watch of one case."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.case_file import Watch
from store.cases import case_from_row
from store.statements import SQL

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from domain.case import Case
    from store.ledger import Ledger
    from store.unit import Unit


async def watch_of_case(unit: Unit, case_id: UUID) -> Watch | None:
    """The watch over the account that this case recovered, if there is one (R38)."""
    row = await unit._connection.fetchrow(SQL["watch_read"], case_id)
    return Watch(until=row["until"], version=row["version"], ended=row["ended_at"] is not None) if row else None


async def cases_waiting(
    ledger: Ledger, tenant_id: UUID, *, codes: Sequence[str], objected: bool, limit: int
) -> list[Case]:
    """The tenant's cases that stand at one of these codes, the oldest first.

    With `objected` also ended ones under watch to which somebody ever objected: whether they wait, their acts say.
    """
    rows = await ledger._pool.fetch(SQL["cases_waiting"], tenant_id, list(codes), objected, limit)
    return [case_from_row(row) for row in rows]


async def cases_with_glass_broken(ledger: Ledger, tenant_id: UUID) -> list[UUID]:
    """Every case of the tenant with a break-glass, the oldest first (R39)."""
    return [row["id"] for row in await ledger._pool.fetch(SQL["cases_with_glass_broken"], tenant_id)]
