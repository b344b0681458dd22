"""Faults of the reserve list that no other test shows (RES06, RES07, RES08, RES10)."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

import pytest
from temporalio.client import WorkflowExecutionStatus

from domain.acts import Method
from domain.messages import Phase
from tests.api.world import callback
from tests.support import playing
from tests.support.world import CALM

if TYPE_CHECKING:
    from tests.api.world import ApiWorld
    from tests.support.world import World


async def test_what_the_agent_typed_is_marked_and_the_subject_is_the_directorys(world: ApiWorld) -> None:
    """RES06: "CEO, urgent" stays in the corner of what nobody has verified; the name shown is the directory's."""
    case = await world.opened(statement="This is the CEO, urgent", ticket="HELP-1")
    seen = await world.case(case["id"], "cleo")
    assert seen["stated"] == {"verified": False, "ticket": "HELP-1", "statement": "This is the CEO, urgent"}
    assert seen["subject"]["display_name"] == "Kim Reyes"
    del seen["stated"]
    assert "CEO" not in str(seen)


@pytest.mark.parametrize("path", ["verdicts", "presence", "reset", "codes", "cancel"])
async def test_a_decision_on_a_closed_case_rings_nobody(world: ApiWorld, path: str) -> None:
    """RES07, R5: after the end every decision is refused with a clear code; no act, no bell, no step-up begun."""
    case = await world.opened()
    ada, cleo = await world.signed_in("ada"), await world.signed_in("cleo")
    assert (await ada.post(f"/cases/{case['id']}/cancel", {"reason": "factor_found"})).status_code in {200, 202}
    await world.look(case["id"])
    await world.run("close", case["id"])
    rung, acts = len(world.bell.rung), await world.acts(case["id"])
    bodies = {
        "verdicts": (cleo, {**callback(case), "step_up": None}),
        "presence": (cleo, {"presence_id": "p", "step_up": None}),
        "reset": (ada, {"step_up": None}),
        "codes": (ada, {"used": True}),
        "cancel": (ada, {"reason": "suspicious"}),
    }
    who, body = bodies[path]
    answer = await who.post(f"/cases/{case['id']}/{path}", body)
    assert (answer.status_code, answer.json()["code"]) == (409, "case_closed"), answer.text
    if path == "verdicts":
        begun = await cleo.post(f"/cases/{case['id']}/step-ups", {"decision": {"kind": "verdict", **callback(case)}})
        assert (begun.status_code, begun.json()["code"]) == (409, "case_closed")
    assert (len(world.bell.rung), await world.acts(case["id"])) == (rung, acts)


async def test_a_case_that_waits_three_days_is_left_alone(w: World) -> None:
    """RES08, B29: nobody approves for three days of a longer life: no sweep ends, rings or restarts the case."""
    await w.set_policy(CALM.model_copy(update={"case_hours": 24 * 7}))
    case_id = await w.open("bo", "kim")
    before = await w.until_phase(case_id, Phase.VERIFICATION)
    await w.nudge()
    for _ in range(3):
        await w.forward(timedelta(days=1))
        assert await w.sweep.sweep() == 0
    after, _ = await w.case(case_id)
    assert (after.outcome, after.ending, after.version) == (None, None, before.version)
    assert (await w.handle(case_id).describe()).status is WorkflowExecutionStatus.RUNNING
    w._sessions.clear()
    await w.verify(case_id, "cleo", Method.CALLBACK)


async def test_the_audit_names_each_removed_factor(w: World) -> None:
    """RES10, R31, R42: one event for each: id, kind, since when it was there, when it went, by whom, in which case."""
    before = await w.parts.feed.read(w.accounts["quinn"])
    played = await playing.wiped(w, "quinn")
    removed = {one["data"]["factor"]: one for one in await w.audit(played.case_id, "mfa.factor_removed")}
    assert set(removed) == {one.id for one in before.factors}
    for factor in before.factors:
        event = removed[factor.id]
        assert event["data"]["factor_kind"] == factor.kind.value
        assert event["data"]["enrolled_at"] == (factor.enrolled_at.isoformat() if factor.enrolled_at else "unknown")
        assert (event["actor"]["id"], event["outcome"]) == (w.accounts["bo"], "success")
        assert UUID(event["case"]) == played.case_id
        assert event["at"]
