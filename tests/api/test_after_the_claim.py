"""Objections after the claim: suspended until an officer rules, in the case and in the watch after it (R24, R38)."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import pyotp
from temporalio.testing import ActivityEnvironment

from domain.acts import ObjectionBody
from domain.messages import WatchInput
from tests.api.test_decisions import verified_rest
from tests.api.test_officers import RESUME, UPHOLD

if TYPE_CHECKING:
    from tests.api.world import ApiWorld, Json


async def wiped(world: ApiWorld) -> tuple[Json, str]:
    """A case whose wipe is done, and the browser that may enrol."""
    case = await world.opened(agent="bo")
    await world.verified("cleo", case)
    case = await verified_rest(world, case)
    kim = world.people["kim"]
    waiting = await world.parts.directory.presence.begin(world.tenant_id, kim.login, kim.password)
    cleo = await world.signed_in("cleo")
    checked = await cleo.post(f"/cases/{case['id']}/presence-checks", {"code": waiting.code})
    bound = await world.decide("cleo", case["id"], "presence", {"presence_id": checked.json()["presence_id"]})
    assert bound.status_code == 200, bound.text
    proof = await world.step_up("bo", case["id"], {"kind": "execute"})
    await (await world.signed_in("bo")).post(f"/cases/{case['id']}/reset", {"step_up": proof})
    await world.look(case["id"])
    await world.run("reset", case["id"])
    return await world.case(case["id"]), waiting.browser_token


async def enrolled(world: ApiWorld) -> Json:
    """A recovered account under watch; its case has ended."""
    case, browser = await wiped(world)
    enrolment = world.parts.directory.enrolment
    await enrolment.begin(browser)
    offer = await enrolment.offer_totp(browser)
    await enrolment.confirm_totp(browser, pyotp.TOTP(offer.secret).now())
    await enrolment.issue_backup_codes(browser)
    # The directory's events have not been followed; after half a minute they are waited for no longer.
    await world.forward(timedelta(seconds=31))
    for kind in ("confirm", "close"):
        await world.run(kind, case["id"])
    return await world.case(case["id"])


async def watch(world: ApiWorld, case: Json) -> None:
    """Let the watch look."""
    activities: dict[str, Any] = {one.__name__: one for one in world.parts.activities}
    await ActivityEnvironment().run(
        activities["watch"], WatchInput(case_id=case["id"], tenant_id=world.tenant_id, version=0)
    )


async def test_suspended_until_an_officer_resumes(world: ApiWorld) -> None:
    """R24: after the claim an objection suspends; the view says so and who has to act; a ruling lifts it."""
    case, _ = await wiped(world)
    assert (case["phase"], [one["what"] for one in case["deadlines"]]) == ("re_enrolment", ["enrolment"])
    await world.objected(case)
    assert (await world.case(case["id"]))["code"] == "suspension_due"
    await world.run("suspend", case["id"])
    case = await world.case(case["id"])
    assert (case["suspended"], case["code"]) == (True, "suspended_until_ruling")
    assert (case["waiting_for"], "disabled" in case["next_step"]) == ("security", True)
    sol = await world.signed_in("sol")
    assert [one["id"] for one in (await sol.get("/cases", waiting_for="security")).json()["cases"]] == [case["id"]]
    answer = await world.decide("sol", case["id"], "ruling", RESUME)
    assert (answer.status_code, answer.json()["code"]) == (200, "lift_due")
    await world.look(case["id"])
    await world.run("suspend", case["id"])
    case = await world.case(case["id"])
    assert (case["suspended"], case["code"]) == (False, "enrolment_awaited")


async def test_upheld_after_the_claim(world: ApiWorld) -> None:
    """R24: upheld after the claim, the case ends as disputed and the account stays suspended."""
    case, _ = await wiped(world)
    await world.objected(case)
    await world.run("suspend", case["id"])
    await world.decide("sol", case["id"], "ruling", UPHOLD)
    for kind in ("assess", "close"):
        await world.run(kind, case["id"])
    case = await world.case(case["id"])
    assert (case["outcome"], case["suspended"], case["waiting_for"]) == ("disputed", True, "nobody")
    assert "stays disabled" in case["next_step"]


async def test_objected_while_watched(world: ApiWorld) -> None:
    """R24 R38: a recovered account that is objected to within the watch waits for security, its case ended or not."""
    case = await enrolled(world)
    assert (case["outcome"], case["watch"]["ended"]) == ("recovered", False)
    assert [one["what"] for one in case["deadlines"]] == ["watch"]
    sol = await world.signed_in("sol")
    assert (await sol.get("/cases", waiting_for="security")).json() == {"cases": []}
    async with world.parts.ledger.page(world.tenant_id, UUID(case["id"])) as page:
        contact = page.case.snapshot.contacts[0].id
        await page.add_act(act_id=uuid4(), actor=None, body=ObjectionBody(contact_id=contact))
    await watch(world, case)
    seen = await world.case(case["id"])
    assert (seen["outcome"], seen["suspended"], seen["waiting_for"]) == ("recovered", True, "security")
    (listed,) = (await sol.get("/cases", waiting_for="security")).json()["cases"]
    assert (listed["id"], listed["waiting_for"]) == (case["id"], "security")
    answer = await world.decide("sol", case["id"], "ruling", UPHOLD)
    assert (answer.status_code, answer.json()["waiting_for"]) == (200, "nobody")
    assert "stays disabled" in answer.json()["next_step"]
    assert (await sol.get("/cases", waiting_for="security")).json() == {"cases": []}
