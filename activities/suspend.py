"""After the claim an objection suspends what enrolled or signed in since, until an officer rules (R24)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from temporalio import activity

from activities.looking import answering, look, open_page, subject_gone
from activities.operations import Carrier, of_stage
from domain.acts import ActKind, LiftedBody, SuspendedBody
from domain.audit import EventType
from domain.errors import SubjectGone
from domain.events import by_system
from domain.messages import Step, StepInput
from domain.notices import Occasion, nth
from domain.plan import Justification, Operation, OperationKind, Stage
from domain.policy.confirmed import enabling_waits
from domain.policy.objections import lift_due, suspension_due
from domain.ports import CaseFacts, CaseRecords, Planned, Telling

if TYPE_CHECKING:
    from uuid import UUID

    from domain.ports import CaseBook, Effects, NewIds


class SuspendingPage(CaseFacts, CaseRecords, Telling, Planned, Protocol):
    """What a suspension needs of a locked case."""


class Suspender:
    """Disables the account and ends its sessions, or lets it on again; each once an objection, whatever crashes."""

    def __init__(self, book: CaseBook, effects: Effects, new_id: NewIds) -> None:
        self._book = book
        self._new_id = new_id
        self._carrier = Carrier(book, effects)

    async def settle(self, tenant_id: UUID, case_id: UUID) -> None:
        """Suspend or lift as the acts say; nothing where neither is due. Raises `SubjectGone`."""
        async with self._book.page(tenant_id, case_id) as page:
            due = await self._due(page)
            if due is None:
                return
            await page.plan_operations([(self._new_id(), one) for one in due])
            attempt = await page.take_attempt()
            case, keys = page.case, {one.key for one in due}
            states = [one for one in of_stage(await page.operations(), Stage.SUSPEND) if one.operation.key in keys]
        await self._carrier.carry_out(case, states, attempt)
        async with self._book.page(tenant_id, case_id) as page:
            await _record(page)

    async def _due(self, page: SuspendingPage) -> list[Operation] | None:
        nth = str(sum(1 for act in page.file.acts if act.kind is ActKind.SUSPENDED))
        if suspension_due(page.file):
            return [_operation(OperationKind.DISABLE, nth), _operation(OperationKind.REVOKE_SESSIONS, nth)]
        if lift_due(page.file):
            return [] if enabling_waits(await page.operations()) else [_operation(OperationKind.ENABLE, nth)]
        return None


class Suspending:
    """The activity of a case whose claim has an objection after it."""

    def __init__(self, book: CaseBook, effects: Effects, new_id: NewIds) -> None:
        self._book = book
        self._suspender = Suspender(book, effects, new_id)

    @activity.defn(name="recovery.suspend")
    @answering
    async def suspend(self, message: StepInput) -> Step:
        """Suspend, or lift the suspension as an officer ruled, and look again."""
        async with open_page(self._book, message):
            pass  # nothing to do with it yet: only whether this step was answered before
        try:
            await self._suspender.settle(message.tenant_id, message.case_id)
        except SubjectGone:
            return await subject_gone(self._book, message)
        async with open_page(self._book, message) as page:
            return await look(page, page.file)


async def _record(page: SuspendingPage) -> None:
    if suspension_due(page.file):
        before = sum(1 for act in page.file.acts if act.kind is ActKind.SUSPENDED)
        await page.record(SuspendedBody())
        page.audit(by_system(page.case, EventType.SUSPENDED_AFTER_OBJECTION))
        alert = "suspended_after_objection"
        await page.notify(nth(Occasion.SECURITY_ALERT, f"{alert}{before or ''}"), code=alert)
    elif lift_due(page.file):
        await page.record(LiftedBody())
        page.audit(by_system(page.case, EventType.SUSPENSION_LIFTED))


def _operation(kind: OperationKind, nth: str) -> Operation:
    return Operation(stage=Stage.SUSPEND, kind=kind, target=nth, justification=Justification.OBJECTION)
