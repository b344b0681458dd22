"""Operations and how far each has come: planned, sent, done (B01)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.account import FactorKind
from domain.plan import Justification, Operation, OperationKind, Stage
from domain.ports import OperationState, Sent
from store.statements import SQL

if TYPE_CHECKING:
    from uuid import UUID

    from store.unit import Unit


async def operation_states(unit: Unit, case_id: UUID) -> list[OperationState]:
    """The case's operations in order."""
    rows = await unit._connection.fetch(SQL["operations_of_case"], case_id)
    return [
        OperationState(
            id=row["id"],
            operation=Operation(
                stage=Stage(row["stage"]),
                kind=OperationKind(row["kind"]),
                target=row["target"],
                factor_kind=FactorKind(row["factor_kind"]) if row["factor_kind"] else None,
                justification=Justification(row["justification"]),
            ),
            state=Sent(row["state"]),
            attempt=row["attempt"],
            done_at=row["done_at"],
            result=row["result"],
        )
        for row in rows
    ]


async def is_our_command(unit: Unit, command: str | None) -> bool:
    """Whether a change at the provider bears the id of an operation of ours, in whatever case."""
    return bool(await unit._connection.fetchval(SQL["operation_is_ours"], command))
