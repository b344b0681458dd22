"""What a case's view tells of its course: who was drawn, how long it cools off, what holds it, who objected."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

from domain.acts import Delivery, NoticeBody
from domain.people import Role
from domain.policy.document import BrakePolicy, CoolingOffPolicy, Policy, VerificationPolicy
from tests.api.test_decisions import verified_rest
from tests.api.test_officers import RESUME, WAIVE, WHY
from tests.api.world import callback
from tests.support.world import CALM

if TYPE_CHECKING:
    from tests.api.world import ApiWorld, Json

UNDRAWN = VerificationPolicy(draw_approver=False)


def told(case: Json, kind: str = "email") -> NoticeBody:
    """A notice that this contact point's channel accepted."""
    contact = next(one["id"] for one in case["subject"]["contacts"] if one["kind"] == kind)
    return NoticeBody(notice_id=uuid4(), occasion="opened", contact_id=contact, delivery=Delivery.ACCEPTED)


def times(case: Json) -> list[str]:
    """What comes by the clock, in order."""
    return [one["what"] for one in case["deadlines"]]


async def test_the_drawn_approver_is_told_so(world: ApiWorld) -> None:
    """R22: the drawn approver reads that it is their turn; others read who was, and once they may help, that."""
    await world.set_policy(Policy())
    case = await world.opened()
    (drawn,) = case["drawn"]["approvers"]
    callers = {who: await world.signed_in(who) for who in ("bo", "cleo", "dev")}
    mine, other = (
        [who for who, one in callers.items() if (one.me["account_id"] == drawn) is own] for own in (True, False)
    )
    assert (len(mine), case["drawn"]["eligible"]) == (1, 3)
    seen = await world.case(case["id"], mine[0])
    assert (seen["drawn"]["mine"], "You were drawn" in seen["next_step"]) == (True, True)
    seen = await world.case(case["id"], other[0])
    assert (seen["drawn"]["mine"], drawn in seen["next_step"]) == (False, True)
    assert times(seen) == ["reminder", "escalation", "expires"]
    answer = await callers[other[0]].post(f"/cases/{case['id']}/verdicts", {**callback(case), "step_up": None})
    assert (answer.status_code, answer.json()["code"]) == (409, "approver_not_drawn")
    await world.forward(timedelta(minutes=21))
    seen = await world.case(case["id"], other[0])
    assert "every eligible approver may do it now" in seen["next_step"]
    assert times(seen) == ["expires"]
    assert (await world.verified(other[0], case)).status_code == 200


async def test_cooling_off_counts_from_a_notice_that_arrived(world: ApiWorld) -> None:
    """R25: without a notice nothing counts yet; with one it is said until when, and why nobody acts meanwhile."""
    await world.set_policy(Policy(verification=UNDRAWN, cooling_off=CoolingOffPolicy(weak_seconds=600)))
    case = await world.opened()
    await world.verified("cleo", case)
    case = await verified_rest(world, case)
    assert (case["phase"], case["code"], case["cooling_off"]["until"]) == ("cooling_off", "notice_awaited", None)
    cleo = await world.signed_in("cleo")
    presence = {"presence_id": "p", "step_up": None}
    answer = await cleo.post(f"/cases/{case['id']}/presence", presence)
    assert (answer.status_code, answer.json()["code"]) == (409, "notice_awaited")
    await world.product_act(case["id"], told(case))
    case = await world.case(case["id"])
    assert (case["code"], case["cooling_off"]["seconds"]) == ("cooling_off", 600)
    assert times(case) == ["cooling_off", "verified_until", "expires"]
    until = datetime.fromisoformat(case["cooling_off"]["until"])
    assert f"{until:%H:%M} UTC" in case["next_step"]
    answer = await cleo.post(f"/cases/{case['id']}/presence", presence)
    assert (answer.status_code, answer.json()["code"]) == (409, "cooling_off")
    await world.forward(timedelta(minutes=11))
    assert (await world.case(case["id"]))["cooling_off"]["over"] is True


async def test_a_demonstration_says_so(world: ApiWorld) -> None:
    """R25: a tenant whose cooling-off is no real one shows what it would be by default."""
    await world.set_policy(
        Policy(
            demonstration=True,
            cooling_off=CoolingOffPolicy(weak_seconds=4, privileged_seconds=6),
            verification=UNDRAWN,
        )
    )
    case = await world.opened()
    assert case["demonstration"] is True
    assert (case["cooling_off"]["seconds"], case["cooling_off"]["default_seconds"]) == (4, 1800)


async def test_what_break_glass_waived_is_shown(world: ApiWorld) -> None:
    """R39: a waived cooling-off is named with its officer, its reason and what it would have been."""
    await world.set_policy(Policy(verification=UNDRAWN))
    case = await world.opened()
    answer = await world.decide("sol", case["id"], "break-glass", WAIVE)
    case = answer.json()
    assert case["cooling_off"]["waived"] is True
    assert (case["cooling_off"]["seconds"], case["cooling_off"]["default_seconds"]) == (0, 1800)
    assert (case["waiver"]["waives"], case["waiver"]["because"]) == ("cooling_off", WHY)
    assert (case["waiver"]["reviewed_at"], case["review_open"]) == (None, True)


async def test_an_officer_decides_where_nobody_can_be_told(world: ApiWorld) -> None:
    """R25: with no clean channel left the case waits for security, and a ruling lets it go on."""
    await world.set_policy(Policy(verification=UNDRAWN))
    await world.owner.execute(
        "UPDATE directory.contact_points SET bound_since = now() WHERE account_id = "
        "(SELECT a.id FROM directory.accounts a WHERE a.tenant_id = $1 AND a.login = 'kim.reyes') AND kind = 'email'",
        world.tenant_id,
    )
    case = await world.opened()
    await world.verified("cleo", case)
    case = await verified_rest(world, case)
    assert (case["code"], case["waiting_for"]) == ("officer_decides_cooling_off", "security")
    answer = await world.decide("sol", case["id"], "ruling", {**RESUME, "ruling": "cooling_off_over"})
    assert answer.status_code == 200, answer.text
    assert (answer.json()["phase"], answer.json()["cooling_off"]["code"]) == ("presence", "cooling_off_ruled_over")


async def test_a_held_case_names_its_brake(world: ApiWorld) -> None:
    """R41: the case past the agent's brake says so, and goes on once an officer has released it."""
    await world.set_policy(CALM.model_copy(update={"brakes": BrakePolicy(agent_openings_a_day=1)}))
    first, second = await world.opened(), await world.opened(subject="mara")
    assert (first["held"], second["held"]) == (None, "agent")
    assert (second["waiting_for"], second["code"]) == ("security", "held_past_a_brake")
    answer = await world.decide("sol", second["id"], "release", {"because": WHY})
    assert (answer.json()["held"], answer.json()["phase"]) == (None, "verification")


async def test_the_tier_says_why(world: ApiWorld) -> None:
    """R6 R41: a role here, and a verification that failed before, each make the tier and are named."""
    case = await world.opened(agent="bo", subject="dev")
    assert (case["tier"], [one["code"] for one in case["tier_because"]]) == ("privileged", ["holds_a_role"])
    case = await world.opened()
    assert (case["tier"], case["tier_because"]) == ("standard", [])
    body = {**callback(case), "verdict": "failed"}
    proof = await world.step_up("cleo", case["id"], {"kind": "verdict", **body})
    await (await world.signed_in("cleo")).post(f"/cases/{case['id']}/verdicts", {**body, "step_up": proof})
    for kind in ("assess", "close"):
        await world.run(kind, case["id"])
    again = await world.opened()
    assert again["tier"] == "privileged"
    assert [one["code"] for one in again["tier_because"]] == ["failed_verification_before"]


async def test_a_raised_threat_is_named(world: ApiWorld) -> None:
    """R41: under a raised threat a standard case says why more is asked of it."""
    await world.set_policy(CALM.model_copy(update={"raised_threat": True}))
    case = await world.opened()
    assert (case["tier"], [one["code"] for one in case["tier_because"]]) == ("standard", ["raised_threat"])


async def test_nobody_eligible_is_said(world: ApiWorld) -> None:
    """R22: where nobody can be drawn the case says so instead of waiting for a name."""
    await world.set_policy(Policy())
    for key in ("bo", "cleo", "dev"):
        await world.give_roles(key, Role.AGENT)
    case = await world.opened()
    assert (case["drawn"]["approvers"], case["drawn"]["eligible"]) == ([], 0)
    assert "Nobody was eligible" in case["next_step"]
