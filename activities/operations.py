"""Carrying out planned operations: sent is committed before the call, done after it, each once (R33, B01)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from activities.looking import by_acting_admin, by_system
from domain.audit import (
    ENROLMENT_REQUIRED,
    FACTOR_REMOVED,
    OPERATION_UNCERTAIN,
    PASSWORD_INVALIDATED,
    SESSION_REVOKED,
    USER_DISABLED,
    USER_ENABLED,
    EventOutcome,
)
from domain.errors import AttemptSuperseded
from domain.plan import OperationKind, Stage
from domain.ports import Order, Sent

if TYPE_CHECKING:
    from collections.abc import Iterable

    from domain.audit import AuditEvent
    from domain.case import Case
    from domain.ports import CaseBook, CasePage, Effects, OperationState

_EVENTS = {
    OperationKind.WIPE_FACTORS: FACTOR_REMOVED,
    OperationKind.REVOKE_SESSIONS: SESSION_REVOKED,
    OperationKind.RESET_PASSWORD: PASSWORD_INVALIDATED,
    OperationKind.DISABLE: USER_DISABLED,
    OperationKind.ENABLE: USER_ENABLED,
    OperationKind.REQUIRE_ENROLMENT: ENROLMENT_REQUIRED,
}


class Carrier:
    """Carries operations out as one attempt; a newer attempt takes over and this one then stops."""

    def __init__(self, book: CaseBook, effects: Effects) -> None:
        self._book = book
        self._effects = effects

    async def carry_out(self, case: Case, states: Iterable[OperationState], attempt: int) -> None:
        """Carry out, in order, what is not done yet. Raises `AttemptSuperseded` and the provider's errors."""
        for state in states:
            if state.state is Sent.DONE:
                continue
            await self._send(case, state, attempt)
            result = await self._effects.carry_out(_order(case, state))
            await self._done(case, state, result)

    async def _send(self, case: Case, state: OperationState, attempt: int) -> None:
        async with self._book.page(case.tenant_id, case.id) as page:
            if not await page.mark_sent(state.operation.key, attempt):
                raise AttemptSuperseded
            if state.state is Sent.SENT:
                page.audit(by_system(case, OPERATION_UNCERTAIN, EventOutcome.PARTIAL, operation=state.operation.key))

    async def _done(self, case: Case, state: OperationState, result: str) -> None:
        async with self._book.page(case.tenant_id, case.id) as page:
            await record_done(page, state, result)


async def record_done(page: CasePage, state: OperationState, result: str) -> None:
    """Record an operation as done, with its audit event, unless that was recorded before."""
    if await page.mark_done(state.operation.key, result):
        page.audit(_event(page.case, state, result))


def of_stage(states: Iterable[OperationState], *stages: Stage) -> list[OperationState]:
    """The operations of these stages, in order."""
    return [one for one in states if one.operation.stage in stages]


def _order(case: Case, state: OperationState) -> Order:
    return Order(
        command=state.id,
        account_id=case.subject_id,
        operation=state.operation,
        presence_id=case.presence_id,
        until=case.enrol_by,
        choose_password=case.plan.choose_password,
    )


def _event(case: Case, state: OperationState, result: str) -> AuditEvent:
    operation = state.operation
    data: dict[str, object] = {"result": result, "because": operation.justification.value, "stage": operation.stage.value}
    if operation.target:
        enrolled = next((one.enrolled_at for one in case.snapshot.factors if one.id == operation.target), None)
        data |= {
            "factor": operation.target,
            "factor_kind": operation.factor_kind.value if operation.factor_kind else "other",
            "enrolled_at": enrolled.isoformat() if enrolled else "unknown",
        }
    ended_well = result not in {"presence_unusable"}
    return by_acting_admin(
        case, _EVENTS[operation.kind], EventOutcome.SUCCESS if ended_well else EventOutcome.FAILURE, **data
    )
