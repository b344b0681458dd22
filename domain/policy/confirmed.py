"""Whether the steps of a hostile case's plan are confirmed, and who may enable the account before that (R30, R35)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.plan import OperationKind, Stage
from domain.ports import Sent

if TYPE_CHECKING:
    from collections.abc import Iterable

    from domain.ports import OperationState


def refused_in(states: Iterable[OperationState], stage: Stage) -> list[str]:
    """The names of this stage's operations that the provider refused for good, in order.

    One is enough: the case is then neither contained nor complete, and people must look (R30).
    """
    return [one.operation.key for one in states if one.operation.stage is stage and one.refused]


def enabling_waits(states: Iterable[OperationState]) -> bool:
    """Whether the plan itself keeps the account disabled until the enrolment is complete (R30, R35).

    What an objection disabled on top of it is then lifted without enabling the account.
    """
    return any(
        one.operation.stage is Stage.COMPLETE
        and one.operation.kind is OperationKind.ENABLE
        and one.state is not Sent.DONE
        for one in states
    )
