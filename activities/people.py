"""The people of a case as the provider has them now: a disabled approver's verdict does not count (R21, B17)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.account import AccountStatus
from domain.errors import SubjectGone

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from domain.acts import Act
    from domain.case import Case
    from domain.people import Member
    from domain.ports import Accounts


async def inactive_people(accounts: Accounts, case: Case, acts: Sequence[Act]) -> frozenset[str]:
    """The person ids of those who acted and may no longer sign in, from a fresh read of the provider."""
    actors = {case.acting_admin.account_id: case.acting_admin.person_id}
    actors |= {act.actor.account_id: act.actor.person_id for act in acts if act.actor is not None}
    gone = set()
    for account_id, person_id in sorted(actors.items()):
        try:
            account = await accounts.read(account_id)
        except SubjectGone:
            gone.add(person_id)
            continue
        if account.status is not AccountStatus.ACTIVE:
            gone.add(person_id)
    return frozenset(gone)


def with_standing(members: Mapping[str, Member], inactive: frozenset[str]) -> dict[str, Member]:
    """The members with their standing at the provider."""
    return {
        person_id: member.model_copy(update={"active": person_id not in inactive})
        for person_id, member in members.items()
    }
