"""Scene: wiped, and the subject does not enrol; the window closes by itself while everything else goes on."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from domain.messages import Outcome, Phase
from starter.demo.stage import Scene, expect

if TYPE_CHECKING:
    from starter.demo.backstage import Play
    from starter.demo.desk import Desk


async def wipe_and_leave(play: Play, agent: Desk) -> Scene:
    """Up to the wipe; the subject then leaves, and the clock of the window runs for real."""
    stage, mara = play.stage, play.cast["mara"]
    stage.heading(f"Expired enrolment: {mara.name} is let on and walks away (the rest follows below)")
    began = time.monotonic()
    async with play.browser() as browser:
        case = await agent.open(mara, "broken_factor")
        case_id = case["id"]
        case = await agent.until(case_id, Phase.VERIFICATION)
        approver = play.drawn(case)[0]
        await approver.verdict(
            case_id, "in_person", seen="Mara herself at the desk, with badge", reference="desk log, entry 2"
        )
        await agent.until(case_id, Phase.PRESENCE)
        await approver.presence(case_id, await browser.wait_for_help(mara))
        await agent.until(case_id, Phase.STEP_UP)
        await agent.reset(case_id)
        case = await agent.until(case_id, Phase.RE_ENROLMENT)
        stage.step(agent.name, f"carries case {case['reference']} to the wipe; the window closes at {case['enrol_by']}")
    stage.note(f"{'':<16} one minute in this sample; the default would be fifteen")
    return Scene("expired_enrolment", case_id, "", seconds=time.monotonic() - began)


async def locked_in_the_end(play: Play, agent: Desk, scene: Scene) -> Scene:
    """The window has closed: locked, and a new case is the way back."""
    stage, mara = play.stage, play.cast["mara"]
    stage.heading(f"Expired enrolment: what became of {mara.name}")
    began = time.monotonic()
    closed = await agent.until_seen(scene.case_id, lambda seen: seen["outcome"] is not None, patience=90)
    expect("outcome", seen=closed["outcome"], wanted=Outcome.ENROLMENT_EXPIRED)
    stage.step("The case", f"is closed: {closed['outcome']}; nobody had enrolled, so the account was locked")
    async with play.browser() as browser:
        seen = await browser.sign_in_refusal(mara.login, mara.password)
    stage.refused("Anybody", "sign in to the locked account", seen, in_product=False)
    scene.outcome = closed["outcome"]
    scene.seconds += time.monotonic() - began
    return scene
