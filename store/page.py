"""One locked case within a transaction: what is known of it, and the changes that may be made to it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from uuid import uuid4

from domain.acts import Act, Body, JudgementBody, Proof, ReplannedBody
from domain.errors import CaseNotFound
from domain.messages import Outcome, Step
from domain.people import Role
from domain.policy.drawing import eligible_approvers
from domain.policy.genuine import facts_digest
from store.brakes import claims_this_hour
from store.case_files import case_file
from store.operations import operation_states
from store.sightings import with_sightings
from store.statements import SQL
from store.waiting import watch_of_case

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from domain.account import Account
    from domain.audit import AuditEvent
    from domain.case import Case
    from domain.case_file import CaseFile, Watch
    from domain.people import Actor, Member
    from domain.plan import Operation, Plan
    from domain.policy.document import Policy
    from domain.ports import OperationState
    from store.unit import Unit


async def lock_case(unit: Unit, case_id: UUID, *, reader: str | None = None) -> Page:
    """Lock the case's row until the unit ends; the standing of `reader`, a person id, is read with it.

    Raises `CaseNotFound`, also for another tenant's case (B23). Two statements: what a lock that waited selects
    beside itself is older than the wait, so the file is read afterwards (READ COMMITTED, adr/0017).
    """
    if await unit._connection.fetchval(SQL["case_lock"], case_id, unit.tenant_id) is None:
        raise CaseNotFound
    readers = [reader] if reader else []
    stored = await case_file(unit._connection, unit.act_signer, unit.tenant_id, case_id, readers=readers)
    return Page(unit, stored.file, step=stored.step, reader=reader)


class Page:
    """One locked case: what is known of it, and the changes that may be made to it."""

    def __init__(
        self, unit: Unit, file: CaseFile, *, step: dict[str, object] | None, reader: str | None = None
    ) -> None:
        self.unit = unit
        self.file = file
        """The case as it was read under the lock, with what this unit has changed since."""
        self._reader = reader
        self._step = step

    @property
    def case(self) -> Case:
        """The file's case."""
        return self.file.case

    @property
    def acts(self) -> Sequence[Act]:
        """The file's acts."""
        return self.file.acts

    @property
    def now(self) -> datetime:
        """The instant of the file, in UTC."""
        return self.file.now

    def audit(self, *events: AuditEvent) -> None:
        """Queue audit events for this unit."""
        self.unit.audit(*events)

    async def members(self, *more: str) -> dict[str, Member]:
        """The present standing of everybody who acted in this case, of its subject, and of these people."""
        known = dict(self.file.members)
        read = {self.case.agent.person_id, self._reader, *known}
        strangers = [one for one in more if one not in read]
        return known | await self.unit.members(strangers) if strangers else known

    async def notify(self, occasion: str, **data: object) -> bool:
        """Have it told, once a case and occasion, to everybody who must know of it (R23); False where it was before."""
        ordered = await self.unit._connection.fetchval(SQL["notice_order"], self.case.id, occasion, data)
        return ordered is not None

    async def approvers(self) -> list[str]:
        """The account ids of everybody who could verify this case now (R22)."""
        known = await self.unit.with_role(Role.APPROVER) | await self.members(self.case.agent.person_id)
        return [one.account_id for one in eligible_approvers(self.case, known.values(), now=self.now)]

    async def begin_watch(self, until: datetime) -> None:
        """Watch the recovered account until then, in UTC (R38)."""
        await self._execute("watch_insert", until)

    async def watch(self) -> Watch | None:
        """The watch of this case, if there is one."""
        return await watch_of_case(self.unit, self.case.id)

    async def move_watch(self, *, ended: bool) -> int:
        """The watch has looked: every act so far is applied; returns its new version."""
        await self._execute("case_applied")
        self._learn(applied_seq=self.case.act_seq)
        moved: int = await self.unit._connection.fetchval(SQL["watch_move"], self.case.id, self.now if ended else None)
        return moved

    async def claims_this_hour(self) -> int:
        """How many other cases of the tenant were claimed within the hour; further claims wait until this unit ends."""
        await self.unit._connection.execute(SQL["tenant_lock_claims"], str(self.case.tenant_id))
        return await claims_this_hour(self.unit, besides=self.case.id)

    async def record(self, body: Body) -> Act:
        """An act of the product's own; nobody needs to be rung for it."""
        act, _ = await self.add_act(act_id=uuid4(), actor=None, body=body, ring=False)
        return act

    async def policy(self) -> Policy:
        """The tenant's present policy."""
        return self.file.policy

    def recorded_step(self) -> Step | None:
        """What the last activity answered."""
        return Step.model_validate(self._step) if self._step else None

    async def add_act(
        self,
        *,
        act_id: UUID,
        actor: Actor | None,
        body: Body,
        proof: Proof | None = None,
        idempotency_key: str | None = None,
        request_digest: str | None = None,
        ring: bool = True,
    ) -> tuple[Act, int]:
        """Record an act for the present plan; returns it with the id of its outbox row (0 where nobody is rung)."""
        seq = await self.unit._connection.fetchval(SQL["case_count_act"], self.case.id)
        act = Act(
            id=act_id,
            case_id=self.case.id,
            seq=seq,
            at=self.now,
            actor=actor,
            plan_digest=self.case.plan.digest(),
            body=body,
            proof=proof,
        )
        row_id = await self.unit.insert_act(
            act, idempotency_key=idempotency_key, request_digest=request_digest, ring=ring
        )
        self.file = replace(self.file, acts=(*self.file.acts, act))
        self._learn(act_seq=seq)
        return act, row_id

    async def move(self, step: Step) -> Step:
        """Move the case to where `step` says, having applied every act so far; returns it with its version."""
        step = step.model_copy(update={"version": self.case.version + 1, "tier": self.case.tier.value})
        applied = self.case.act_seq
        # A case is closed for its readers when its outcome is written, not when a step has decided on one.
        phase = self.case.phase if step.outcome is not None and self.case.outcome is None else step.phase
        await self.unit._connection.execute(
            SQL["case_move"], self.case.id, self.case.version, phase.value, step.code, applied,
            step.model_dump(mode="json"),
        )  # fmt: skip
        self._learn(version=step.version, phase=phase, code=step.code, applied_seq=applied)
        return step

    async def unknown_acts(self, act_ids: Sequence[UUID]) -> list[UUID]:
        """Which of these ids are no acts of this case."""
        rows = await self.unit._connection.fetch(SQL["acts_unknown"], self.case.id, list(act_ids))
        return [row["id"] for row in rows]

    async def claim(self, enrol_by: datetime, presence_id: str) -> None:
        """Commit to the reset: a signed judgement, and the row that repeats it (R34)."""
        await self.record(JudgementBody(allowed=True, code="claimed", presence_id=presence_id, enrol_by=enrol_by))
        await self._execute("case_claim", self.now, enrol_by, presence_id)
        self._learn(claimed_at=self.now, enrol_by=enrol_by, presence_id=presence_id)

    async def withdraw_claim(self) -> None:
        """Take back a claim of which nothing was sent."""
        await self._execute("case_unclaim")
        self._learn(claimed_at=None, enrol_by=None, presence_id=None)

    async def judged_against(self, code: str) -> None:
        """Record, signed, that the reset was refused; every presence and step-up so far is used up (R27, R36)."""
        act = await self.record(JudgementBody(allowed=False, code=code))
        self._learn(spent_seq=act.seq)

    async def wiped(self) -> None:
        """The reset was read back and is complete."""
        await self._execute("case_wiped", self.now)
        self._learn(wiped_at=self.now)

    async def contained(self) -> None:
        """The hostile case's account is disabled and its sessions are revoked."""
        await self._execute("case_contained", self.now)
        self._learn(contained_at=self.now)

    async def close(self, outcome: str) -> None:
        """Give the case its outcome."""
        await self._execute("case_close", outcome, self.now)
        self._learn(outcome=Outcome(outcome), closed_at=self.now)

    async def replan(self, snapshot: Account, plan: Plan) -> None:
        """Replace the plan; verdicts for the old one no longer count (R20)."""
        snapshot = await with_sightings(self.unit, snapshot)
        await self._execute("case_replan", snapshot.model_dump(mode="json"), plan.model_dump(mode="json"))
        self._learn(snapshot=snapshot, plan=plan, plan_version=self.case.plan_version + 1)
        await self.record(ReplannedBody(facts=facts_digest(self.case)))

    async def next_continuation(self) -> int:
        """The number of the case's next workflow, which goes on where a lost one stood (B29)."""
        continuation: int = await self.unit._connection.fetchval(SQL["case_continuation"], self.case.id)
        return continuation

    async def take_attempt(self) -> int:
        """Become the only attempt that may send operations (B01)."""
        attempt: int = await self.unit._connection.fetchval(SQL["case_take_attempt"], self.case.id)
        self._learn(attempt=attempt)
        return attempt

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

    async def mark_sent(self, key: str, attempt: int) -> bool:
        """Commit that an operation is about to be sent; False where a newer attempt has taken over."""
        return await self.unit._connection.fetchval(SQL["operation_sent"], self.case.id, key, attempt) is not None

    async def mark_done(self, key: str, result: str) -> bool:
        """Record that an operation is done; False where it was recorded before (each fact once, B01)."""
        return await self.unit._connection.fetchval(SQL["operation_done"], self.case.id, key, result) is not None

    async def _execute(self, name: str, *values: object) -> None:
        await self.unit._connection.execute(SQL[name], self.case.id, *values)

    def _learn(self, **facts: object) -> None:
        self.file = replace(self.file, case=self.case.model_copy(update=facts))
