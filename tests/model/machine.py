"""The store and the provider of a small world, fulfilling the ports that the real activities are written against."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING
from uuid import UUID

from domain.account import AccountStatus, Enrolment
from domain.acts import Act, JudgementBody, ReplannedBody
from domain.errors import PresenceUnusable
from domain.messages import Outcome
from domain.plan import OperationKind
from domain.policy.genuine import facts_digest
from domain.policy.presence import Presence
from domain.ports import OperationState, Sent
from tests.model.cast import Standing, instant, staff_account
from tests.model.state import OperationRow

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Generator, Sequence
    from datetime import datetime

    from domain.account import Account
    from domain.acts import Body, Proof
    from domain.audit import AuditEvent
    from domain.case import Case
    from domain.case_file import CaseFile
    from domain.messages import Step
    from domain.people import Actor
    from domain.plan import Operation, Plan
    from domain.ports import Order
    from tests.model.state import Browser, State


@dataclass(frozen=True)
class Recorded:
    """An act was committed."""

    act: Act
    page: Case
    """The case as it was believed when the act was decided on."""


@dataclass(frozen=True)
class Claimed:
    """The reset was claimed, judged on what was read of the provider a moment before (None: nothing was)."""

    judged_on: Account | None
    browsers: tuple[Browser, ...]
    inactive: frozenset[str]
    presence_id: str


@dataclass(frozen=True)
class Carried:
    """The provider carried an order out; `changed` tells whether anything was different afterwards."""

    order: Order
    before: Account
    changed: bool
    repeated: bool


@dataclass(frozen=True)
class Locked:
    """The provider locked the account by order of the case."""


@dataclass(frozen=True)
class Ended:
    """A step decided the outcome."""

    outcome: Outcome
    account: Account


Event = Recorded | Claimed | Carried | Locked | Ended


@dataclass(frozen=True)
class Happened:
    """One event with the states around it; the invariants judge it."""

    before: State
    event: Event
    after: State


class Point:
    """Where an activity may be interrupted: others act in between, or the worker dies."""

    def __await__(self) -> Generator[None, None, None]:
        yield


@dataclass
class Machine:
    """A state in motion: what one transition does to it, and what happened on the way."""

    state: State
    happened: list[Happened] = field(default_factory=list)
    read: Account | None = None
    browsers_read: tuple[Browser, ...] = ()
    inactive_read: frozenset[str] = frozenset()

    def note(self, before: State, event: Event) -> None:
        """Remember an event for the invariants."""
        self.happened.append(Happened(before, event, self.state))

    def new_id(self) -> UUID:
        """A fresh id."""
        self.state = replace(self.state, serial=self.state.serial + 1)
        return UUID(int=self.state.serial)


class Page:
    """One locked case in a transaction; as `store.page.Page`, but for the database."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.start = machine.state
        self.draft = machine.state
        self.file = machine.state.file()
        self.events: list[tuple[State, Event]] = []

    def audit(self, *events: AuditEvent) -> None:
        """The audit is not part of the model."""

    @property
    def case(self) -> Case:
        """The file's case."""
        return self.file.case

    async def notify(self, occasion: str, **data: object) -> bool:
        """Notices are not part of the model; what became of them is, as acts."""
        del occasion, data
        return False

    async def approvers(self) -> list[str]:
        """Only asked for to tell them."""
        return []

    async def begin_watch(self, until: datetime) -> None:
        """The watch is not part of the model."""

    async def claims_this_hour(self) -> int:
        """How many wipes the tenant has had; the world's third counter past this hour's brake."""
        return 1000 if "tenant-busy" in self.draft.effects else 0

    def recorded_step(self) -> Step | None:
        """What the last activity answered."""
        return self.draft.step

    def commit_act(self, actor: Actor | None, body: Body, proof: Proof | None = None) -> Act:
        """Record an act for the present plan."""
        seq = self.draft.case.act_seq + 1
        act = Act.model_construct(
            id=UUID(int=seq), case_id=self.case.id, seq=seq, at=self.file.now, actor=actor,
            plan_digest=self.case.plan.digest(), body=body, proof=proof,
        )  # fmt: skip
        self.events.append((self.draft, Recorded(act, self.case)))
        self._change(act_seq=seq)
        acts = (*self.file.acts, act)
        self.file = replace(self.file, acts=acts)
        self.draft = replace(self.draft, acts=acts)
        return act

    async def record(self, body: Body) -> Act:
        """An act of the product's own."""
        return self.commit_act(None, body)

    async def move(self, step: Step) -> Step:
        """Move the case."""
        step = step.model_copy(update={"version": self.case.version + 1, "tier": self.case.tier.value})
        phase = self.case.phase if step.outcome is not None and self.case.outcome is None else step.phase
        if step.outcome is not None and self.draft.case.ending is None:
            self.events.append((self.draft, Ended(step.outcome, self.draft.subject)))
        # As the store reads it back: an ending is what the last step says.
        self._change(version=step.version, phase=phase, code=step.code, ending=step.outcome)
        self.draft = replace(self.draft, step=step)
        return step

    async def unknown_acts(self, act_ids: Sequence[UUID]) -> list[UUID]:
        """No bells of strangers in the model."""
        del act_ids
        return []

    async def claim(self, enrol_by: datetime, presence_id: str) -> None:
        """Commit to the reset."""
        before = self.draft
        await self.record(JudgementBody(allowed=True, code="claimed", presence_id=presence_id, enrol_by=enrol_by))
        self._change(claimed_at=self.file.now, enrol_by=enrol_by, presence_id=presence_id)
        machine = self.machine
        claimed = Claimed(machine.read, machine.browsers_read, machine.inactive_read, presence_id)
        self.events.append((before, claimed))

    async def withdraw_claim(self) -> None:
        """Take back a claim of which nothing was sent."""
        self._change(claimed_at=None, enrol_by=None, presence_id=None)

    async def judged_against(self, code: str) -> None:
        """The reset was refused."""
        act = await self.record(JudgementBody(allowed=False, code=code))
        self.file = replace(self.file, case=self.case.model_copy(update={"spent_seq": act.seq}))

    async def wiped(self) -> None:
        """The reset is complete."""
        self._change(wiped_at=self.file.now)

    async def contained(self) -> None:
        """The hostile account is contained."""
        self._change(contained_at=self.file.now)

    async def close(self, outcome: str) -> None:
        """Give the case its outcome."""
        self._change(outcome=Outcome(outcome), closed_at=self.file.now)

    async def replan(self, snapshot: Account, plan: Plan) -> None:
        """Replace the plan."""
        self._change(snapshot=snapshot, plan=plan, plan_version=self.case.plan_version + 1)
        await self.record(ReplannedBody(facts=facts_digest(self.case)))

    async def take_attempt(self) -> int:
        """Become the only attempt that may send."""
        self._change(attempt=self.draft.case.attempt + 1)
        return self.case.attempt

    async def plan_operations(self, operations: Sequence[tuple[UUID, Operation]]) -> None:
        """Write operations as planned."""
        known = {row.operation.key for row in self.draft.operations}
        new = [OperationRow(made, one, Sent.PLANNED, 0, None) for made, one in operations if one.key not in known]
        self.draft = replace(
            self.draft, operations=(*self.draft.operations, *new), serial=max(self.draft.serial, self._serial)
        )

    async def forget_unsent(self, stage: str) -> None:
        """Drop the planned operations of a withdrawn claim."""
        kept = [row for row in self.draft.operations if row.operation.stage != stage or row.state is not Sent.PLANNED]
        self.draft = replace(self.draft, operations=tuple(kept))

    async def operations(self) -> list[OperationState]:
        """The operations in order."""
        return [
            OperationState.model_construct(
                id=row.id, operation=row.operation, state=row.state, attempt=row.attempt, done_at=None,
                result=row.result,
            )
            for row in self.draft.operations
        ]  # fmt: skip

    async def mark_sent(self, key: str, attempt: int) -> bool:
        """Commit that an operation is about to be sent."""
        if self.draft.case.attempt != attempt:
            return False
        return self._mark(key, (Sent.PLANNED, Sent.SENT), state=Sent.SENT, attempt=attempt)

    async def mark_done(self, key: str, result: str) -> bool:
        """Record that it is done."""
        return self._mark(key, (Sent.SENT,), state=Sent.DONE, result=result)

    def commit(self) -> None:
        """What was drafted becomes the state, and what happened is told in order."""
        self.machine.state = replace(self.draft, serial=max(self.draft.serial, self._serial))
        for before, event in self.events:
            self.machine.note(before, event)

    @property
    def _serial(self) -> int:
        return self.machine.state.serial

    def _mark(self, key: str, states: tuple[Sent, ...], **changes: object) -> bool:
        rows, found = [], False
        for row in self.draft.operations:
            fits = row.operation.key == key and row.state in states
            found = found or fits
            rows.append(row._replace(**changes) if fits else row)  # type: ignore[arg-type]  # names of its own fields
        self.draft = replace(self.draft, operations=tuple(rows))
        return found

    def _change(self, **facts: object) -> None:
        self.file = replace(self.file, case=self.case.model_copy(update=facts))
        self.draft = replace(self.draft, case=self.draft.case.model_copy(update=facts))


class Book:
    """Where the one case is kept."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine

    async def read_file(self, tenant_id: UUID, case_id: UUID) -> CaseFile:
        """The case as it is now, without a lock."""
        del tenant_id, case_id
        await Point()
        return self._machine.state.file()

    @asynccontextmanager
    async def page(self, tenant_id: UUID, case_id: UUID) -> AsyncIterator[Page]:
        """Open and lock the case; nobody is in between until it is committed."""
        del tenant_id, case_id
        await Point()
        page = Page(self._machine)
        yield page
        page.commit()

    async def audit(self, tenant_id: UUID, *events: AuditEvent) -> None:
        """The audit is not part of the model."""


class Provider:
    """The identity provider: each order once by its id, removal by factor id, the browser that may enrol."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine

    async def read(self, account_id: str) -> Account:
        """A fresh read of an account."""
        state = self._machine.state
        if account_id == state.subject.id:
            await Point()
            self._machine.read = self._machine.state.subject
            return self._machine.state.subject
        person = LOGINS.get(account_id, f"person-{account_id}")
        standing = state.standing(person)
        others = self._machine.inactive_read - {person}
        self._machine.inactive_read = others | ({person} if standing is Standing.DISABLED else frozenset())
        return staff_account(account_id, person, standing)

    async def carry_out(self, order: Order) -> str:
        """Do it once and say what happened."""
        await Point()
        before = self._machine.state
        if order.command in before.commands:
            self._machine.note(before, Carried(order, before.subject, changed=False, repeated=True))
            return "done"
        changes, result = _changes(before, order)
        self._machine.state = replace(
            before,
            subject=before.subject.model_copy(update=changes) if changes else before.subject,
            commands=before.commands | {order.command},
            effects=before.effects | {order.operation.key} if changes else before.effects,
        )
        self._machine.note(before, Carried(order, before.subject, changed=bool(changes), repeated=False))
        return result

    async def lock(self, account_id: str, command: UUID) -> None:
        """Lock the account, and take back that a browser may enrol."""
        del account_id, command
        await Point()
        before = self._machine.state
        locked = {"status": AccountStatus.LOCKED, "held_by_recovery": True, "enrolment": None}
        self._machine.state = replace(before, subject=before.subject.model_copy(update=locked))
        self._machine.note(before, Locked())

    async def freeze_contacts(self, account_id: str, until: datetime, command: UUID) -> bool:
        """Not part of the model."""
        del account_id, until, command
        return True


class Browsers:
    """The subject's waiting browsers."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine

    async def read(self, presence_id: str) -> Presence | None:
        """The browser as it is now."""
        await Point()
        state = self._machine.state
        self._machine.browsers_read = state.browsers
        for one in state.browsers:
            if one.id == presence_id:
                return Presence.model_construct(
                    id=one.id, account_id=state.subject.id, confirmed=one.confirmed, usable=one.usable,
                    password_verified=one.password, last_seen_at=instant(state.at if one.seen is None else one.seen),
                )  # fmt: skip
        return None


LOGINS = {"ada-again": "person-ada", "bo-again": "person-bo", "kim-again": "person-kim"}


def _changes(state: State, order: Order) -> tuple[dict[str, object], str]:
    account, operation = state.subject, order.operation
    match operation.kind:
        case OperationKind.WIPE_FACTORS:
            kept = tuple(one for one in account.factors if one.id != operation.target)
            if len(kept) == len(account.factors):
                return {}, "already_gone"
            return {"factors": kept}, "done"
        case OperationKind.REVOKE_SESSIONS:
            return {"sessions": 0, "refresh_tokens": 0}, "done"
        case OperationKind.DISABLE:
            return {"status": AccountStatus.DISABLED, "held_by_recovery": True}, "done"
        case OperationKind.ENABLE:
            return {"status": AccountStatus.ACTIVE, "held_by_recovery": False}, "done"
        case OperationKind.REQUIRE_ENROLMENT:
            fits = any(one.id == order.presence_id and one.usable for one in state.browsers)
            if not fits or order.presence_id is None or order.until is None:
                raise PresenceUnusable
            return {"enrolment": Enrolment(presence_id=order.presence_id, until=order.until)}, "done"
        case OperationKind.RESET_PASSWORD:
            return {"signals": ("password_invalidated",)}, "done"
