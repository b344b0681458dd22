"""Scene three: the device is in other hands, and the thief is signed in."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from domain.messages import Outcome, Phase
from starter.demo.browser import old_code
from starter.demo.desk import refused_with
from starter.demo.stage import Scene, expect

if TYPE_CHECKING:
    from starter.demo.backstage import Play
    from starter.demo.browser import Browser
    from starter.demo.desk import Desk

NEW_PASSWORD = "granite-sparrow-evening-61"  # noqa: S105 - chosen by a person of the sample tenant


@dataclass(frozen=True)
class Loot:
    """What the thief has."""

    password: str = field(repr=False)
    seed: str = field(repr=False)
    codes: list[str] = field(repr=False)


async def other_hands(play: Play, agent: Desk, callback: Desk, second: Desk) -> Scene:
    """Contain after one verdict, wipe after two people and two methods, new password in the bound browser."""
    stage, nia = play.stage, play.cast["nia"]
    stage.heading(f"Device in other hands: somebody took {nia.name}'s phone and knows the password")
    began = time.monotonic()
    old_password, old_seed, old_codes = nia.password, nia.totp or "", list(nia.backup_codes)
    async with play.browser() as thief, play.browser() as browser:
        await thief.sign_in(nia, {"kind": "totp", "code": nia.totp_code()}, remember=True)
        stage.step("The thief", "signs in with the stolen password and phone, and keeps a refresh token")
        case = await agent.open(nia, "device_in_other_hands", "yes")
        case_id = case["id"]
        stage.step(agent.name, f"opens case {case['reference']}; the backup codes count as stolen")
        await agent.until(case_id, Phase.VERIFICATION)
        await _first_verdict_contains(play, agent, callback, thief, case_id)
        await second.verdict(
            case_id,
            "corroborating_ticket",
            seen="Ticket by the manager quoting this case, confirmed by callback to the manager",
            reference="HD-20431",
            author_id=await play.account_id(second, "mara"),
            ticket_opened_at=play.now(),
            quotes_case=True,
            author_confirmed="callback",
        )
        stage.step(second.name, "is the second person, with a second method")
        await agent.until(case_id, Phase.PRESENCE)
        shown = await browser.wait_for_help(nia, with_password=False)
        stage.step(nia.name, "opens the page with the name only (the password will be replaced) and reads out the code")
        await callback.presence(case_id, shown)
        stage.step(callback.name, "enters the code, with a step-up")
        await agent.until(case_id, Phase.STEP_UP)
        await agent.reset(case_id)
        stage.step(agent.name, "proves a step-up over the plan and asks for the reset")
        await browser.until_let_on()
        await browser.enrol(nia, new_password=NEW_PASSWORD)
        stage.step(nia.name, "chooses a new password, sets up a new app and gets new backup codes")
        closed = await agent.until(case_id, Phase.CLOSED)
        expect("outcome", seen=closed["outcome"], wanted=Outcome.RECOVERED)
        await browser.finish()
        stage.step("The case", "wipe, sessions and password confirmed; the account is enabled: recovered")
        await _thief_fails(play, thief, nia.login, Loot(old_password, old_seed, old_codes))
    async with play.browser() as again:
        await again.sign_in(nia, {"kind": "backup_code", "code": nia.backup_codes[0]})
        stage.step(nia.name, "signs in with the new password and a new backup code")
    return Scene("device_in_other_hands", case_id, closed["outcome"], seconds=time.monotonic() - began)


async def _first_verdict_contains(play: Play, agent: Desk, callback: Desk, thief: Browser, case_id: str) -> None:
    stage = play.stage
    evidence = {"seen": "Spoke to the caller myself this morning", "reference": "my own call"}
    code = await refused_with(
        agent.post(
            f"/cases/{case_id}/verdicts", verdict="verified", method="in_person", evidence=evidence, step_up=None
        )
    )
    stage.refused(agent.name, "verify the case that they opened", code, case_id=case_id)
    contacts = (await callback.case(case_id))["subject"]["contacts"]
    desk_phone = next(one for one in contacts if one["kind"] == "desk_phone")
    await callback.verdict(
        case_id,
        "callback",
        seen="Rang the desk number on record; a colleague beside her confirmed the theft",
        reference="call log of today, entry 57",
        contact_id=desk_phone["id"],
    )
    stage.step(callback.name, "records the first verdict: the account is disabled and its sessions end at once")
    await agent.until_seen(case_id, _contained)
    code = await refused_with(thief.get("/whoami"))
    stage.refused("The thief", "go on with the stolen session", code, in_product=False)


def _contained(case: dict[str, Any]) -> bool:
    done = {one["kind"] for one in case["plan"]["operations"] if one["state"] == "done"}
    return {"disable", "revoke_sessions"} <= done


async def _thief_fails(play: Play, thief: Browser, login: str, loot: Loot) -> None:
    stage = play.stage
    tries = {
        "the refresh token": await thief.attempt("/token/refresh"),
        "the old password": await thief.sign_in_refusal(login, loot.password),
        "the new password with the old app": await thief.sign_in_refusal(login, NEW_PASSWORD, old_code(loot.seed)),
        "the new password with an old backup code": await thief.sign_in_refusal(
            login, NEW_PASSWORD, {"kind": "backup_code", "code": loot.codes[0]}
        ),
    }
    for attempt, code in tries.items():
        stage.refused("The thief", f"use {attempt}", code, in_product=False)
