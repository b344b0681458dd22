"""Who vouches, as directory and store know them: filled in by the door, judged by the rule (R21)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from domain.acts import Method, VerdictBody
from domain.errors import Refused
from domain.messages import Phase
from domain.people import Role
from service.deciding import vouched
from tests.support.world import World

if TYPE_CHECKING:
    from uuid import UUID

OLD = datetime.now(UTC) - timedelta(days=30)


async def opened(w: World) -> UUID:
    """A case about Kim, whose manager is Mara, that waits for its verification."""
    case_id = await w.open("bo", "kim")
    await w.until_phase(case_id, Phase.VERIFICATION)
    return case_id


async def answer(w: World, case_id: UUID, who: str = "cleo") -> str:
    """The code with which a verdict on the manager's ticket is refused, or `recorded`."""
    try:
        await w.verify(case_id, who, Method.CORROBORATING_TICKET)
    except Refused as error:
        return error.code
    return "recorded"


@pytest.mark.parametrize("direction", ["manager made approver", "agent made manager"])
async def test_a_manager_tied_to_a_party_does_not_vouch(w: World, direction: str) -> None:
    """R21: in either direction, by approver or by agent; with another approver the manager may vouch."""
    if direction == "manager made approver":
        await w.give_roles("mara", Role.SECURITY)
        await w.give_roles("cleo", Role.APPROVER, since=OLD, founding=False, granted_by="mara")
    else:
        await w.give_roles("mara", Role.AUDITOR, since=OLD, founding=False, granted_by="bo")
    case_id = await opened(w)
    assert await answer(w, case_id) == "author_is_granter"
    expected = "recorded" if direction == "manager made approver" else "author_is_granter"
    assert await answer(w, case_id, "dev") == expected


@pytest.mark.parametrize(("days", "expected"), [(6, "author_recovered_lately"), (8, "recorded")])
async def test_a_manager_who_was_recovered_lately_does_not_vouch(w: World, days: int, expected: str) -> None:
    """R21: also one without any role here, whose recovery only the store knows."""
    other = await w.open("bo", "mara")
    await w.owner(
        "UPDATE recovery.cases SET outcome = 'recovered', closed_at = clock_timestamp() - $2::interval WHERE id = $1",
        other, timedelta(days=days),
    )  # fmt: skip
    assert await answer(w, await opened(w)) == expected


async def test_what_a_door_is_sent_about_a_voucher_is_not_believed(w: World) -> None:
    """R21 B04: whatever came in with the body, the door's own reading stands."""
    case_id = await opened(w)
    body = await w.verdict(case_id, Method.CORROBORATING_TICKET, author_tied_to=("person-x",), author_recovered_at=OLD)
    filled = await vouched(w.doors, await w.session("cleo"), body)
    assert isinstance(filled, VerdictBody)
    assert filled.evidence.author_tied_to == ()
    assert filled.evidence.author_recovered_at is None
    assert filled.evidence.author_person_id
