"""Scene one: the phone is lost, no backup codes are left."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from domain.acts import ActKind
from domain.messages import Outcome, Phase
from starter.demo.browser import Browser, old_code
from starter.demo.desk import refused_with
from starter.demo.stage import Scene, expect

if TYPE_CHECKING:
    from starter.demo.backstage import Play
    from starter.demo.desk import Desk


async def lost_phone(play: Play, agent: Desk, other_agent: Desk) -> Scene:
    """From the call to the new factor, with everything tried that must be refused on the way."""
    stage, kim = play.stage, play.cast["kim"]
    stage.heading(f"Lost phone: {kim.name} calls; no backup codes are left")
    began = time.monotonic()
    old_seed = kim.totp or ""
    async with play.browser() as browser, play.browser() as stranger:
        case = await agent.open(kim, "lost_phone")
        case_id = case["id"]
        stage.step(agent.name, f"opens case {case['reference']} on the call")
        case = await agent.until(case_id, Phase.VERIFICATION)
        approver = play.drawn(case)[0]
        stage.note(f"{'':<16} needed: {case['verification']['needs']}")
        stage.note(f"{'':<16} drawn by the product: {approver.name}, of {case['drawn']['eligible']} eligible")
        await _refused_before_verification(play, agent, approver, other_agent, case_id)

        await _verify(play, approver, case_id)
        stage.note(f"{'':<16} everybody on record was told and has {_cooling_off(case)} to object")
        await agent.until(case_id, Phase.PRESENCE)
        code = await refused_with(agent.post(f"/cases/{case_id}/reset", step_up=None))
        stage.refused(agent.name, "reset without presence", code, case_id=case_id)

        shown = await browser.wait_for_help(kim)
        stage.step(kim.name, "signs in with the password; the browser waits and shows a code, read out on the callback")
        await stranger.wait_for_help(kim)
        stage.step("A stranger", "knows the password too and shows a code that nobody asks for")
        await approver.presence(case_id, shown)
        stage.step(approver.name, "enters the code read out on the verified channel, with a step-up")
        await agent.until(case_id, Phase.STEP_UP)
        await _step_up_and_reset(play, agent, case_id)
        await agent.until(case_id, Phase.RE_ENROLMENT, Phase.CLOSED)
        stage.note(f"{'':<16} wiped and read back; only the bound browser may go on")

        await _stranger_reaches_nothing(play, stranger)
        await browser.until_let_on()
        await browser.enrol(kim)
        stage.step(kim.name, "sets up a new app in the same browser and gets ten new backup codes")
        await browser.finish()
        closed = await agent.until(case_id, Phase.CLOSED)
        expect("outcome", seen=closed["outcome"], wanted=Outcome.RECOVERED)
        stage.step("The case", f"is closed: {closed['outcome']}")
        seen = await stranger.sign_in_refusal(kim.login, kim.password, old_code(old_seed))
        stage.refused("Anybody", "sign in with the old app", seen, case_id=case_id, in_product=False)
    return Scene("lost_phone", case_id, closed["outcome"], seconds=time.monotonic() - began)


async def _refused_before_verification(
    play: Play, agent: Desk, approver: Desk, other_agent: Desk, case_id: str
) -> None:
    stage, kim = play.stage, play.cast["kim"]
    code = await refused_with(agent.post(f"/cases/{case_id}/reset", step_up=None))
    stage.refused(agent.name, "reset without verification", code, case_id=case_id)
    code = await refused_with(other_agent.open(kim, "lost_phone"))
    stage.refused(other_agent.name, "open a second case", code)
    nothing = {"verdict": "verified", "method": "callback", "evidence": {"seen": "", "reference": ""}}
    code = await refused_with(approver.post(f"/cases/{case_id}/verdicts", **nothing, step_up=None))
    stage.refused(approver.name, "give a verdict without evidence", code, case_id=case_id)
    friend = play.not_drawn(await agent.case(case_id))
    seen = {"seen": "Met the caller in the canteen just now", "reference": "my own eyes"}
    met = {"verdict": "verified", "method": "in_person", "evidence": seen}
    code = await refused_with(friend.post(f"/cases/{case_id}/verdicts", **met, step_up=None))
    stage.refused(friend.name, "verify instead of the approver that was drawn", code, case_id=case_id)


def _cooling_off(case: dict[str, Any]) -> str:
    cooling = case["cooling_off"]
    return f"{cooling['seconds']} s (sample tenant; the default would be {cooling['default_seconds']} s)"


async def _verify(play: Play, approver: Desk, case_id: str) -> None:
    stage = play.stage
    contacts = (await approver.case(case_id))["subject"]["contacts"]
    desk_phone = next(one for one in contacts if one["kind"] == "desk_phone")
    await approver.verdict(
        case_id,
        "callback",
        seen="Rang the desk number on record; asked what was lost and where; voice known from the team call",
        reference="call log of today, entry 41",
        contact_id=desk_phone["id"],
    )
    stage.step(approver.name, f"calls back {desk_phone['masked']} and records the verdict with a passkey step-up")
    await approver.verdict(
        case_id,
        "corroborating_ticket",
        seen="Ticket by the manager quoting this case, confirmed by callback to the manager",
        reference="HD-20417",
        author_id=await play.account_id(approver, "mara"),
        ticket_opened_at=play.now(),
        quotes_case=True,
        author_confirmed="callback",
    )
    stage.step(approver.name, "checks the manager's ticket and records the verdict with a passkey step-up")


async def _step_up_and_reset(play: Play, agent: Desk, case_id: str) -> None:
    stage = play.stage
    code = await refused_with(agent.post(f"/cases/{case_id}/reset", step_up=None))
    stage.refused(agent.name, "reset without step-up", code, case_id=case_id)
    used = await agent.step_up(case_id, {"kind": ActKind.EXECUTE}, code=agent.person.last_code())
    code = await refused_with(agent.post(f"/cases/{case_id}/reset", step_up=used))
    stage.refused(agent.name, "step-up with the code used at sign-in", code, case_id=case_id)
    await agent.reset(case_id)
    stage.step(agent.name, "proves a step-up over the plan and asks for the reset")


async def _stranger_reaches_nothing(play: Play, stranger: Browser) -> None:
    stage, kim = play.stage, play.cast["kim"]
    seen = await stranger.sign_in_refusal(kim.login, kim.password)
    stage.refused("A stranger", "sign in with the right password after the wipe", seen, in_product=False)
    expect("the stranger's sign-in", seen=seen, wanted="enrolment_required")
    seen = await stranger.attempt("/enrolment/begin")
    stage.refused("A stranger", "enrol in a browser of their own", seen, in_product=False)
