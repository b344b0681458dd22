"""Case rows to `Case` and back, and the lists that doors show."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.account import Account
from domain.acts import actor_record
from domain.case import Case, Intake, Risk
from domain.messages import Outcome, Phase
from domain.people import Actor, Tier
from domain.plan import Plan
from domain.policy.document import Policy
from store.statements import SQL

if TYPE_CHECKING:
    from uuid import UUID

    from store.ledger import Ledger
    from store.statements import Row


def new_case_values(case: Case) -> tuple[object, ...]:
    """The values of `case_insert`, in its order."""
    return (
        case.id,
        case.tenant_id,
        case.subject_id,
        case.subject_person_id,
        actor_record(case.agent),
        actor_record(case.acting_admin),
        case.intake.model_dump(mode="json"),
        case.tier.value,
        case.policy.record(),
        case.snapshot.model_dump(mode="json"),
        case.plan.model_dump(mode="json"),
        case.phase.value,
        case.code,
        case.opened_at,
        case.expires_at,
        [one.model_dump(mode="json") for one in case.risks],
        case.act_seq,
    )


def case_from_row(row: Row) -> Case:
    """A row of recovery.cases as the domain knows it."""
    return Case(
        id=row["id"],
        tenant_id=row["tenant_id"],
        subject_id=row["subject_id"],
        subject_person_id=row["subject_person_id"],
        agent=Actor.model_validate(row["agent"]),
        acting_admin=Actor.model_validate(row["acting_admin"]),
        intake=Intake.model_validate(row["intake"]),
        tier=Tier(row["tier"]),
        policy=Policy.model_validate(row["policy"]),
        snapshot=Account.model_validate(row["snapshot"]),
        plan=Plan.model_validate(row["plan"]),
        plan_version=row["plan_version"],
        phase=Phase(row["phase"]),
        code=row["code"],
        outcome=Outcome(row["outcome"]) if row["outcome"] else None,
        version=row["version"],
        act_seq=row["act_seq"],
        applied_seq=row["applied_seq"],
        opened_at=row["opened_at"],
        expires_at=row["expires_at"],
        contained_at=row["contained_at"],
        claimed_at=row["claimed_at"],
        enrol_by=row["enrol_by"],
        presence_id=row["presence_id"],
        wiped_at=row["wiped_at"],
        attempt=row["attempt"],
        closed_at=row["closed_at"],
        ending=Outcome(row["step"]["outcome"]) if row["step"] and row["step"].get("outcome") else None,
        risks=tuple(Risk.model_validate(one) for one in row["risks"]),
    )


async def list_cases(
    ledger: Ledger, tenant_id: UUID, *, is_open: bool | None, not_about: str, limit: int
) -> list[Case]:
    """The tenant's cases but those about this person, newest first; `is_open` None means all."""
    rows = await ledger._pool.fetch(SQL["cases_list"], tenant_id, is_open, limit, not_about)
    return [case_from_row(row) for row in rows]
