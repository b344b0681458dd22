"""Scene: the way back for a person whom a recovery has locked is a new case, judged like any other."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from domain.messages import Outcome, Phase
from starter.demo.stage import Scene, expect

if TYPE_CHECKING:
    from starter.demo.backstage import Play
    from starter.demo.desk import Desk


async def reopened(play: Play, agent: Desk) -> Scene:
    """No admin unlocks the account by hand: verified again, in the browser again, and open once the factor is there."""
    stage, mara = play.stage, play.cast["mara"]
    stage.heading(f"Reopened: {mara.name} calls again")
    began = time.monotonic()
    async with play.browser() as browser:
        case = await agent.open(mara, "broken_factor")
        case_id = case["id"]
        stage.step(agent.name, f"opens case {case['reference']} about the locked account; tier: {case['tier']}")
        case = await agent.until(case_id, Phase.VERIFICATION)
        approver = play.drawn(case)[0]
        await approver.verdict(
            case_id, "in_person", seen="Mara herself at the desk once more, with badge", reference="desk log, entry 15"
        )
        await agent.until(case_id, Phase.PRESENCE)
        await approver.presence(case_id, await browser.wait_for_help(mara))
        stage.step(approver.name, "verifies in person again and enters the code that the new browser shows")
        await agent.until(case_id, Phase.STEP_UP)
        await agent.reset(case_id)
        await browser.until_let_on()
        await browser.enrol(mara)
        await browser.finish()
        stage.step(mara.name, "stays this time: a new app and ten new backup codes, within the minute")
        closed = await agent.until(case_id, Phase.CLOSED)
        expect("outcome", seen=closed["outcome"], wanted=Outcome.RECOVERED)
    async with play.browser() as later:
        await later.sign_in(mara, {"kind": "backup_code", "code": mara.backup_codes[0]})
    stage.step("The case", f"is closed: {closed['outcome']}; the account is open and {mara.name} signs in")
    return Scene("reopened", case_id, closed["outcome"], seconds=time.monotonic() - began)
