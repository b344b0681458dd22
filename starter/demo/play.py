"""The whole play: who meets whom, in which order, and what must be true at the end."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any
from uuid import UUID

from domain.audit import RECOVERY_SEQUENCE, EventType
from domain.ids import workflow_id
from domain.messages import Outcome, Phase
from domain.refusal_codes import Code
from starter.demo.codes_left import codes_left
from starter.demo.desk import Desk
from starter.demo.disputed import disputed
from starter.demo.expired import locked_in_the_end, wipe_and_leave
from starter.demo.held import held
from starter.demo.lost_phone import lost_phone
from starter.demo.other_hands import other_hands
from starter.demo.privileged import privileged
from starter.demo.reopened import reopened
from starter.demo.stage import ExpectationFailed, expect
from starter.demo.strangers import insider, refused_at_intake

if TYPE_CHECKING:
    from starter.demo.backstage import Play
    from starter.demo.stage import Scene

EXPECTED_REFUSALS = {
    "open a case about themselves": Code.OWN_CASE,
    "open a case to change the app": Code.CHANGE_APP_FROM_PROFILE,
    "open a second case": Code.CASE_ALREADY_OPEN,
    "reset without verification": Code.VERIFICATION_MISSING,
    "reset without presence": Code.PRESENCE_MISSING,
    "reset without step-up": Code.STEP_UP_MISSING,
    "give a verdict without evidence": Code.EVIDENCE_MISSING,
    "step-up with the code used at sign-in": "step_up_code_reused",
    "verify the case that they opened": Code.AGENT_CANNOT_APPROVE,
    "verify while codes are left": Code.BACKUP_CODES_FIRST,
    "confirm a sign-in that nobody saw": Code.NO_SIGN_IN_OBSERVED,
    "send a made-up Update": "act_unknown",
    "verify instead of the approver that was drawn": Code.APPROVER_NOT_DRAWN,
    "reset while everybody may still object": "cooling_off",
    "reset after somebody objected": Code.PAUSED_BY_OBJECTION,
}


async def play(this: Play) -> dict[str, Any]:
    """Play everything; returns the report. Raises `ExpectationFailed` at the first thing that is not as it must be."""
    async with AsyncExitStack() as stack:
        for key in ("ada", "bo", "cleo", "dev", "sol", "ivy"):
            desk = Desk(this.cast[key], this.api_url, this.directory_origin, this.tenant)
            this.desks[key] = await stack.enter_async_context(desk)
        ada, bo, cleo, dev, sol, ivy = this.desks.values()
        this.stage.note(f"Signed in with password and factor: {', '.join(one.name for one in this.desks.values())}")
        scenes = this.stage.scenes
        await refused_at_intake(this, ada)
        await _insider_scene(this, bo, ivy)
        expired = await wipe_and_leave(this, bo)
        scenes.append(await lost_phone(this, ada, bo))
        scenes.append(await disputed(this, ada, sol))
        scenes.append(await codes_left(this, bo, cleo))
        scenes.append(await other_hands(this, bo, cleo, dev))
        scenes.append(await privileged(this, bo))
        scenes.append(await locked_in_the_end(this, bo, expired))
        scenes.append(await reopened(this, bo))
        scenes.append(await held(this, bo, sol))
        return await _curtain(this, ivy)


async def _insider_scene(this: Play, agent: Desk, auditor: Desk) -> None:
    case = await agent.open(this.cast["mara"], "broken_factor")
    await agent.until(case["id"], Phase.VERIFICATION)
    await insider(this, auditor, UUID(case["id"]))
    await agent.post(f"/cases/{case['id']}/cancel", reason="opened_in_error")
    await agent.until(case["id"], Phase.CLOSED)


async def _curtain(this: Play, auditor: Desk) -> dict[str, Any]:
    stage = this.stage
    for scene in stage.scenes:
        events = (await auditor.get("/audit/events", case_id=scene.case_id, limit=500))["events"]
        scene.audit = [one["type"] for one in events]
        _effects_are_as_told(scene)
    first = stage.scenes[0]
    sequence = [one for one in first.audit if one in RECOVERY_SEQUENCE]
    expect("the recovery sequence of R43", seen=sequence, wanted=list(RECOVERY_SEQUENCE))
    await _refusals_are_as_expected(this, auditor)
    check = await auditor.get("/audit/check")
    expect("the audit chain", seen=check["verified"], wanted=True)
    stage.heading("What the audit says of the lost phone (R43)")
    for one in sequence:
        stage.note(one)
    stage.note(f"chain checked: {check['events']} events, verified")
    if this.temporal_ui_url:
        workflow = workflow_id(UUID(first.case_id)).replace("/", "%2F")
        namespace = f"{this.temporal_ui_url}/namespaces/{this.temporal_namespace}"
        stage.note(f"in the Temporal UI: {namespace}/workflows/{workflow}")
        stage.note("(it stops with the demonstration; RECOVERY_DATA=.data-demo make up starts it again, same address)")
    return {**this.report(), "audit": {"events": check["events"], "verified": check["verified"]}, "ok": True}


def _effects_are_as_told(scene: Scene) -> None:
    """Only a claim has removed anything, and only an enrolment left unfinished by the subject has locked an account."""
    claimed = scene.outcome in (Outcome.RECOVERED, Outcome.ENROLMENT_EXPIRED)
    expect(f"removal in {scene.scenario}", seen=RECOVERY_SEQUENCE[0] in scene.audit, wanted=claimed)
    expired = scene.outcome == Outcome.ENROLMENT_EXPIRED
    expect(f"lock in {scene.scenario}", seen=EventType.USER_LOCKED in scene.audit, wanted=expired)


async def _refusals_are_as_expected(this: Play, auditor: Desk) -> None:
    seen = {one.attempt: one.code for one in this.stage.refusals}
    for attempt, code in EXPECTED_REFUSALS.items():
        expect(attempt, seen=seen.get(attempt), wanted=code)
    events = (await auditor.get("/audit/events", limit=500))["events"]
    audited = {one["data"].get("code") for one in events if one["outcome"] == "denied"}
    missing = {one.code for one in this.stage.refusals if one.in_product} - audited
    if missing:
        raise ExpectationFailed(f"refused but not audited: {sorted(missing)}")
