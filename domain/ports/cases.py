"""A locked case as activities use it, in ports of three or four methods; the store fulfils them all."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol
from uuid import UUID

from domain.account import Account, Fact
from domain.errors import PresenceUnusable, ProviderRefused
from domain.plan import Operation

if TYPE_CHECKING:
    from collections.abc import Sequence

    from domain.acts import Act, Body
    from domain.audit import AuditEvent
    from domain.case import Case
    from domain.case_file import CaseFile
    from domain.messages import Step
    from domain.plan import Plan


class Sent(StrEnum):
    """How far an operation has come."""

    PLANNED = "planned"
    SENT = "sent"
    DONE = "done"


REFUSED = frozenset({ProviderRefused.code, PresenceUnusable.code})
"""Results of operations that the provider refused for good."""


class OperationState(Fact):
    """An operation of a case; its `id` is the idempotency key at the provider."""

    id: UUID
    operation: Operation
    state: Sent
    attempt: int
    done_at: datetime | None
    result: str | None

    @property
    def refused(self) -> bool:
        """Whether the provider will never carry it out, however often it is asked."""
        return self.result in REFUSED


class CaseFacts(Protocol):
    """One locked case as it is known within its transaction, and what is audited of it."""

    @property
    def case(self) -> Case:
        """The file's case."""
        ...

    @property
    def file(self) -> CaseFile:
        """The case as it was read under the lock, with what this transaction has changed since."""
        ...

    def audit(self, *events: AuditEvent) -> None:
        """Queue audit events."""
        ...


class CaseMoves(Protocol):
    """Where the case stands, and moving it on."""

    def recorded_step(self) -> Step | None:
        """What the last activity answered."""
        ...

    async def move(self, step: Step) -> Step:
        """Move the case."""
        ...

    async def close(self, outcome: str) -> None:
        """Give the case its outcome."""
        ...

    async def unknown_acts(self, act_ids: Sequence[UUID]) -> list[UUID]:
        """Which ids are no acts of this case."""
        ...


class Telling(Protocol):
    """Who has to know of it."""

    async def notify(self, occasion: str, **data: object) -> bool:
        """Have it told, once a case and occasion (R23); False where it was before."""
        ...

    async def approvers(self) -> list[str]:
        """The account ids of everybody who could verify this case now (R22)."""
        ...


class CaseRecords(Protocol):
    """What the product itself writes down of a case."""

    async def record(self, body: Body) -> Act:
        """An act of the product's own."""
        ...

    async def replan(self, snapshot: Account, plan: Plan) -> None:
        """Replace the plan."""
        ...


class Claims(Protocol):
    """Committing to a reset, or turning it down (R34)."""

    async def claim(self, enrol_by: datetime, presence_id: str) -> None:
        """Commit to the reset."""
        ...

    async def withdraw_claim(self) -> None:
        """Take back a claim of which nothing was sent."""
        ...

    async def judged_against(self, code: str) -> None:
        """Record that the reset was refused, and use up every presence and step-up so far."""
        ...

    async def claims_this_hour(self) -> int:
        """How many other cases of the tenant were claimed within the hour (R41)."""
        ...


class Reached(Protocol):
    """What the provider was seen to have done: it is not done again."""

    async def wiped(self) -> None:
        """The reset is complete."""
        ...

    async def contained(self) -> None:
        """The hostile account is contained."""
        ...


class Planned(Protocol):
    """The planned operations of a case, in order."""

    async def plan_operations(self, operations: Sequence[tuple[UUID, Operation]]) -> None:
        """Write operations as planned."""
        ...

    async def forget_unsent(self, stage: str) -> None:
        """Drop the planned operations of a withdrawn claim."""
        ...

    async def operations(self) -> list[OperationState]:
        """The operations in order."""
        ...


class Sending(Protocol):
    """Carrying operations out as one attempt (B01)."""

    async def take_attempt(self) -> int:
        """Become the only attempt that may send."""
        ...

    async def mark_sent(self, key: str, attempt: int) -> bool:
        """Commit that an operation is about to be sent."""
        ...

    async def mark_done(self, key: str, result: str) -> bool:
        """Record that it is done."""
        ...


class Watches(Protocol):
    """The watch over a recovered account (R38)."""

    async def begin_watch(self, until: datetime) -> None:
        """Watch the recovered account until then (R38)."""
        ...

    async def move_watch(self, *, ended: bool) -> int:
        """The watch has looked; returns its new version."""
        ...


class CasePage(CaseFacts, CaseMoves, Telling, CaseRecords, Claims, Reached, Planned, Sending, Watches, Protocol):
    """One locked case within a transaction: all of the ports above, as `store.page` fulfils them."""


class CaseBook(Protocol):
    """Where cases are kept."""

    async def read_file(self, tenant_id: UUID, case_id: UUID) -> CaseFile:
        """The case as it is now, without a lock."""
        ...

    def page(self, tenant_id: UUID, case_id: UUID) -> AbstractAsyncContextManager[CasePage]:
        """Open and lock one case."""
        ...

    async def audit(self, tenant_id: UUID, *events: AuditEvent) -> None:
        """Append events that belong to no other change."""
        ...
