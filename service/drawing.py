"""Drawing the approver: the product chooses among those eligible, not the agent and not the approver (R22)."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from domain.account import AccountStatus
from domain.acts import DrawnBody
from domain.errors import SubjectGone
from domain.people import Role
from domain.policy.drawing import eligible_approvers, how_many

if TYPE_CHECKING:
    from domain.case import Case
    from domain.people import Member
    from service.doors import Doors
    from store.unit import Unit


async def draw(doors: Doors, unit: Unit, case: Case) -> DrawnBody:
    """Draw as many approvers as the case needs people, by lot, among those who may sign in at this moment."""
    eligible = await who_is_eligible(unit, case)
    secrets.SystemRandom().shuffle(eligible)
    drawn: list[str] = []
    for one in eligible:
        if len(drawn) == how_many(case):
            break
        if await _may_sign_in(doors, one):
            drawn.append(one.account_id)
    return DrawnBody(approvers=tuple(sorted(drawn)), eligible=len(eligible))


async def who_is_eligible(unit: Unit, case: Case) -> list[Member]:
    """Everybody who could verify this case now, in the order of their account ids."""
    known = await unit.with_role(Role.APPROVER)
    known |= await unit.members([case.agent.person_id, case.acting_admin.person_id])
    return eligible_approvers(case, known.values(), now=await unit.now())


async def _may_sign_in(doors: Doors, member: Member) -> bool:
    try:
        account = await doors.accounts.read(member.account_id)
    except SubjectGone:
        return False
    return account.status is AccountStatus.ACTIVE
