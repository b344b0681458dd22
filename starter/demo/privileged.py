"""Scene: the subject is an agent, so two approvers, a hardware key and a longer cooling-off are asked for."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from domain.messages import Outcome, Phase
from starter.demo.desk import refused_with
from starter.demo.stage import Scene, expect

if TYPE_CHECKING:
    from starter.demo.backstage import Play
    from starter.demo.desk import Desk


async def privileged(play: Play, agent: Desk) -> Scene:
    """No account is spared the cooling-off, however strong the methods were."""
    stage, ada = play.stage, play.cast["ada"]
    stage.heading(f"Privileged: {ada.name} is an agent herself and has lost her phone")
    began = time.monotonic()
    async with play.browser() as browser:
        case = await agent.open(ada, "lost_phone")
        case_id = case["id"]
        stage.step(agent.name, f"opens case {case['reference']}; tier: {case['tier']}")
        case = await agent.until(case_id, Phase.VERIFICATION)
        first, second = play.drawn(case)
        stage.note(f"{'':<16} needed: {case['verification']['needs']}")
        await first.verdict(
            case_id, "in_person", seen="Stood at her desk with her badge", reference="desk log of today, entry 3"
        )
        stage.step(first.name, "verifies in person")
        await second.verdict(
            case_id,
            "video_call",
            seen="Compared her face with the photo of her badge while she turned her head",
            reference="video log of today, entry 9",
            record_since=(datetime.now(UTC) - timedelta(days=400)).isoformat(),
        )
        stage.step(second.name, "verifies by video against a photo that is 400 days old")
        case = await agent.until_seen(case_id, lambda seen: seen["code"] == "cooling_off")
        code = await refused_with(agent.post(f"/cases/{case_id}/reset", step_up=None))
        stage.refused(agent.name, "reset while everybody may still object", code, case_id=case_id)
        cooling = case["cooling_off"]
        stage.note(
            f"{'':<16} waits {cooling['seconds']} s for real (sample tenant; the default would be "
            f"{cooling['default_seconds'] // 3600} hours)"
        )
        await agent.until(case_id, Phase.PRESENCE)
        await first.presence(case_id, await browser.wait_for_help(ada))
        stage.step(first.name, "enters the code that her browser shows")
        await agent.until(case_id, Phase.STEP_UP)
        await agent.reset(case_id)
        stage.step(agent.name, "proves a step-up with a hardware-bound passkey (AAL3) and asks for the reset")
        await browser.until_let_on()
        await browser.enrol(ada)
        await browser.finish()
        closed = await agent.until(case_id, Phase.CLOSED)
        expect("outcome", seen=closed["outcome"], wanted=Outcome.RECOVERED)
        stage.step(
            "The case", f"is closed: {closed['outcome']}; the account is watched until {closed['watch']['until']}"
        )
    return Scene("privileged", case_id, closed["outcome"], seconds=time.monotonic() - began)
