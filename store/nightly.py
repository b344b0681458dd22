"""Rounds of nightly reads: where each tenant's stands, and whose turn it is to go on with it (R16, R22)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from store.statements import SQL

if TYPE_CHECKING:
    from datetime import datetime, timedelta
    from uuid import UUID

    from store.ledger import Ledger
    from store.unit import Unit


@dataclass(frozen=True, kw_only=True)
class Round:
    """A round of reads under way in one tenant, and the lease under which this process goes on with it.

    `last_id` is the last account that was read, `accounts_then` how many accounts the round before this one read.
    """

    tenant_id: UUID
    lease: UUID
    started_at: datetime
    last_id: str | None
    accounts_then: int


@dataclass(frozen=True, kw_only=True)
class Timing:
    """How long a lease holds, and how far ahead a lease or a due time may lie before it counts as a wrong clock's."""

    lease: timedelta
    longest_lease: timedelta
    longest_pause: timedelta


async def take_round(ledger: Ledger, tenant_id: UUID, lease: UUID, timing: Timing) -> Round | None:
    """The tenant's round that is due or under way, leased; None where there is none, or another process has it."""
    row = await ledger._pool.fetchrow(
        SQL["nightly_take"], tenant_id, lease, timing.lease, timing.longest_lease, timing.longest_pause
    )
    if row is None:
        return None
    return Round(
        tenant_id=tenant_id,
        lease=lease,
        started_at=row["started_at"],
        last_id=row["last_id"],
        accounts_then=row["accounts_then"],
    )


async def move_round_on(unit: Unit, taken: Round, *, last_id: str | None, accounts: int, lease: timedelta) -> bool:
    """So many more accounts were read, up to `last_id`; False where another reader has taken the round over."""
    moved = await unit._connection.fetchval(SQL["nightly_page"], taken.tenant_id, taken.lease, last_id, accounts, lease)
    return moved is not None


async def complete_round(unit: Unit, taken: Round, *, period: timedelta, eligible: int, wanted: int) -> int | None:
    """All accounts were read, and so many approvers counted (R22); the next round is due a `period` after this began.

    Returns how many accounts were read; None where another reader has taken the round over.
    """
    read: int | None = await unit._connection.fetchval(
        SQL["nightly_done"], taken.tenant_id, taken.lease, period, eligible, wanted
    )
    return read


async def rest_round(ledger: Ledger, taken: Round, pause: timedelta) -> None:
    """Let the round stand where it is; after the pause any process may go on with it."""
    await ledger._pool.execute(SQL["nightly_rest"], taken.tenant_id, taken.lease, pause)
