"""Giving and taking roles: one way for the import and for the members' page; signed, aged and audited (R6, R21)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.audit import EventType
from domain.errors import Refused
from domain.events import by_part, by_person
from domain.people import Member
from domain.policy.access import Access, may_access
from domain.refusal_codes import Code

if TYPE_CHECKING:
    from collections.abc import Iterable

    from domain.people import Actor, Role
    from store.unit import Unit


async def put_roles(unit: Unit, account_id: str, person_id: str, roles: Iterable[Role], *, by: Actor | None) -> None:
    """Give this login exactly these roles; `by` None is set-up. Raises `Refused` for one's own (R6).

    The one who gives them still has to be an administrator under the lock: two who take the role from each other at
    the same moment would leave no administrator (B23).
    """
    await unit.lock_roles()
    if by is not None:
        standing = await unit.member_of_account(by.account_id)
        still = by.model_copy(update={"roles": standing.roles if standing else frozenset()})
        may_access(still, Access.CHANGE_ROLES).enforce()
    known = await unit.member_of_account(account_id)
    before, after = known.roles if known else frozenset(), frozenset(roles)
    if before == after:
        return
    if by is not None and by.person_id == person_id:
        raise Refused(Code.OWN_ROLES, "Nobody changes their own roles; ask another administrator.", {"rule": "R6"})
    granted_by = by.account_id if by else None
    # A member who only loses roles keeps the age of the others (R21).
    kept = known is not None and after <= before
    since = known.since if known is not None and kept and known.since else await unit.now()
    founding = by is None or (known is not None and kept and known.founding)
    member = Member(account_id=account_id, person_id=person_id, roles=after, since=since, founding=founding)
    await unit.put_member(member, granted_by=granted_by)
    change: dict[str, object] = {"before": _names(before), "after": _names(after)}
    if by is not None:
        unit.audit(by_person(by, EventType.ROLES_CHANGED, subject_id=account_id, details=change))
    else:
        unit.audit(by_part("set-up", EventType.ROLES_CHANGED, subject_id=account_id, details=change))


def _names(roles: frozenset[Role]) -> list[str]:
    return sorted(role.value for role in roles)
