"""The outbox: bells that no workflow has heard yet, each leased to one relay at a time (architecture, steps 3, 4)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from store.statements import SQL

if TYPE_CHECKING:
    from uuid import UUID

    from store.ledger import Ledger
    from store.statements import Row


@dataclass(frozen=True, kw_only=True)
class Bell:
    """One bell that is due, with what its case has come to; `attempts` counts this one.

    `heard` says that the act is applied or its case is over, so that no bell needs to ring; `closed` that the case
    has its outcome, and with it a watch that is to hear of the act.
    """

    case_id: UUID
    tenant_id: UUID
    act_id: UUID
    act_seq: int
    attempts: int
    version: int
    continuation: int
    closed: bool
    heard: bool


async def bells_due(ledger: Ledger, *, limit: int) -> list[Bell]:
    """The bells of all tenants that are due, the longest waiting first; pushed away while one relay has them."""
    return [_bell(row) for row in await ledger._pool.fetch(SQL["outbox_claim"], None, limit)]


async def bell_of_row(ledger: Ledger, row_id: int) -> Bell | None:
    """The bell of this outbox row, leased; None where another relay has it, or it was rung and heard."""
    row = await ledger._pool.fetchrow(SQL["outbox_claim"], row_id, 1)
    return _bell(row) if row else None


async def close_heard_bells(ledger: Ledger) -> None:
    """Take out of the outbox what was applied, and what belongs to cases that are over and no longer watched."""
    await ledger._pool.execute(SQL["outbox_close_applied"])


def _bell(row: Row) -> Bell:
    closed = row["outcome"] is not None
    return Bell(
        case_id=row["case_id"],
        tenant_id=row["tenant_id"],
        act_id=row["act_id"],
        act_seq=row["act_seq"],
        attempts=row["attempts"],
        version=row["version"],
        continuation=row["continuation"],
        closed=closed,
        heard=row["applied_seq"] >= row["act_seq"] or (closed and not row["watched"]),
    )
