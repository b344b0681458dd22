"""What waits for people, across cases: whose turn it is, and broken glass to review."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from store.statements import SQL

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from store.ledger import Ledger


@dataclass(frozen=True, kw_only=True)
class Turns:
    """At which codes an open case waits for whom: for anybody's eyes, or for this reader by what they are in it.

    `objected` asks also for ended cases under watch to which a reader of a notice ever objected.
    """

    anybody: Sequence[str] = ()
    approver: Sequence[str] = ()
    agent: Sequence[str] = ()
    acting_admin: Sequence[str] = ()
    objected: bool = False


async def cases_waiting(ledger: Ledger, tenant_id: UUID, reader: str, turns: Turns, *, limit: int) -> list[UUID]:
    """The tenant's cases in which one of these has to act, the oldest first, never one about the reader, a person id.

    Filtered before it is limited: whom a case waits for is told by its row. Whether it still does, and whether an
    objection is answered, its acts say; ended cases are not counted into `limit`.
    """
    rows = await ledger._pool.fetch(
        SQL["cases_waiting"], tenant_id, reader, list(turns.anybody), list(turns.approver), list(turns.agent),
        list(turns.acting_admin), turns.objected, limit,
    )  # fmt: skip
    return [row["id"] for row in rows]


async def cases_with_glass_broken(ledger: Ledger, tenant_id: UUID) -> list[UUID]:
    """Every case of the tenant with a break-glass, the oldest first (R39)."""
    return [row["id"] for row in await ledger._pool.fetch(SQL["cases_with_glass_broken"], tenant_id)]
