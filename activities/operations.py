"""Carrying out planned operations: sent is committed before the call, done after it, each once (R33, B01)."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Protocol
from uuid import uuid5

from temporalio import activity

from domain.audit import EventOutcome, EventType
from domain.errors import AttemptSuperseded, PresenceUnusable, ProviderRefused
from domain.events import by_acting_admin, by_system
from domain.plan import OperationKind, Stage
from domain.ports import REFUSED, CaseFacts, Order, Sending, Sent
from domain.refusal_codes import Code

if TYPE_CHECKING:
    from collections.abc import Iterable

    from domain.audit import AuditEvent
    from domain.case import Case
    from domain.ports import CaseBook, Effects, OperationState

_EVENTS = {
    OperationKind.WIPE_FACTORS: EventType.FACTOR_REMOVED,
    OperationKind.REVOKE_SESSIONS: EventType.SESSION_REVOKED,
    OperationKind.RESET_PASSWORD: EventType.PASSWORD_INVALIDATED,
    OperationKind.DISABLE: EventType.USER_DISABLED,
    OperationKind.ENABLE: EventType.USER_ENABLED,
    OperationKind.REQUIRE_ENROLMENT: EventType.ENROLMENT_REQUIRED,
}


class SendingPage(CaseFacts, Sending, Protocol):
    """What the sending of an operation needs of a locked case."""


class TakenOver(AttemptSuperseded):
    """A newer attempt has taken this step over.

    Retryable: a sleeper that woke up may have taken the number from the attempt that Temporal waits for, or finished
    its operation, and a case must not fail for that after the claim.
    """

    retryable: ClassVar[bool] = True


class Carrier:
    """Carries operations out as one attempt; a newer attempt takes over and this one then stops."""

    def __init__(self, book: CaseBook, effects: Effects) -> None:
        self._book = book
        self._effects = effects

    async def carry_out(self, case: Case, states: Iterable[OperationState], attempt: int) -> None:
        """Carry out, in order, what is not done yet.

        What the provider refuses for good is recorded as refused and does not hold up the rest (B12). Raises
        `TakenOver`, `SubjectGone` and the provider's retryable errors.
        """
        for state in states:
            show_life()
            if state.state is not Sent.DONE:
                await self._send(case, state, attempt)
                await self._done(case, state, await self._ask(case, state))

    async def _ask(self, case: Case, state: OperationState) -> str:
        try:
            return await self._effects.carry_out(_order(case, state))
        except (PresenceUnusable, ProviderRefused) as error:
            return error.code

    async def _send(self, case: Case, state: OperationState, attempt: int) -> None:
        async with self._book.page(case.tenant_id, case.id) as page:
            if not await page.mark_sent(state.operation.key, attempt):
                raise TakenOver
            if state.state is Sent.SENT:
                page.audit(
                    by_system(case, EventType.OPERATION_UNCERTAIN, EventOutcome.PARTIAL, operation=state.operation.key)
                )

    async def _done(self, case: Case, state: OperationState, result: str) -> None:
        async with self._book.page(case.tenant_id, case.id) as page:
            await record_done(page, state, result)


async def record_done(page: SendingPage, state: OperationState, result: str) -> None:
    """Record an operation as done, with its audit event, unless that was recorded before."""
    if await page.mark_done(state.operation.key, result):
        page.audit(_event(page.case, state, result))


def show_life() -> None:
    """Tell Temporal that this attempt lives, so that a dead one is noticed within seconds, not minutes."""
    if activity.in_activity():
        activity.heartbeat()


async def lock(effects: Effects, case: Case) -> AuditEvent:
    """Lock the account, by one command per case however often it is tried (R33, R37); returns the event to record."""
    try:
        await effects.lock(case.subject_id, uuid5(case.id, "lock"))
    except ProviderRefused as error:
        return by_system(case, EventType.USER_LOCKED, EventOutcome.FAILURE, because=error.code)
    return by_system(
        case, EventType.USER_LOCKED, because="enrolment_window_closed" if case.wiped_at else Code.WIPE_INCOMPLETE
    )


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
    data: dict[str, object] = {
        "result": result,
        "because": operation.justification.value,
        "stage": operation.stage.value,
    }
    if operation.target:
        enrolled = next((one.enrolled_at for one in case.snapshot.factors if one.id == operation.target), None)
        data |= {
            "factor": operation.target,
            "factor_kind": operation.factor_kind.value if operation.factor_kind else "other",
            "enrolled_at": enrolled.isoformat() if enrolled else "unknown",
        }
    ended_well = result not in REFUSED
    return by_acting_admin(
        case, _EVENTS[operation.kind], EventOutcome.SUCCESS if ended_well else EventOutcome.FAILURE, **data
    )
