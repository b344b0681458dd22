"""Opening, listing and reading cases, and looking people up."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING
from unittest import mock
from uuid import uuid4

import pytest

from tests.api.world import opening

if TYPE_CHECKING:
    from tests.api.world import ApiWorld


async def test_opened_case(world: ApiWorld) -> None:
    """A new case has a place, a reference, a plan, and says who has to do what next."""
    ada = await world.signed_in("ada")
    answer = await ada.post("/cases", opening("kim.reyes", statement="lost on the ferry", ticket="HELP-1"))
    assert answer.status_code == 201
    case = answer.json()
    assert answer.headers["location"] == f"/api/v1/cases/{case['id']}"
    assert (case["phase"], case["waiting_for"]) == ("verification", "approver")
    assert case["tenant"] == world.slug
    assert case["stated"] == {"verified": False, "ticket": "HELP-1", "statement": "lost on the ferry"}
    assert {one["state"] for one in case["plan"]["operations"]} == {"planned"}
    assert {one["kind"] for one in case["plan"]["operations"]} == {"wipe_factors", "require_enrolment"}
    assert not [one for one in case["subject"]["contacts"] if "7700" in one["masked"] or "acme" in one["masked"]]
    by_reference = await ada.get(f"/cases/{case['reference'].lower()}")
    assert by_reference.json()["id"] == case["id"]


async def test_codes_left_come_first(world: ApiWorld) -> None:
    """R10: with codes left the case stops at them and tells the agent what to say."""
    case = await world.opened(subject="lee")
    assert (case["phase"], case["code"], case["waiting_for"]) == ("backup_codes", "backup_codes_left", "agent")
    assert "backup codes" in case["next_step"]


async def test_second_opener_gets_the_first_case(world: ApiWorld) -> None:
    """R5: ten openers at once make one case, and the others are told which."""
    ada, bo = await world.signed_in("ada"), await world.signed_in("bo")
    answers = await asyncio.gather(*(one.post("/cases", opening("kim.reyes")) for one in [ada, bo] * 5))
    opened = [answer for answer in answers if answer.status_code == 201]
    refused = [answer.json() for answer in answers if answer.status_code == 409]
    assert (len(opened), len(refused)) == (1, 9)
    assert {one["code"] for one in refused} == {"case_already_open"}
    assert {one["case_id"] for one in refused} == {opened[0].json()["id"]}
    assert {one["rule"] for one in refused} == {"R5"}


async def test_same_key_same_case(world: ApiWorld) -> None:
    """Two identical requests at once, and one later, are one case; other content under the key is refused."""
    ada = await world.signed_in("ada")
    key = str(uuid4())
    answers = await asyncio.gather(*(ada.post("/cases", opening("kim.reyes"), key=key) for _ in range(5)))
    answers.append(await ada.post("/cases", opening("kim.reyes"), key=key))
    assert [answer.status_code for answer in answers] == [201] * 6
    assert len({answer.json()["id"] for answer in answers}) == 1
    answer = await ada.post("/cases", opening("lee.okafor"), key=key)
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")
    assert len(await world.events("recovery.case_opened")) == 1


async def test_one_ticket_one_case(world: ApiWorld) -> None:
    """R7: two openings with one ticket at once make one case."""
    ada, bo = await world.signed_in("ada"), await world.signed_in("bo")
    answers = await asyncio.gather(
        ada.post("/cases", opening("kim.reyes", ticket="HELP-7")),
        bo.post("/cases", opening("mara.lindqvist", ticket="HELP-7")),
    )
    assert sorted(answer.status_code for answer in answers) == [201, 409]
    assert "ticket_already_used" in {answer.json().get("code") for answer in answers}


@pytest.mark.parametrize(
    ("who", "subject", "stated", "status", "code"),
    [
        ("ada", "ada.fontaine", {}, 403, "own_case"),
        ("cleo", "kim.reyes", {}, 403, "role_missing"),
        ("ada", "sol.whitaker", {}, 403, "subject_outranks_agent"),
        ("ada", "nobody", {}, 409, "subject_not_found"),
        ("ada", "kim", {}, 409, "subject_not_found"),
        ("ada", "KIM.REYES", {}, 409, "subject_not_found"),
        ("ada", "  ", {}, 409, "subject_not_found"),
        ("ada", "kim.reyes", {"reason": "change_authenticator_app"}, 409, "change_app_from_profile"),
        ("ada", "kim.reyes", {"reason": "mfa_policy_changed"}, 409, "policy_change_needs_campaign"),
        ("ada", "kim.reyes", {"cannot_complete_mfa": False}, 409, "mfa_still_works"),
    ],
)
async def test_refusals_name_their_rule(
    *, who: str, subject: str, stated: dict[str, object], status: int, code: str, world: ApiWorld
) -> None:
    """R1 R2 R3 R4 R6 B06: who may not open what, with the rule's code, audited, and without an echo of the subject."""
    caller = await world.signed_in(who)
    answer = await caller.post("/cases", opening(subject, **stated))
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.json()["rule"].startswith("R")
    assert (await world.events("recovery.case_refused"))[0]["outcome"] == "denied"


async def test_lists(world: ApiWorld) -> None:
    """Open cases are listed until they end, newest first, and closed ones apart."""
    ada = await world.signed_in("ada")
    first, second = await world.opened(subject="kim"), await world.opened(subject="lee")
    await ada.post(f"/cases/{first['id']}/cancel", {"reason": "opened_in_error"})
    await world.owner.execute(
        "UPDATE recovery.cases SET outcome = 'cancelled', closed_at = recovery.now(tenant_id) WHERE id = $1::uuid",
        first["id"],
    )
    listed = {
        state: [one["id"] for one in (await ada.get("/cases", state=state)).json()["cases"]]
        for state in ("open", "closed", "all")
    }
    assert listed == {"open": [second["id"]], "closed": [first["id"]], "all": [second["id"], first["id"]]}
    assert (await ada.get("/cases", limit=0)).status_code == 422
    assert (await ada.get("/cases", limit="9" * 40)).status_code == 422
    assert (await ada.get("/cases", state="some")).status_code == 422


async def test_long_poll(world: ApiWorld) -> None:
    """A reader that waits is answered when an act is recorded or the case moves, and in time when nothing happens."""
    case = await world.opened()
    ada, cleo = await world.signed_in("ada"), await world.signed_in("cleo")
    path = f"/cases/{case['id']}"
    assert (await ada.get(path, after_version=case["version"], wait=0.5)).json()["version"] == case["version"]
    # Before each pause it is asked whether the product stops; who is answered at once never comes so far.
    stops = mock.Mock(side_effect=[False, True])
    with mock.patch.object(world.app.state.services.stopping, "is_set", stops):
        assert (await ada.get(path, after_version=case["version"], wait=25)).json()["version"] == case["version"]
    assert stops.call_count == 2
    assert (await ada.get(path, after_version=case["version"] - 1, wait=25)).status_code == 200
    waiting = asyncio.create_task(cleo.get(path, after_version=case["version"], wait=25))
    await asyncio.sleep(0)
    await ada.post(f"{path}/cancel", {"reason": "suspicious"})
    async with asyncio.timeout(5):
        assert (await waiting).json()["outcome"] is None
    waiting = asyncio.create_task(cleo.get(path, after_version=case["version"], wait=25))
    await world.look(case["id"])
    async with asyncio.timeout(5):
        assert (await waiting).json()["version"] > case["version"]


async def test_lookup(world: ApiWorld) -> None:
    """B06: exactly what was asked for, masked, with the open case; the typed text is in no audit event (R44)."""
    case = await world.opened()
    ada = await world.signed_in("ada")
    (found,) = (await ada.get("/directory/accounts", exact="kim.reyes@acme.example")).json()["accounts"]
    assert (found["login"], found["open_case_id"]) == ("kim.reyes", case["id"])
    assert (found["tier"], found["status"]) == ("standard", "active")
    assert not [one for one in found["contacts"] if "@acme" in one["masked"]]
    assert (await ada.get("/directory/accounts", exact="KIM.REYES")).json() == {"accounts": []}
    assert (await ada.get("/directory/accounts")).status_code == 422
    assert (await ada.get("/directory/accounts", exact="a\x00b")).status_code == 422
    events = await world.events("recovery.accounts_looked_up")
    assert len(events) == 2
    assert not [one for one in events if "kim" in one["text"].lower()]


async def test_auditors_look_nobody_up(world: ApiWorld) -> None:
    """A role that may not look people up is refused, and that is on record."""
    ivy = await world.signed_in("ivy")
    answer = await ivy.get("/directory/accounts", exact="kim.reyes")
    assert (answer.status_code, answer.json()["code"]) == (403, "role_missing")
    assert len(await world.events("recovery.access_refused")) == 1


async def test_number_is_shown_once(world: ApiWorld) -> None:
    """R16: an approver sees a trustworthy number in full once; the same key repeats it, another is refused."""
    case = await world.opened()
    cleo, dev = await world.signed_in("cleo"), await world.signed_in("dev")
    contacts = {one["kind"]: one["id"] for one in case["subject"]["contacts"]}
    path = f"/cases/{case['id']}/contacts/{contacts['desk_phone']}/reveal"
    key = str(uuid4())
    for _ in range(2):
        assert (await cleo.post(path, key=key)).json() == {"value": "+44 20 7946 0101"}
    again = await cleo.post(path)
    assert (again.status_code, again.json()["code"]) == (409, "number_already_revealed")
    assert (await dev.post(path)).status_code == 200
    events = await world.events("recovery.number_revealed")
    assert len(events) == 2
    assert not [one for one in events if "7946 0101" in one["text"]]
    stored = await world.owner.fetch(
        "SELECT answer::text FROM recovery.idempotency WHERE tenant_id = $1", world.tenant_id
    )
    assert not [one for one in stored if "7946 0101" in (one["answer"] or "")]


async def test_numbers_that_prove_nothing_stay_masked(world: ApiWorld) -> None:
    """R16: neither the lost phone's number, an address nor a foreign contact is shown; nor any number to the agent."""
    case = await world.opened()
    cleo, ada = await world.signed_in("cleo"), await world.signed_in("ada")
    contacts = {one["kind"]: one["id"] for one in case["subject"]["contacts"]}
    for contact, code in (
        (contacts["mobile"], "number_is_the_lost_phone"),
        (contacts["email"], "number_not_on_record"),
        (str(uuid4()), "number_not_on_record"),
    ):
        answer = await cleo.post(f"/cases/{case['id']}/contacts/{contact}/reveal")
        assert (answer.status_code, answer.json()["code"]) == (409, code)
    answer = await ada.post(f"/cases/{case['id']}/contacts/{contacts['desk_phone']}/reveal")
    assert (answer.status_code, answer.json()["code"]) == (403, "role_missing")
    assert await world.events("recovery.number_revealed") == []


async def test_own_number_stays_masked(world: ApiWorld) -> None:
    """R6: an approver who is the subject reveals nothing in their own case."""
    ari = await world.signed_in("ari")
    case = await world.opened(agent="bo", subject="dev")
    contact = case["subject"]["contacts"][0]["id"]
    dev = await world.signed_in("dev")
    answer = await dev.post(f"/cases/{case['id']}/contacts/{contact}/reveal")
    assert (answer.status_code, answer.json()["code"]) == (403, "own_case")
    assert (await ari.post(f"/cases/{case['id']}/contacts/{contact}/reveal")).status_code == 403


async def test_expired_case_says_so(world: ApiWorld) -> None:
    """The view follows the case through its end."""
    case = await world.opened()
    await world.forward(timedelta(hours=20))
    world.callers.clear()
    await world.forward(timedelta(hours=60))
    await world.look(case["id"])
    cancelled = await (await world.signed_in("ada")).post(f"/cases/{case['id']}/cancel", {"reason": "suspicious"})
    assert (cancelled.status_code, cancelled.json()["code"]) == (409, "case_closed")
