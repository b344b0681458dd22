"""Who gave a person their roles, and when they were recovered: one answer, whichever question it is part of."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from domain.people import Role
from store.members import recovered_at, tied_to_person
from tests.recovery.conftest import make_world, prepared

if TYPE_CHECKING:
    from tests.recovery.conftest import MakeWorld

__all__ = ["make_world", "prepared"]

OLD = datetime.now(UTC) - timedelta(days=30)


async def test_every_question_gives_the_same_standing(make_world: MakeWorld) -> None:
    """Asked for by person, by role, in the list and in a case file; and of the giver, whom they gave it to (R21)."""
    async with make_world(start_worker=False) as w:
        await w.give_roles("mara", Role.ADMIN)
        await w.give_roles("cleo", Role.APPROVER, since=OLD, founding=False, granted_by="mara")
        ended = await w.open("ada", "cleo")
        await w.owner(
            "UPDATE recovery.cases SET outcome = 'recovered', closed_at = recovery.now(tenant_id) WHERE id = $1", ended
        )
        case_id = await w.open("ada", "kim")
        cleo = (await w.session("cleo")).actor.person_id
        file = await w.parts.ledger.read_file(w.tenant_id, case_id, reader=cleo)
        async with w.parts.ledger.unit(w.tenant_id) as unit:
            known = (await unit.members([cleo]))[cleo]
            listed = next(one for one in await unit.listed_members() if one.member.person_id == cleo)
            assert known == (await unit.with_role(Role.APPROVER))[cleo] == listed.member == file.members[cleo]
            [giver] = known.granted_by
            assert known.recovered_at is not None
            assert known.recovered_at == await recovered_at(unit, cleo)
            assert (await tied_to_person(unit, giver), await recovered_at(unit, giver)) == (frozenset({cleo}), None)


async def test_who_is_no_member_may_have_been_recovered(make_world: MakeWorld) -> None:
    """A person without any role here has no standing, and the day of their recovery is known all the same."""
    async with make_world(start_worker=False) as w:
        ended = await w.open("ada", "kim")
        await w.owner(
            "UPDATE recovery.cases SET outcome = 'recovered', closed_at = recovery.now(tenant_id) WHERE id = $1", ended
        )
        case = (await w.parts.ledger.read_file(w.tenant_id, ended)).case
        async with w.parts.ledger.unit(w.tenant_id) as unit:
            assert await unit.members([case.subject_person_id]) == {}
            assert await recovered_at(unit, case.subject_person_id) == case.closed_at
