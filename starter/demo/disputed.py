"""Scene: the real owner objects by a stop link before anything is removed, and the security officer agrees."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from domain.acts import ActKind
from domain.messages import Outcome, Phase
from domain.refusal_codes import Code
from starter.demo.desk import refused_with
from starter.demo.stage import Scene, expect
from starter.demo.stop_link import Reader

if TYPE_CHECKING:
    from starter.demo.backstage import Play
    from starter.demo.desk import Desk

UPHELD = "Rang Lee at the desk: Lee never called us"


async def disputed(play: Play, agent: Desk, officer: Desk) -> Scene:
    """A scanner that opens the link changes nothing; the person's button stops the case."""
    stage, lee = play.stage, play.cast["lee"]
    stage.heading(f"Disputed: somebody else calls as {lee.name}, and the real one reads the notice")
    began = time.monotonic()
    reader = Reader(play.api_url)
    try:
        case = await agent.open(lee, "lost_phone")
        case_id = case["id"]
        stage.step(agent.name, f"opens case {case['reference']}")
        await agent.until(case_id, Phase.BACKUP_CODES)
        await agent.post(
            f"/cases/{case_id}/codes",
            unavailable="lost_with_device",
            statement="The caller says the printout is gone too",
        )
        case = await agent.until(case_id, Phase.VERIFICATION)
        approver = play.drawn(case)[0]
        await approver.verdict(
            case_id, "in_person", seen="Somebody with the badge stood at the desk", reference="desk log, entry 12"
        )
        stage.step(approver.name, "is deceived and verifies the caller")
        await agent.until(case_id, Phase.PRESENCE)
        await reader.find_link(case["reference"])
        await reader.scan()
        expect("after a scanner's visits", seen=(await agent.case(case_id))["phase"], wanted=Phase.PRESENCE)
        stage.step("A mail scanner", "opens the stop link three times: nothing happens")
        await reader.confirm()
        stage.step(lee.name, "reads the notice, opens the link and presses “This was not me”")
        await agent.until_seen(case_id, lambda seen: seen["code"] == Code.PAUSED_BY_OBJECTION)
        code = await refused_with(agent.post(f"/cases/{case_id}/reset", step_up=None))
        stage.refused(agent.name, "reset after somebody objected", code, case_id=case_id)
        decision = {"ruling": "uphold", "because": UPHELD}
        proof = await officer.step_up(case_id, {"kind": ActKind.RULING, **decision})
        await officer.post(f"/cases/{case_id}/ruling", **decision, step_up=proof)
        stage.step(officer.name, "rings the desk number, and upholds the objection with a step-up")
        closed = await agent.until(case_id, Phase.CLOSED)
        expect("outcome", seen=closed["outcome"], wanted=Outcome.DISPUTED)
        stage.step("The case", f"is closed: {closed['outcome']}; nothing was removed")
    finally:
        await reader.close()
    return Scene("disputed", case_id, closed["outcome"], seconds=time.monotonic() - began)
