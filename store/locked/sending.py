"""The operations of a locked case: planned, sent by one attempt, done once (R33, B01)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.locked.base import LockedCase
from store.operations import operation_states
from store.statements import SQL

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from domain.plan import Operation
    from domain.ports import OperationState


class Sending(LockedCase):
    """What is sent to the provider, and how far it has come."""

    async def plan_operations(self, operations: Sequence[tuple[UUID, Operation]]) -> None:
        """Write operations as `planned`; those already there stay as they are."""
        for ordinal, (operation_id, one) in enumerate(operations):
            await self.unit._connection.execute(
                SQL["operation_insert"], operation_id, self.case.id, one.key, ordinal, one.stage.value, one.kind.value,
                one.target, one.factor_kind.value if one.factor_kind else None, one.justification.value,
            )  # fmt: skip

    async def forget_unsent(self, stage: str) -> None:
        """Drop the planned operations of a withdrawn claim."""
        await self._execute("operations_forget_unsent", stage)

    async def operations(self) -> list[OperationState]:
        """The case's operations with their states, in order."""
        return await operation_states(self.unit, self.case.id)

    async def take_attempt(self) -> int:
        """Become the only attempt that may send operations (B01)."""
        attempt: int = await self.unit._connection.fetchval(SQL["case_take_attempt"], self.case.id)
        self.learn(attempt=attempt)
        return attempt

    async def mark_sent(self, key: str, attempt: int) -> bool:
        """Commit that an operation is about to be sent; False where a newer attempt has taken over."""
        return await self.unit._connection.fetchval(SQL["operation_sent"], self.case.id, key, attempt) is not None

    async def mark_done(self, key: str, result: str) -> bool:
        """Record that an operation is done; False where it was recorded before (each fact once, B01)."""
        return await self.unit._connection.fetchval(SQL["operation_done"], self.case.id, key, result) is not None
