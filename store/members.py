"""Members and their roles: signed with a key outside the database, and believed only so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from domain.acts import canonical
from domain.people import Member, Role
from store.statements import SQL

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from uuid import UUID

    from domain.ports import ActSigner
    from store.audit.statements import Connection
    from store.statements import Row
    from store.unit import Unit


async def put_member(unit: Unit, member: Member, *, granted_by: str | None) -> None:
    """Write a member's roles, `since` and who granted them, signed. No other login's row of that person is touched."""
    key_id, signature = unit.act_signer.sign_act(_text(unit.tenant_id, member, granted_by))
    await unit._connection.execute(
        SQL["member_put"], unit.tenant_id, member.account_id, member.person_id,
        sorted(role.value for role in member.roles), member.founding, member.since, granted_by, signature, key_id,
    )  # fmt: skip


async def member_of_account(
    connection: Connection, signer: ActSigner, tenant_id: UUID, account_id: str
) -> Member | None:
    """This login's roles, or None where no signed row gives any; what else the person has is not looked for."""
    row = await connection.fetchrow(SQL["member_of_account"], tenant_id, account_id)
    return _member(row) if row is not None and _is_signed(row, signer) else None


async def members_of_people(unit: Unit, person_ids: Iterable[str]) -> dict[str, Member]:
    """People's present standing by person id; two logins of one person are one (runbook, Words)."""
    rows = await unit._connection.fetch(SQL["members_of_people"], unit.tenant_id, list(set(person_ids)))
    return members_from_rows(rows, unit.act_signer)


async def members_with_role(unit: Unit, role: Role) -> dict[str, Member]:
    """Everybody of the tenant who holds this role by any login, by person id."""
    rows = await unit._connection.fetch(SQL["members_with_role"], unit.tenant_id, role.value)
    return {person: one for person, one in members_from_rows(rows, unit.act_signer).items() if role in one.roles}


@dataclass(frozen=True)
class ListedMember:
    """One login's row as it stands; `signed` False for one that no door wrote, which gives no role (adr/0011)."""

    member: Member
    granted_by: str | None
    signed: bool


async def members_of_tenant(unit: Unit) -> list[ListedMember]:
    """Every login that has a row, also those without any role left, in the order of their account ids."""
    rows = await unit._connection.fetch(SQL["members_of_tenant"], unit.tenant_id)
    return [ListedMember(_member(row), row["granted_by"], _is_signed(row, unit.act_signer)) for row in rows]


async def tied_to_person(unit: Unit, person_id: str) -> frozenset[str]:
    """The people who gave this person a role, and those whom this person gave one, as signed (R21)."""
    rows = await unit._connection.fetch(SQL["members_granted_by_person"], unit.tenant_id, person_id)
    granted = frozenset(members_from_rows(rows, unit.act_signer))
    known = (await unit.members([person_id])).get(person_id)
    return (granted | (known.granted_by if known else frozenset())) - {person_id}


async def recovered_at(unit: Unit, person_id: str) -> datetime | None:
    """When a case about this person last ended in a recovery (UTC), whether they are a member or not."""
    found: datetime | None = await unit._connection.fetchval(SQL["person_recovered_at"], unit.tenant_id, person_id)
    return found


def members_from_rows(rows: Iterable[Row], signer: ActSigner) -> dict[str, Member]:
    """One member a person, of signed rows only.

    Of several logins the youngest role counts: that one might have been slipped in.
    """
    found: dict[str, Member] = {}
    for row in rows:
        if not _is_signed(row, signer):
            continue
        one = _member(row)
        known = found.get(one.person_id)
        if known is None or not known.roles:
            found[one.person_id] = one
        elif one.roles:
            found[one.person_id] = known.model_copy(
                update={
                    "roles": known.roles | one.roles,
                    "since": max(known.since, one.since) if known.since and one.since else None,
                    "founding": known.founding and one.founding,
                    "granted_by": known.granted_by | one.granted_by,
                }
            )
    return found


def _member(row: Row) -> Member:
    return Member(
        account_id=row["account_id"],
        person_id=row["person_id"],
        roles=frozenset(Role(role) for role in row["roles"]),
        since=row["since"],
        founding=row["founding"],
        granted_by=frozenset({row["granter"]} if row["granter"] else ()),
        recovered_at=row["recovered_at"],
    )


def _is_signed(row: Row, signer: ActSigner) -> bool:
    if row["signature"] is None or row["key_id"] is None:
        return False
    return signer.verify_act(row["key_id"], _text(row["tenant_id"], _member(row), row["granted_by"]), row["signature"])


def _text(tenant_id: UUID, member: Member, granted_by: str | None) -> bytes:
    content = {
        "tenant": str(tenant_id),
        "account": member.account_id,
        "person": member.person_id,
        "roles": sorted(role.value for role in member.roles),
        "founding": member.founding,
        "since": _instant(member.since),
        "granted_by": granted_by,
    }
    return b"mfa-recovery member v1\n" + canonical(content)


def _instant(at: datetime | None) -> str:
    return at.isoformat() if at else ""
