"""Importing people: accounts into the provider, roles into the store; by an administrator, or at set-up."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from domain.audit import AuditEvent, EventOutcome, EventType
from domain.errors import ImportRefused, Refused
from domain.events import by_part, by_person
from domain.policy.access import Access
from service.policy_file import PolicyRefused, read_document
from service.reading import require, tenant_slug
from service.role_changes import put_roles
from store.policies import lock_policy, policy_rows, put_policy

if TYPE_CHECKING:
    from domain.people import Actor
    from domain.policy.document import Policy
    from domain.ports import ImportedPeople, PeopleImport
    from service.doors import Doors
    from service.sessions import Session
    from store.ledger import Ledger

MakeTenant = Callable[[UUID, str, str], Awaitable[None]]
"""As the database's owner: id, short name, name."""


@dataclass(frozen=True)
class Imported:
    """How many people the document names, how many accounts are new, and how many of the people have roles here."""

    tenant_id: UUID
    people: int
    created: int
    members: int


async def import_people(doors: Doors, people: PeopleImport, session: Session, document: dict[str, object]) -> Imported:
    """As an administrator, for the own tenant only (B23); one's own roles are another administrator's to change (R6).

    Accounts first, then all roles in one unit: after a crash between the two the same document does the rest.
    Raises `Refused`, `ImportRefused`.
    """
    await require(doors, session, Access.IMPORT_PEOPLE)
    async with doors.ledger.unit(session.tenant_id) as unit:
        slug = await tenant_slug(unit)
    imported = await people.apply(document, tenant_slug=slug)
    try:
        return await _take_in(doors.ledger, imported, by=session.actor)
    except Refused as error:
        asked = Access.IMPORT_PEOPLE.value
        denied = by_person(session.actor, EventType.ACCESS_REFUSED, EventOutcome.DENIED, code=error.code, access=asked)
        await doors.ledger.audit(session.tenant_id, denied)
        raise


async def found_tenant(
    ledger: Ledger, people: PeopleImport, document: dict[str, object], *, make_tenant: MakeTenant
) -> Imported:
    """At set-up: the document names the tenant, its members are founding members (R21), its policy the first version.

    Raises `ImportRefused`.
    """
    policy = _founding_policy(document.get("policy"))
    people_only = {name: one for name, one in document.items() if name != "policy"}
    imported = await people.apply(people_only, tenant_slug=None)
    await make_tenant(imported.tenant_id, imported.slug, imported.name)
    if policy is not None:
        await _found_policy(ledger, imported.tenant_id, policy)
    return await _take_in(ledger, imported, by=None)


def _founding_policy(document: object) -> Policy | None:
    if document is None:
        return None
    try:
        return read_document(document if isinstance(document, dict) else {"policy": document})
    except PolicyRefused as error:
        raise ImportRefused(
            tuple({"field": f"policy.{one.name}", "problem": str(one.message)} for one in error.problems)
        ) from None


async def _found_policy(ledger: Ledger, tenant_id: UUID, policy: Policy) -> None:
    async with ledger.unit(tenant_id) as unit:
        await lock_policy(unit)
        rows = await policy_rows(unit)
        # The same document imported again after a crash changes nothing; what was set since then stays.
        if any(one.signed for one in rows):
            return
        first = policy.model_copy(update={"version": 1})
        await put_policy(unit, first, at=await unit.now(), by=None)
        unit.audit(_event(None, EventType.POLICY_FOUNDED, {"version": 1, "digest": first.digest()}))


async def _take_in(ledger: Ledger, imported: ImportedPeople, *, by: Actor | None) -> Imported:
    async with ledger.unit(imported.tenant_id) as unit:
        for key, roles in imported.roles.items():
            account_id, person_id = imported.people[key]
            await put_roles(unit, account_id, person_id, roles, by=by)
        members = sum(1 for roles in imported.roles.values() if roles)
        found = Imported(imported.tenant_id, len(imported.people), imported.created, members)
        unit.audit(
            _event(
                by, EventType.PEOPLE_IMPORTED, {"people": found.people, "created": found.created, "members": members}
            )
        )
    return found


def _event(by: Actor | None, event_type: EventType, data: dict[str, object]) -> AuditEvent:
    if by is not None:
        return by_person(by, event_type, details=data)
    return by_part("set-up", event_type, details=data)
