"""Step-ups as rows: a challenge, its sealed proof, the one use of it, and wrong tries counted first (R27, B14)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from store.statements import SQL

if TYPE_CHECKING:
    from datetime import datetime, timedelta
    from uuid import UUID

    from domain.people import Actor
    from store.ledger import Ledger
    from store.unit import Unit


@dataclass(frozen=True, kw_only=True)
class NewStepUp:
    """A challenge that the provider has just made; `binding` is the digest of what it is over, in hex."""

    id: UUID
    tenant_id: UUID
    actor: Actor
    case_id: UUID | None
    binding: str
    transaction: str


@dataclass(frozen=True, kw_only=True)
class KeptStepUp:
    """A challenge as it stands. `sealed` is the proof as a door has sealed it, or None; nothing here is believed."""

    id: UUID
    account_id: str
    binding: str
    transaction: str
    created_at: datetime
    alive: bool
    used: bool
    sealed: dict[str, object] | None

    def __repr__(self) -> str:
        return f"KeptStepUp({self.id})"


async def put_step_up(ledger: Ledger, new: NewStepUp, *, lives: timedelta) -> datetime:
    """Write a challenge; returns when it runs out (UTC)."""
    expires_at: datetime = await ledger._pool.fetchval(
        SQL["step_up_insert"], new.id, new.tenant_id, new.actor.account_id, new.actor.person_id, new.case_id,
        new.binding, new.transaction, lives,
    )  # fmt: skip
    return expires_at


async def step_up_of(ledger: Ledger, tenant_id: UUID, step_up_id: UUID) -> KeptStepUp | None:
    """The tenant's challenge with this id, or None."""
    row = await ledger._pool.fetchrow(SQL["step_up_read"], step_up_id, tenant_id)
    if row is None:
        return None
    return KeptStepUp(
        id=row["id"],
        account_id=row["account_id"],
        binding=row["binding"],
        transaction=row["transaction"],
        created_at=row["created_at"],
        alive=row["alive"],
        used=row["act_id"] is not None or row["used_for"] is not None,
        sealed=row["proof"],
    )


async def keep_proof(unit: Unit, step_up_id: UUID, sealed: dict[str, object]) -> bool:
    """Keep what was proved until it is used; False where something was proved before."""
    return await unit._connection.fetchval(SQL["step_up_proved"], step_up_id, sealed) is not None


async def use_up(
    unit: Unit, step_up_id: UUID, *, act_id: UUID | None = None, policy_change: UUID | None = None
) -> bool:
    """Spend a proof on an act or on a change of policy; False where it was spent before or nothing was proved."""
    what = str(policy_change) if policy_change else None
    return await unit._connection.fetchval(SQL["step_up_use_up"], step_up_id, act_id, what) is not None


async def count_try(ledger: Ledger, tenant_id: UUID, person_id: str, *, most: int, locked_for: timedelta) -> bool:
    """Count a try before it is checked; False where the person has none left until the lock is over (R27)."""
    counted = await ledger._pool.fetchval(SQL["step_up_count_try"], tenant_id, person_id, most, locked_for)
    return counted is not None


async def forgive_tries(ledger: Ledger, tenant_id: UUID, person_id: str) -> None:
    """A right answer: the person's wrong ones are forgotten."""
    await ledger._pool.execute(SQL["step_up_forgive"], tenant_id, person_id)
