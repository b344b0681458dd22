"""Scene two: backup codes are left, so the case stops and says how to use one."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from domain.messages import Outcome, Phase
from domain.refusal_codes import Code
from starter.demo.desk import refused_with
from starter.demo.stage import Scene, expect

if TYPE_CHECKING:
    from starter.demo.backstage import Play
    from starter.demo.desk import Desk


async def codes_left(play: Play, agent: Desk, approver: Desk) -> Scene:
    """The subject helps themselves; nothing is wiped."""
    stage, lee = play.stage, play.cast["lee"]
    stage.heading(f"Codes left: {lee.name} has lost the phone but kept the backup codes")
    began = time.monotonic()
    case = await agent.open(lee, "lost_phone")
    case_id = case["id"]
    case = await agent.until(case_id, Phase.BACKUP_CODES)
    stage.step(agent.name, f"opens case {case['reference']}; it stops at once and says:")
    stage.note(f"{'':<16} {case['next_step'].partition('. ')[0]}.")
    evidence = {"seen": "Recognised by voice on the phone", "reference": "call log 42"}
    code = await refused_with(
        approver.post(
            f"/cases/{case_id}/verdicts", verdict="verified", method="in_person", evidence=evidence, step_up=None
        )
    )
    stage.refused(approver.name, "verify while codes are left", code, case_id=case_id)
    code = await refused_with(agent.post(f"/cases/{case_id}/codes", used=True))
    stage.refused(agent.name, "confirm a sign-in that nobody saw", code, case_id=case_id)
    async with play.browser() as browser:
        used = lee.backup_codes[0]
        await browser.sign_in(lee, {"kind": "backup_code", "code": used})
        stage.step(lee.name, "signs in with the password and one backup code")
        await _confirm_when_observed(agent, case_id)
        stage.step(agent.name, "confirms with the caller that it was them")
        closed = await agent.until(case_id, Phase.CLOSED)
        expect("outcome", seen=closed["outcome"], wanted=Outcome.SELF_SERVICE)
        stage.step("The case", f"is closed: {closed['outcome']}; nothing was wiped")
        seen = await browser.sign_in_refusal(lee.login, lee.password, {"kind": "backup_code", "code": used})
        stage.refused(lee.name, "use the same code again", seen, in_product=False)
    return Scene("codes_left", case_id, closed["outcome"], seconds=time.monotonic() - began)


async def _confirm_when_observed(agent: Desk, case_id: str) -> None:
    await agent.until_seen(case_id, lambda case: case["code"] == Code.CODE_SIGN_IN_TO_CONFIRM)
    await agent.post(f"/cases/{case_id}/codes", used=True)
