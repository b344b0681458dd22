"""What is written down of a locked case: acts, plans made anew, and who is to be told."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from uuid import uuid4

from domain.acts import Act, Body, Proof, ReplannedBody
from domain.people import Role
from domain.policy.drawing import eligible_approvers
from domain.policy.genuine import facts_digest
from store.locked.base import LockedCase
from store.sightings import with_sightings
from store.statements import SQL

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from domain.account import Account
    from domain.people import Actor
    from domain.plan import Plan


class Records(LockedCase):
    """Acts and what they tell people."""

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
        """Record an act for the present plan; returns it with the id of its outbox row (0 where no bell rings)."""
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
        self.learn(act_seq=seq)
        return act, row_id

    async def record(self, body: Body) -> Act:
        """An act of the product's own; no workflow needs to be rung for it."""
        act, _ = await self.add_act(act_id=uuid4(), actor=None, body=body, ring=False)
        return act

    async def replan(self, snapshot: Account, plan: Plan) -> None:
        """Replace the plan; verdicts for the old one no longer count (R20)."""
        snapshot = await with_sightings(self.unit, snapshot)
        await self._execute("case_replan", snapshot.model_dump(mode="json"), plan.model_dump(mode="json"))
        self.learn(snapshot=snapshot, plan=plan, plan_version=self.case.plan_version + 1)
        await self.record(ReplannedBody(facts=facts_digest(self.case)))

    async def unknown_acts(self, act_ids: Sequence[UUID]) -> list[UUID]:
        """Which of these ids are no acts of this case."""
        rows = await self.unit._connection.fetch(SQL["acts_unknown"], self.case.id, list(act_ids))
        return [row["id"] for row in rows]

    async def notify(self, occasion: str, **data: object) -> bool:
        """Have it told, once a case and occasion, to everybody who must know of it (R23); False where it was before."""
        ordered = await self.unit._connection.fetchval(SQL["notice_order"], self.case.id, occasion, data)
        return ordered is not None

    async def approvers(self) -> list[str]:
        """The account ids of everybody who could verify this case now (R22)."""
        known = await self.unit.with_role(Role.APPROVER) | dict(self.file.members)
        return [one.account_id for one in eligible_approvers(self.case, known.values(), now=self.now)]
