"""What the store knows of one person's cases before: for the approver, for the agent on the phone, for the rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.policy.brakes import SubjectHistory
from store.cases import case_from_row
from store.statements import SQL

if TYPE_CHECKING:
    from datetime import timedelta

    from domain.case import Case
    from store.unit import Unit


async def cases_before(unit: Unit, case: Case, *, most: int) -> list[Case]:
    """The last cases about the subject besides this one, by whatever account, the newest first."""
    rows = await unit._connection.fetch(
        SQL["cases_of_person_before"], unit.tenant_id, case.subject_person_id, case.id, most
    )
    return [case_from_row(row) for row in rows]


async def ended_cases(unit: Unit, person_id: str, *, most: int) -> list[Case]:
    """The person's cases that have ended, by whatever account, those that ended last first."""
    rows = await unit._connection.fetch(SQL["cases_closed_of_person"], unit.tenant_id, person_id, most)
    return [case_from_row(row) for row in rows]


async def history_of(unit: Unit, person_id: str, *, within: timedelta) -> SubjectHistory:
    """How the person's cases of this time ended, and the one whose window for a new factor had passed (R41)."""
    row = await unit._connection.fetchrow(SQL["subject_history"], unit.tenant_id, person_id, within)
    return SubjectHistory.model_validate(dict(row)) if row else SubjectHistory()
