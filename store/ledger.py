"""One transaction over the store: lock, read, decide, write, and the audit events last (architecture, step 1)."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import asyncpg

from domain.acts import Act, Body, Proof, signed_text
from domain.errors import CaseNotFound
from domain.messages import Outcome, Step
from domain.people import Actor, Member, Role
from domain.policy.document import Policy
from store.audit.append import append
from store.cases import case_from_row, new_case_values
from store.errors import AlreadyTaken
from store.operations import operation_states
from store.statements import SQL

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Sequence
    from datetime import datetime
    from uuid import UUID

    from domain.account import Account
    from domain.audit import AuditEvent
    from domain.case import Case
    from domain.plan import Operation, Plan
    from domain.ports import ActSigner, OperationState
    from store.audit.signing import Signer
    from store.audit.statements import Connection


class Ledger:
    """The store of one product; every change to a case goes through a `Unit` of it."""

    def __init__(self, pool: asyncpg.Pool, *, act_signer: ActSigner, audit_signer: Signer) -> None:
        self.pool = pool
        self._act_signer = act_signer
        self._audit_signer = audit_signer

    @asynccontextmanager
    async def unit(self, tenant_id: UUID) -> AsyncIterator[Unit]:
        """A transaction that appends the unit's audit events as its last act, or leaves no trace at all."""
        async with self.pool.acquire() as connection, connection.transaction():
            unit = Unit(connection, tenant_id, self._act_signer)
            yield unit
            await append(connection, tenant_id, unit.events, self._audit_signer)

    @asynccontextmanager
    async def page(self, tenant_id: UUID, case_id: UUID) -> AsyncIterator[Page]:
        """A unit that holds the lock of one case. Raises `CaseNotFound`."""
        async with self.unit(tenant_id) as unit:
            yield await unit.lock(case_id)

    async def read_case(self, tenant_id: UUID, case_id: UUID) -> tuple[Case, list[Act]]:
        """A case and its acts as they are now, without a lock. Raises `CaseNotFound`."""
        async with self.pool.acquire() as connection:
            row = await connection.fetchrow(SQL["case_read"], case_id, tenant_id)
            if row is None:
                raise CaseNotFound
            acts, _ = await _acts(connection, case_id, self._act_signer)
            return case_from_row(row), acts

    async def purge(self) -> None:
        """Forget the answers of POST requests that are older than a week."""
        await self.pool.execute(SQL["idempotency_purge"])

    async def audit(self, tenant_id: UUID, *events: AuditEvent) -> None:
        """Append events that belong to no other change."""
        async with self.unit(tenant_id) as unit:
            unit.audit(*events)


class Unit:
    """What can be done within one transaction."""

    def __init__(self, connection: Connection, tenant_id: UUID, act_signer: ActSigner) -> None:
        self.connection = connection
        self.tenant_id = tenant_id
        self.events: list[AuditEvent] = []
        self.act_signer = act_signer

    def audit(self, *events: AuditEvent) -> None:
        """Queue events; they are chained in this order when the unit ends."""
        self.events.extend(events)

    async def now(self) -> datetime:
        """The one clock of all rules, in UTC."""
        moment: datetime = await self.connection.fetchval(SQL["tenant_now"], self.tenant_id)
        return moment

    async def lock(self, case_id: UUID) -> Page:
        """Lock the case's row until the unit ends. Raises `CaseNotFound`, also for another tenant's case (B23)."""
        row = await self.connection.fetchrow(SQL["case_lock"], case_id, self.tenant_id)
        if row is None:
            raise CaseNotFound
        acts, forged = await _acts(self.connection, case_id, self.act_signer)
        return Page(self, case_from_row(row), acts, forged, row["step"], await self.now())

    async def open_case_of(self, subject_id: str) -> UUID | None:
        """The subject's open case, if there is one (R5)."""
        found: UUID | None = await self.connection.fetchval(SQL["case_open_of_subject"], self.tenant_id, subject_id)
        return found

    async def insert_case(self, case: Case) -> None:
        """Write a new case. Raises `AlreadyTaken` where R5 or R7 forbid it; the unit then leaves no trace."""
        try:
            await self.connection.execute(SQL["case_insert"], *new_case_values(case))
        except asyncpg.UniqueViolationError:
            # Its detail quotes the row.
            raise AlreadyTaken from None

    async def insert_act(
        self, act: Act, *, idempotency_key: str | None = None, request_digest: str | None = None
    ) -> int:
        """Write an act, signed, and the outbox row that will ring for it; returns the outbox row's id.

        Raises `AlreadyTaken` for an Idempotency-Key that this actor used meanwhile.
        """
        record = act.record()
        key_id, signature = self.act_signer.sign_act(signed_text(record))
        account = act.actor.account_id if act.actor else None
        try:
            await self.connection.execute(
                SQL["act_insert"], act.id, act.case_id, act.seq, act.kind.value, record, signature, key_id,
                idempotency_key, request_digest, account, act.at,
            )  # fmt: skip
        except asyncpg.UniqueViolationError:
            raise AlreadyTaken from None
        row_id: int = await self.connection.fetchval(SQL["outbox_insert"], act.case_id, act.id, act.seq)
        return row_id

    async def members(self, person_ids: Iterable[str]) -> dict[str, Member]:
        """People's present roles by person id; two logins of one person are one (runbook, Words)."""
        rows = await self.connection.fetch(SQL["members_of_people"], self.tenant_id, list(set(person_ids)))
        found: dict[str, Member] = {}
        for row in rows:
            roles = frozenset(Role(role) for role in row["roles"])
            known = found.get(row["person_id"])
            found[row["person_id"]] = Member(
                account_id=row["account_id"],
                person_id=row["person_id"],
                roles=roles | (known.roles if known else frozenset()),
            )
        return found

    async def policy(self) -> Policy:
        """The tenant's present policy; the defaults where none was set."""
        row = await self.connection.fetchrow(SQL["policy_latest"], self.tenant_id)
        return Policy.model_validate(row["document"] | {"version": row["version"]}) if row else Policy()


class Page:
    """One locked case: what is known of it, and the changes that may be made to it."""

    def __init__(
        self, unit: Unit, case: Case, acts: list[Act], forged: int, step: dict[str, object] | None, now: datetime
    ) -> None:
        self.unit = unit
        self.case = case
        self.acts = acts
        self.forged = forged
        self.now = now
        self._step = step

    def audit(self, *events: AuditEvent) -> None:
        """Queue audit events for this unit."""
        self.unit.audit(*events)

    async def members(self) -> dict[str, Member]:
        """The present standing of everybody who acted in this case, and of its subject."""
        people = [act.actor.person_id for act in self.acts if act.actor]
        people += [self.case.acting_admin.person_id, self.case.subject_person_id]
        return await self.unit.members(people)

    async def policy(self) -> Policy:
        """The tenant's present policy."""
        return await self.unit.policy()

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
    ) -> tuple[Act, int]:
        """Record an act for the present plan; returns it with the id of its outbox row."""
        seq = await self.unit.connection.fetchval(SQL["case_count_act"], self.case.id)
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
        row_id = await self.unit.insert_act(act, idempotency_key=idempotency_key, request_digest=request_digest)
        self.acts.append(act)
        self.case = self.case.model_copy(update={"act_seq": seq})
        return act, row_id

    async def move(self, step: Step) -> Step:
        """Move the case to where `step` says, having applied every act so far; returns it with its version."""
        step = step.model_copy(update={"version": self.case.version + 1, "tier": self.case.tier.value})
        applied = self.case.act_seq
        # A case is closed for its readers when its outcome is written, not when a step has decided on one.
        phase = self.case.phase if step.outcome is not None and self.case.outcome is None else step.phase
        await self.unit.connection.execute(
            SQL["case_move"], self.case.id, self.case.version, phase.value, step.code, applied,
            step.model_dump(mode="json"),
        )  # fmt: skip
        self.case = self.case.model_copy(
            update={"version": step.version, "phase": phase, "code": step.code, "applied_seq": applied}
        )
        return step

    async def unknown_acts(self, act_ids: Sequence[UUID]) -> list[UUID]:
        """Which of these ids are no acts of this case."""
        rows = await self.unit.connection.fetch(SQL["acts_unknown"], self.case.id, list(act_ids))
        return [row["id"] for row in rows]

    async def claim(self, enrol_by: datetime, presence_id: str) -> None:
        """Commit to the reset (R34)."""
        await self._execute("case_claim", self.now, enrol_by, presence_id)
        self._learn(claimed_at=self.now, enrol_by=enrol_by, presence_id=presence_id)

    async def withdraw_claim(self) -> None:
        """Take back a claim of which nothing was sent."""
        await self._execute("case_unclaim")
        self._learn(claimed_at=None, enrol_by=None, presence_id=None)

    async def spend_requests(self) -> None:
        """Use up every presence and step-up so far: each serves one judgement (R27, R36)."""
        spent = await self.unit.connection.fetchval(SQL["case_spend"], self.case.id)
        self._learn(spent_seq=spent)

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
        await self._execute("case_replan", snapshot.model_dump(mode="json"), plan.model_dump(mode="json"))
        self._learn(snapshot=snapshot, plan=plan, plan_version=self.case.plan_version + 1)

    async def take_attempt(self) -> int:
        """Become the only attempt that may send operations (B01)."""
        attempt: int = await self.unit.connection.fetchval(SQL["case_take_attempt"], self.case.id)
        self._learn(attempt=attempt)
        return attempt

    async def plan_operations(self, operations: Sequence[tuple[UUID, Operation]]) -> None:
        """Write operations as `planned`; those already there stay as they are."""
        for ordinal, (operation_id, one) in enumerate(operations):
            await self.unit.connection.execute(
                SQL["operation_insert"], operation_id, self.case.id, one.key, ordinal, one.stage.value, one.kind.value,
                one.target, one.factor_kind.value if one.factor_kind else None, one.justification.value,
            )  # fmt: skip

    async def forget_unsent(self, stage: str) -> None:
        """Drop the planned operations of a withdrawn claim."""
        await self._execute("operations_forget_unsent", stage)

    async def operations(self) -> list[OperationState]:
        """The case's operations with their states, in order."""
        return await operation_states(self.unit.connection, self.case.id)

    async def mark_sent(self, key: str, attempt: int) -> bool:
        """Commit that an operation is about to be sent; False where a newer attempt has taken over."""
        return await self.unit.connection.fetchval(SQL["operation_sent"], self.case.id, key, attempt) is not None

    async def mark_done(self, key: str, result: str) -> bool:
        """Record that an operation is done; False where it was recorded before (each fact once, B01)."""
        return await self.unit.connection.fetchval(SQL["operation_done"], self.case.id, key, result) is not None

    async def _execute(self, name: str, *values: object) -> None:
        await self.unit.connection.execute(SQL[name], self.case.id, *values)

    def _learn(self, **facts: object) -> None:
        self.case = self.case.model_copy(update=facts)


async def _acts(connection: Connection, case_id: UUID, signer: ActSigner) -> tuple[list[Act], int]:
    """The case's acts whose signature holds, and how many do not: those were written past the doors."""
    acts, forged = [], 0
    for row in await connection.fetch(SQL["acts_of_case"], case_id):
        try:
            act = Act.model_validate(row["record"])
        except ValueError:
            # No door writes such a row; it must not keep the case from moving either.
            forged += 1
            continue
        text = signed_text(row["record"])
        if act.case_id == case_id and signer.verify_act(row["key_id"], text, bytes(row["signature"])):
            acts.append(act)
        else:
            forged += 1
    return acts, forged
