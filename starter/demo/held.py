"""Scene: one opening more than is usual for one agent in a day; the case waits for a security officer."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from domain.acts import ActKind
from domain.messages import Outcome, Phase
from domain.refusal_codes import Code
from starter.demo.stage import Scene, expect

if TYPE_CHECKING:
    from starter.demo.backstage import Play
    from starter.demo.desk import Desk


async def held(play: Play, agent: Desk, officer: Desk) -> Scene:
    """Held, looked at, released, and then withdrawn by the caller."""
    stage, kim = play.stage, play.cast["kim"]
    stage.heading(f"Held: it is {agent.name}'s seventh case today, and six are usual in this sample")
    began = time.monotonic()
    case = await agent.open(kim, "lost_phone", "unknown")
    case_id = case["id"]
    case = await agent.until_seen(case_id, lambda seen: seen["code"] == Code.HELD_PAST_A_BRAKE)
    expect("the brake", seen=case["held"], wanted="agent")
    stage.step(agent.name, f"opens case {case['reference']}; it is held: {case['next_step']}")
    stage.note(f"{'':<16} tier: {case['tier']}, because {kim.name} was recovered a moment ago")
    decision = {"because": "Spoke to the agent and to the callers: the tram depot lost a bag of phones"}
    proof = await officer.step_up(case_id, {"kind": ActKind.RELEASE, **decision})
    await officer.post(f"/cases/{case_id}/release", **decision, step_up=proof)
    stage.step(officer.name, "looks at the day's cases and releases it with a step-up")
    await agent.until_seen(case_id, lambda seen: seen["code"] != Code.HELD_PAST_A_BRAKE)
    await agent.post(f"/cases/{case_id}/cancel", reason="factor_found")
    closed = await agent.until(case_id, Phase.CLOSED)
    expect("outcome", seen=closed["outcome"], wanted=Outcome.CANCELLED)
    stage.step(agent.name, "cancels it: the caller has found the phone")
    return Scene("held", case_id, closed["outcome"], seconds=time.monotonic() - began)
