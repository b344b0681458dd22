"""Step-ups as rows: a challenge, its sealed proof, the one use of it, and wrong tries counted first (R27, B14)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.statements import SQL

if TYPE_CHECKING:
    from uuid import UUID

    from store.unit import Unit


async def use_up(
    unit: Unit, step_up_id: UUID, *, act_id: UUID | None = None, policy_change: UUID | None = None
) -> bool:
    """Spend a proof on an act or on a change of policy; False where it was spent before or nothing was proved."""
    what = str(policy_change) if policy_change else None
    return await unit.connection.fetchval(SQL["step_up_use_up"], step_up_id, act_id, what) is not None
