"""Held cases, cooling-off, the drawn approver and break-glass through doors and workflow (R22, R25, R39, R41)."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from domain.acts import BreakGlassBody, Delivery, Method, ReleaseBody, ReviewBody, Ruling, Waiver
from domain.errors import Refused
from domain.messages import Outcome, Phase
from domain.people import Role
from domain.policy.document import Policy
from tests.support import playing
from tests.support.world import CALM

if TYPE_CHECKING:
    from uuid import UUID

    from tests.support.world import World

WHY = "The plant stands still and nobody else can start it"


def calm(**changes: object) -> Policy:
    """The tests' policy with something else in it."""
    return Policy.model_validate({**CALM.record(), **changes})


async def code_of(case: object) -> str:
    """The code with which this is refused."""
    with pytest.raises(Refused) as refused:
        await case  # type: ignore[misc]
    return refused.value.code


async def test_one_opening_too_many_is_held_until_released(w: World) -> None:
    """R41: past twenty openings a day (here one) the case is opened and held; an officer's release lets it go on."""
    await w.set_policy(calm(brakes={"agent_openings_a_day": 1}))
    first = await w.open("bo", "lee")
    held = await w.open("bo", "kim")
    await w.until(held, lambda case: case.code == "held_past_a_brake")
    assert (await w.case(first))[0].code != "held_past_a_brake"
    await w.verify(held, "cleo", Method.IN_PERSON)
    await w.until(held, lambda case: case.code == "held_past_a_brake")
    await w.decide("sol", held, ReleaseBody(because=WHY))
    await w.until_phase(held, Phase.PRESENCE)
    assert [one["data"]["brake"] for one in await w.audit(held, "recovery.case_held")] == ["agent"]


async def test_an_approver_past_the_measure_holds_the_case(w: World) -> None:
    """R41: a verdict past the approver's or the pair's measure counts, and the case waits for an officer."""
    await w.set_policy(calm(brakes={"pair_a_day": 1}))
    case_id = await playing.opened(w, "lee")
    await w.verify(case_id, "cleo", Method.IN_PERSON)
    case_id = await playing.opened(w, "kim")
    await w.verify(case_id, "cleo", Method.IN_PERSON)
    await w.until(case_id, lambda case: case.code == "held_past_a_brake")
    assert [one["data"]["brake"] for one in await w.audit(case_id, "recovery.case_held")] == ["pair"]


async def test_one_wipe_too_many_in_an_hour_is_held_before_the_claim(w: World) -> None:
    """R41: the tenant's brake is looked at under the lock of the claim, and nothing is removed past it."""
    await w.set_policy(calm(brakes={"wipes_an_hour": 1}))
    played = await playing.wiped(w)
    other = await playing.ready(w, "quinn")
    await w.execute(other.case_id, playing.AGENT)
    await w.until(other.case_id, lambda case: case.code == "held_past_a_brake")
    assert (await w.case(other.case_id))[0].claimed_at is None
    assert "mfa.factor_removed" not in await w.audit_types(other.case_id)
    assert (await w.case(played.case_id))[0].claimed_at is not None
    await w.decide("sol", other.case_id, ReleaseBody(because=WHY))
    await w.until(other.case_id, lambda case: case.code != "held_past_a_brake")


async def test_a_completed_recovery_raises_the_next_cases_tier(w: World) -> None:
    """R41, B10: within thirty days of a completed recovery the same subject is treated as privileged."""
    played = await playing.wiped(w)
    await playing.enrol(w, played.browser)
    assert (await w.until_closed(played.case_id)).outcome is Outcome.RECOVERED
    again, _ = await w.case(await w.open("ada", "kim"))
    assert again.tier == "privileged"


async def test_cooling_off_counts_from_the_first_accepted_notice(w: World) -> None:
    """R25: half an hour without a strong method: until then no presence is taken, then the workflow wakes by itself."""
    await w.set_policy(calm(cooling_off={"weak_seconds": 1800, "privileged_seconds": 14_400}))
    case_id = await playing.opened(w, "kim")
    await w.verify(case_id, "cleo", Method.CALLBACK)
    await w.verify(case_id, "dev", Method.CORROBORATING_TICKET)
    await w.until(case_id, lambda case: case.code == "notice_awaited")
    await w.tell(case_id)
    await w.until(case_id, lambda case: case.code == "cooling_off")
    _, code = await w.wait_in_browser("kim")
    assert await code_of(w.confirm_presence(case_id, "dev", code)) == "cooling_off"
    await w.pass_time(case_id, timedelta(seconds=1801))
    await w.until_phase(case_id, Phase.PRESENCE)


async def test_a_strong_method_waits_for_nobody(w: World) -> None:
    """R25: in person there is no cooling-off in the standard tier."""
    await w.set_policy(calm(cooling_off={"weak_seconds": 1800, "privileged_seconds": 14_400}))
    case_id = await playing.opened(w, "kim")
    await w.verify(case_id, "cleo", Method.IN_PERSON)
    await w.until_phase(case_id, Phase.PRESENCE)


async def test_an_officer_decides_where_no_notice_arrives(w: World) -> None:
    """R25: a notice channel that is down: the case waits visibly, and an officer may say that it has waited enough."""
    await w.set_policy(calm(cooling_off={"weak_seconds": 1800, "privileged_seconds": 14_400}))
    case_id = await playing.opened(w, "kim")
    await w.verify(case_id, "cleo", Method.CALLBACK)
    await w.verify(case_id, "dev", Method.CORROBORATING_TICKET)
    await w.until(case_id, lambda case: case.code == "notice_awaited")
    await w.tell(case_id, delivery=Delivery.FAILED)
    await w.until(case_id, lambda case: case.code == "officer_decides_cooling_off")
    await w.rule("sol", case_id, Ruling.COOLING_OFF_OVER)
    await w.until_phase(case_id, Phase.PRESENCE)


async def test_break_glass_waives_one_person_and_is_reviewed_by_another_officer(w: World) -> None:
    """R39: at AAL3, audited, one requirement; the review stays open after the case until another officer closes it."""
    await w.give_roles("dev", Role.SECURITY)
    case_id = await playing.opened(w, "ada")
    assert (await w.case(case_id))[0].tier == "privileged"
    await w.verify(case_id, "cleo", Method.IN_PERSON)
    await w.verify(case_id, "cleo", Method.VIDEO_CALL)
    await w.until_phase(case_id, Phase.VERIFICATION)
    await w.decide("sol", case_id, BreakGlassBody(waives=Waiver.SECOND_PERSON, because=WHY))
    await w.until_phase(case_id, Phase.PRESENCE)
    assert await code_of(w.decide("sol", case_id, ReviewBody(because=WHY))) == "own_break_glass"
    await w.decide("dev", case_id, ReviewBody(because="Looked at the outage; it was right"))
    types = await w.audit_types(case_id)
    assert {"recovery.glass_broken", "recovery.break_glass_reviewed"} <= set(types)


async def test_the_drawn_approver_verifies_and_no_friend_does(w: World) -> None:
    """R22: the product draws; another approver is refused until those drawn have not answered in time."""
    await w.set_policy(calm(verification={"draw_approver": True}))
    case_id = await playing.opened(w, "kim")
    drawn = (await w.audit(case_id, "recovery.approver_drawn"))[0]["data"]
    assert drawn["eligible"] == 2
    by_account = {w.accounts[key]: key for key in ("cleo", "dev")}
    mine = by_account[drawn["approvers"][0]]
    friend = next(key for key in by_account.values() if key != mine)
    assert await code_of(w.verify(case_id, friend, Method.IN_PERSON)) == "approver_not_drawn"
    await w.pass_time(case_id, timedelta(minutes=11))
    await seen(w, case_id, "recovery.approver_reminded")
    await w.pass_time(case_id, timedelta(minutes=10))
    await seen(w, case_id, "recovery.case_escalated")
    await w.verify(case_id, friend, Method.IN_PERSON)
    await w.until_phase(case_id, Phase.PRESENCE)


async def seen(w: World, case_id: UUID, event: str) -> None:
    """Wait until the audit has this event."""

    async def there() -> bool:
        return event in await w.audit_types(case_id)

    await playing.eventually(there, nudge=w.nudge)
