"""Who works here: members with their roles, since when and by whose hand, and changing them (R6, R21, adr/0011)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from domain.audit import EventOutcome, EventType
from domain.errors import Refused
from domain.events import by_person
from domain.people import Role
from domain.policy.access import Access
from domain.policy.intake import one_match
from domain.refusal_codes import Code
from service.reading import require
from service.repeating import Answer, once, request_of
from service.role_changes import put_roles
from service.view import View

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from service.doors import Doors
    from service.sessions import Session
    from store.members import ListedMember


class MemberView(View):
    """One login with a role. Until `young_until` and `recovered_until` (UTC) the person decides nothing (R21).

    `founding` was named at set-up. `signed` False: no door wrote this row, so it gives no role.
    """

    account_id: str
    roles: list[Role]
    since: datetime | None
    granted_by: str | None
    founding: bool
    young_until: datetime | None
    recovered_until: datetime | None
    signed: bool
    yours: bool


@dataclass(frozen=True)
class RoleChange:
    """The roles that a login shall have, and those that it had when the administrator decided so."""

    account_id: str
    roles: frozenset[Role]
    seen: frozenset[Role]


async def read_members(doors: Doors, session: Session) -> list[MemberView]:
    """Every login with a role, in the order of account ids. Raises `Refused`."""
    await require(doors, session, Access.READ_MEMBERS)
    async with doors.ledger.unit(session.tenant_id) as unit:
        policy, now = await unit.policy(), await unit.now()
        found = await unit.listed_members()
    young = timedelta(days=policy.verification.young_days)
    return [_view(one, session, young=young, now=now) for one in found if one.member.roles]


async def change_roles(doors: Doors, session: Session, change: RoleChange, *, key: str) -> None:
    """As an administrator: give this member exactly these roles, once per `key`. One's own are another's to change.

    Raises `Refused`, also where the roles are no longer those that were seen.
    """
    await require(doors, session, Access.CHANGE_ROLES)

    async def act() -> Answer:
        async with doors.ledger.unit(session.tenant_id) as unit:
            known = await unit.member_of_account(change.account_id)
            if known is None:
                raise Refused(Code.NOT_A_MEMBER, "There is no such member.", {"rule": "R6"})
            _still(known.roles, change.seen)
            await put_roles(unit, known.account_id, known.person_id, change.roles, by=session.actor)
        return {"account": change.account_id}

    content = {"account": change.account_id, "roles": sorted(change.roles), "seen": sorted(change.seen)}
    await _audited(doors, session, once(doors, request_of(session, key, "change-roles", **content), act))


async def add_member(doors: Doors, session: Session, login: str, roles: frozenset[Role], *, key: str) -> None:
    """As an administrator: give roles to the one account that answers to exactly `login`, once per `key` (R2).

    Raises `Refused`, also for a member who has roles already; `ProviderUnavailable`.
    """
    await require(doors, session, Access.CHANGE_ROLES)

    async def act() -> Answer:
        if not roles:
            raise Refused(Code.NO_ROLE_CHOSEN, "Choose at least one role.", {"rule": "R6"})
        found = await doors.accounts.find(session.tenant_id, login)
        ids = [one.id for one in found[:10]]
        looked_up = by_person(session.actor, EventType.ACCOUNTS_LOOKED_UP, matches=len(found), accounts=ids)
        await doors.ledger.audit(session.tenant_id, looked_up)
        one_match(len(found)).enforce()
        async with doors.ledger.unit(session.tenant_id) as unit:
            known = await unit.member_of_account(found[0].id)
            _still(known.roles if known else frozenset(), frozenset())
            await put_roles(unit, found[0].id, found[0].person_id, roles, by=session.actor)
        return {"account": found[0].id}

    request = request_of(session, key, "add-member", login=login, roles=sorted(roles))
    await _audited(doors, session, once(doors, request, act))


def _still(roles: frozenset[Role], seen: frozenset[Role]) -> None:
    if roles != seen:
        raise Refused(
            Code.ROLES_CHANGED_MEANWHILE, "These roles have changed meanwhile. Look at the list again.", {"rule": "R6"}
        )


async def _audited(doors: Doors, session: Session, change: Awaitable[Answer]) -> None:
    """Carry it out; a refusal is on record like a change (R42)."""
    try:
        await change
    except Refused as error:
        asked = Access.CHANGE_ROLES.value
        denied = by_person(session.actor, EventType.ACCESS_REFUSED, EventOutcome.DENIED, code=error.code, access=asked)
        await doors.ledger.audit(session.tenant_id, denied)
        raise


def _view(one: ListedMember, session: Session, *, young: timedelta, now: datetime) -> MemberView:
    member = one.member
    since = None if member.founding else member.since
    return MemberView(
        account_id=member.account_id,
        roles=sorted(member.roles),
        since=member.since,
        granted_by=one.granted_by,
        founding=member.founding,
        young_until=_until(since, young, now),
        recovered_until=_until(member.recovered_at, young, now),
        signed=one.signed,
        yours=member.person_id == session.actor.person_id,
    )


def _until(at: datetime | None, young: timedelta, now: datetime) -> datetime | None:
    return at + young if at is not None and at + young > now else None
