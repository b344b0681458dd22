"""What a change of policy would do, before it is proved: old and new, weaker or not, and whom it reaches (R26)."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from domain.people import Role, Tier
from domain.policy.changing import may_change, state_of
from domain.policy.keys import leaves
from domain.policy.standing import apart, role_is_old_enough
from domain.policy.weakening import changes, weakenings
from domain.texts import Text
from service.policy_file import written
from service.view import View
from store.brakes import open_cases_by_tier
from store.proposals import proposals_of_tenant

if TYPE_CHECKING:
    from domain.policy.document import Policy
    from service.doors import Doors
    from service.sessions import Session
    from store.unit import Unit


class ChangeView(View):
    """One key: its value before and after, as the document writes it."""

    name: str
    before: str
    after: str
    weaker: bool


class Preview(View):
    """A change as it would be judged now. `refused` says in a sentence why this person may not make it.

    Cases whose reset has not begun keep the policy of their opening and are judged by both (R34). `could_second`
    is how many other administrators could agree to a weakening.
    """

    version: int
    changes: list[ChangeView]
    weakens: bool
    refused: Text | None
    open_cases: int
    open_privileged: int
    could_second: int


async def preview(doors: Doors, session: Session, wanted: Policy) -> Preview:
    """Say what would become of it; nothing is changed."""
    async with doors.ledger.unit(session.tenant_id) as unit:
        before, now = await unit.policy(), await unit.now()
        members = await unit.members([session.actor.person_id])
        decision = may_change(session.actor, members, before, wanted, now)
        counted = await open_cases_by_tier(unit)
        found = change_views(before, wanted)
        return Preview(
            version=before.version,
            changes=found,
            weakens=any(one.weaker for one in found),
            refused=None if decision.allowed else decision.reason,
            open_cases=sum(counted.values()),
            open_privileged=counted.get(Tier.PRIVILEGED, 0),
            could_second=await _could_second(unit, session, before),
        )


async def changes_of_proposals(doors: Doors, session: Session) -> dict[UUID, list[ChangeView]]:
    """What each proposal that is still open would change, by its id."""
    async with doors.ledger.unit(session.tenant_id) as unit:
        before, now = await unit.policy(), await unit.now()
        found = await proposals_of_tenant(unit)
        return {
            one.id: change_views(before, one.policy)
            for one in found
            if state_of(one, version=before.version, now=now) in {"proposed", "seconded"}
        }


def change_views(before: Policy, after: Policy) -> list[ChangeView]:
    """Every key that differs, those that get weaker first."""
    old, new, weaker = leaves(before), leaves(after), set(weakenings(before, after))
    found = [
        ChangeView(name=name, before=written(old[name]), after=written(new[name]), weaker=name in weaker)
        for name in changes(before, after)
    ]
    return sorted(found, key=lambda one: (not one.weaker, one.name))


async def _could_second(unit: Unit, session: Session, policy: Policy) -> int:
    now = await unit.now()
    admins = await unit.with_role(Role.ADMIN)
    own = admins.get(session.actor.person_id)
    return sum(
        1
        for person, one in admins.items()
        if person != session.actor.person_id
        and role_is_old_enough(one, now=now, policy=policy).allowed
        and (own is None or apart(one, [own]).allowed)
    )
