"""What security officers decide through the API: proved, reasoned, once, and by nobody who works on the case."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import pytest

from domain.acts import Brake, HeldBody
from domain.people import Role
from tests.api.world import callback

if TYPE_CHECKING:
    from tests.api.world import ApiWorld, Json

WHY = "Met the person at the gate, who had clicked by mistake"
RESUME: Json = {"ruling": "resume", "because": WHY}
UPHOLD: Json = {"ruling": "uphold", "because": WHY}
RELEASE: Json = {"because": WHY}
WAIVE: Json = {"waives": "cooling_off", "because": WHY}
DECISIONS = [
    ("ruling", RESUME, "no_objection"),
    ("release", RELEASE, "case_not_held"),
    ("break-glass", WAIVE, "already_waived"),
    ("break-glass/review", RELEASE, "no_review_open"),
]


async def case_for(world: ApiWorld, path: str) -> tuple[Json, str]:
    """A case in which this decision is due, and the officer who may take it."""
    case = await world.opened(agent="bo")
    if path == "ruling":
        await world.objected(case)
    if path == "release":
        await world.product_act(case["id"], HeldBody(brake=Brake.PAIR))
    if path == "break-glass/review":
        assert (await world.decide("sol", case["id"], "break-glass", WAIVE)).status_code == 200
        await world.give_roles("ivy", Role.SECURITY)
        return case, "ivy"
    return case, "sol"


async def test_an_objection_pauses_until_an_officer_resumes(world: ApiWorld) -> None:
    """R24: a paused case waits for security and moves nobody; resumed, it goes on where it stood, on the record."""
    case = await world.opened()
    await world.objected(case)
    case = await world.case(case["id"])
    assert (case["code"], case["waiting_for"]) == ("paused_by_objection", "security")
    assert [(one["kind"], one["open"]) for one in case["objections"]] == [("email", True)]
    answer = await world.decide("sol", case["id"], "ruling", RESUME)
    assert answer.status_code == 200
    assert (answer.json()["phase"], answer.json()["waiting_for"]) == ("verification", "approver")
    assert [one["open"] for one in answer.json()["objections"]] == [False]
    (event,) = await world.events("recovery.dispute_ruled")
    assert WHY not in event["text"]


async def test_an_upheld_objection_ends_the_case(world: ApiWorld) -> None:
    """R24: upheld, the case is disputed; nothing resumes it, and the next step says what to do."""
    case = await world.opened()
    await world.objected(case)
    answer = await world.decide("sol", case["id"], "ruling", UPHOLD)
    assert (answer.json()["phase"], answer.json()["code"]) == ("closed", "disputed")
    assert "upheld" in answer.json()["next_step"]
    for kind in ("assess", "close"):
        await world.run(kind, case["id"])
    assert (await world.case(case["id"]))["outcome"] == "disputed"
    sol = await world.signed_in("sol")
    again = await sol.post(f"/cases/{case['id']}/ruling", {**RESUME, "step_up": None})
    assert (again.status_code, again.json()["code"]) == (409, "case_closed")


@pytest.mark.parametrize(("path", "statement", "late"), DECISIONS)
async def test_double_click_and_second_device(*, path: str, statement: Json, late: str, world: ApiWorld) -> None:
    """B13: the same key twice at once is one act and two like answers; another device is told that it is done."""
    case, who = await case_for(world, path)
    kind = {"break-glass": "break_glass", "break-glass/review": "review"}.get(path, path)
    officer = await world.signed_in(who)
    proofs = [await world.step_up(who, case["id"], {"kind": kind, **statement}) for _ in range(2)]
    address, key = f"/cases/{case['id']}/{path}", str(uuid4())
    clicks = await asyncio.gather(
        *(officer.post(address, {**statement, "step_up": proofs[0]}, key=key) for _ in range(2))
    )
    assert [one.status_code for one in clicks] == [200, 200]
    other = await officer.post(address, {**statement, "step_up": proofs[1]})
    assert (other.status_code, other.json()["code"]) == (409, late)
    assert len(other.json()["detail"].split()) > 5
    assert (await world.acts(case["id"])).count(kind) == 1


@pytest.mark.parametrize(("path", "statement", "late"), DECISIONS)
async def test_two_devices_at_the_same_moment(*, path: str, statement: Json, late: str, world: ApiWorld) -> None:
    """B13: two proofs, two keys, one moment: one act, and the other request is refused by its rule."""
    case, who = await case_for(world, path)
    kind = {"break-glass": "break_glass", "break-glass/review": "review"}.get(path, path)
    officer = await world.signed_in(who)
    proofs = [await world.step_up(who, case["id"], {"kind": kind, **statement}) for _ in range(2)]
    sent = [officer.post(f"/cases/{case['id']}/{path}", {**statement, "step_up": proof}) for proof in proofs]
    answers = sorted(await asyncio.gather(*sent), key=lambda one: one.status_code)
    # One key's counter went back where its second touch arrives first, which the directory takes for a copy of the key.
    told = (answers[1].status_code, answers[1].json()["code"])
    assert answers[0].status_code == 200
    assert told in {(409, late), (403, "step_up_refused")}
    assert (await world.acts(case["id"])).count(kind) == 1


async def test_two_officers_disagree(world: ApiWorld) -> None:
    """R24: the officer who rules first has ruled; the other is told instead of overruling."""
    case = await world.opened()
    await world.objected(case)
    await world.give_roles("ivy", Role.SECURITY)
    proofs = {
        who: await world.step_up(who, case["id"], {"kind": "ruling", **wish})
        for who, wish in (("sol", RESUME), ("ivy", UPHOLD))
    }
    sol, ivy = await world.signed_in("sol"), await world.signed_in("ivy")
    answers = await asyncio.gather(
        sol.post(f"/cases/{case['id']}/ruling", {**RESUME, "step_up": proofs["sol"]}),
        ivy.post(f"/cases/{case['id']}/ruling", {**UPHOLD, "step_up": proofs["ivy"]}),
    )
    assert sorted(one.status_code for one in answers) == [200, 409]
    assert (await world.acts(case["id"])).count("ruling") == 1


@pytest.mark.parametrize("who", ["ada", "cleo", "ivy", "ari"])
@pytest.mark.parametrize(("path", "statement", "late"), DECISIONS)
async def test_officers_alone_decide(*, who: str, path: str, statement: Json, late: str, world: ApiWorld) -> None:
    """R24 R39 R41: no agent, approver, auditor or administrator decides what is an officer's."""
    del late
    case = await world.opened(agent="bo")
    caller = await world.signed_in(who)
    answer = await caller.post(f"/cases/{case['id']}/{path}", {**statement, "step_up": None})
    assert (answer.status_code, answer.json()["code"]) == (403, "role_missing")
    assert await world.acts(case["id"]) == ["open"]


@pytest.mark.parametrize(("path", "statement", "late"), DECISIONS)
async def test_a_party_is_no_officer(*, path: str, statement: Json, late: str, world: ApiWorld) -> None:
    """R39: the agent or approver of the case decides nothing in it as an officer, whatever roles they hold."""
    del late
    await world.give_roles("bo", Role.AGENT, Role.SECURITY)
    case = await world.opened(agent="bo")
    bo = await world.signed_in("bo")
    answer = await bo.post(f"/cases/{case['id']}/{path}", {**statement, "step_up": None})
    assert (answer.status_code, answer.json()["code"]) == (403, "officer_is_a_party")
    await world.give_roles("cleo", Role.APPROVER, Role.SECURITY)
    assert (await world.verified("cleo", case)).status_code == 200
    cleo = await world.signed_in("cleo")
    answer = await cleo.post(f"/cases/{case['id']}/{path}", {**statement, "step_up": None})
    assert (answer.status_code, answer.json()["code"]) == (403, "officer_is_a_party")


async def test_nobody_decides_about_themselves(world: ApiWorld) -> None:
    """R6: the subject of a case decides nothing in it, and does not even see its review."""
    await world.give_roles("dev", Role.SECURITY)
    await world.give_roles("bo", Role.AGENT, Role.SECURITY)
    case = await world.opened(agent="bo", subject="dev")
    dev = await world.signed_in("dev")
    answer = await dev.post(f"/cases/{case['id']}/break-glass", {**WAIVE, "step_up": None})
    assert (answer.status_code, answer.json()["code"]) == (403, "own_case")
    assert (await world.decide("sol", case["id"], "break-glass", WAIVE)).status_code == 200
    assert (await dev.get("/reviews")).json() == {"reviews": []}
    assert (await dev.get("/cases", waiting_for="security")).json() == {"cases": []}


@pytest.mark.parametrize(("path", "statement", "late"), DECISIONS)
async def test_decisions_carry_their_own_proof(*, path: str, statement: Json, late: str, world: ApiWorld) -> None:
    """R28 B24: no decision without a proof, nor with one over another reason or case; what is no reason is refused."""
    del late
    case, who = await case_for(world, path)
    kind = {"break-glass": "break_glass", "break-glass/review": "review"}.get(path, path)
    address, officer = f"/cases/{case['id']}/{path}", await world.signed_in(who)
    before = await world.acts(case["id"])
    answer = await officer.post(address, {**statement, "step_up": None})
    assert (answer.status_code, answer.json()["code"]) == (409, "step_up_missing")
    proof = await world.step_up(who, case["id"], {"kind": kind, **statement})
    answer = await officer.post(address, {**statement, "because": "Something else altogether", "step_up": proof})
    assert (answer.status_code, answer.json()["code"]) == (403, "step_up_mismatch")
    answer = await officer.post(address, {**statement, "because": ". . . . . . . . . .", "step_up": None})
    assert (answer.status_code, answer.json()["code"]) == (409, "reason_missing")
    begun = await officer.post(
        f"/cases/{case['id']}/step-ups", {"decision": {"kind": kind, **statement, "because": "\u200b" * 20}}
    )
    assert (begun.status_code, begun.json()["code"]) == (409, "reason_missing")
    assert await world.acts(case["id"]) == before


@pytest.mark.parametrize(
    ("path", "statement"),
    [
        ("ruling", {"ruling": "denied", "because": WHY}),
        ("ruling", {"because": WHY}),
        ("ruling", {**RESUME, "actor": "x"}),
        ("ruling", {**RESUME, "because": "x" * 2001}),
        ("release", {**RELEASE, "brake": "tenant"}),
        ("release", {}),
        ("break-glass", {"waives": "presence", "because": WHY}),
        ("break-glass", {"waives": ["cooling_off", "strong_method"], "because": WHY}),
        ("break-glass/review", {**RELEASE, "by": "x"}),
        ("break-glass/review", {"because": 7}),
    ],
)
async def test_unknown_content_is_refused(*, path: str, statement: dict[str, Any], world: ApiWorld) -> None:
    """B04 R39: nothing is believed that the door does not ask for; presence and brakes cannot even be asked for."""
    case = await world.opened()
    sol = await world.signed_in("sol")
    answer = await sol.post(f"/cases/{case['id']}/{path}", {**statement, "step_up": None})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")


_OF_THE_DOOR: dict[str, Any] = {
    "author_person_id": "x",
    "author_roles": ["hr_admin"],
    "author_recovered_at": "2020-01-01T00:00:00Z",
    "author_tied_to": [],
}


async def test_what_vouchers_are_is_never_sent(world: ApiWorld) -> None:
    """B04 R14 R21: what the author is, the door reads; sent along, the verdict is refused whole."""
    case = await world.opened()
    cleo = await world.signed_in("cleo")
    for field, value in _OF_THE_DOOR.items():
        body = callback(case, **{field: value})
        answer = await cleo.post(f"/cases/{case['id']}/verdicts", {**body, "step_up": None})
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")


async def test_break_glass_needs_a_security_key(world: ApiWorld) -> None:
    """R39: an officer with an authenticator app breaks no glass, though they may rule."""
    await world.give_roles("ada", Role.SECURITY)
    case = await world.opened(agent="bo")
    answer = await world.decide("ada", case["id"], "break-glass", WAIVE)
    assert (answer.status_code, answer.json()["code"]) == (409, "step_up_too_weak")
    assert await world.acts(case["id"]) == ["open"]


async def test_only_what_is_asked_for_is_waived(world: ApiWorld) -> None:
    """R39: a standard case asks for no second person, so none is waived, and the one waiver is still to be had."""
    case = await world.opened()
    sol = await world.signed_in("sol")
    body = {"waives": "second_person", "because": WHY, "step_up": None}
    answer = await sol.post(f"/cases/{case['id']}/break-glass", body)
    assert (answer.status_code, answer.json()["code"]) == (409, "not_asked_for")


async def test_reviews_stay_open_until_another_officer_looked(world: ApiWorld) -> None:
    """R39: the review names who waived what and why, outlives the case, and its own officer cannot close it."""
    case = await world.opened()
    assert (await world.decide("sol", case["id"], "break-glass", WAIVE)).json()["review_open"] is True
    await (await world.signed_in("ada")).post(f"/cases/{case['id']}/cancel", {"reason": "subject_withdrew"})
    for kind in ("assess", "close"):
        await world.run(kind, case["id"])
    sol, ivy = await world.signed_in("sol"), await world.signed_in("ivy")
    (seen,) = (await ivy.get("/reviews")).json()["reviews"]
    assert seen["by_you"] is False
    assert (seen["waives"], seen["because"], seen["outcome"]) == ("cooling_off", WHY, "cancelled")
    assert seen["broken_by"] == sol.me["account_id"]
    assert [one["by_you"] for one in (await sol.get("/reviews")).json()["reviews"]] == [True]
    own = await sol.post(f"/cases/{case['id']}/break-glass/review", {**RELEASE, "step_up": None})
    assert (own.status_code, own.json()["code"]) == (403, "own_break_glass")
    await world.give_roles("ivy", Role.SECURITY)
    answer = await world.decide("ivy", case["id"], "break-glass/review", RELEASE)
    assert answer.status_code == 200, answer.text
    assert (answer.json()["review_open"], answer.json()["waiver"]["reviewed_by"]) == (False, ivy.me["account_id"])
    assert (await sol.get("/reviews")).json() == {"reviews": []}


async def test_a_forged_review_hides_nothing(world: ApiWorld) -> None:
    """R39 R42: a row that no door signed closes no review."""
    case = await world.opened()
    await world.decide("sol", case["id"], "break-glass", WAIVE)
    await world.owner.execute(
        "INSERT INTO recovery.acts (id, case_id, seq, kind, record, signature, key_id, at) "
        "SELECT $2, case_id, 99, 'review', jsonb_set(record, '{body,kind}', '\"review\"'), signature, key_id, at "
        "FROM recovery.acts WHERE case_id = $1 AND kind = 'break_glass'",
        UUID(case["id"]),
        uuid4(),
    )
    assert len((await (await world.signed_in("ivy")).get("/reviews")).json()["reviews"]) == 1


@pytest.mark.parametrize("who", ["ada", "cleo", "ari"])
async def test_reviews_are_for_officers_and_auditors(who: str, world: ApiWorld) -> None:
    """R39: others see no reviews, and that they asked is on record."""
    answer = await (await world.signed_in(who)).get("/reviews")
    assert (answer.status_code, answer.json()["code"]) == (403, "role_missing")
    assert len(await world.events("recovery.access_refused")) == 1


async def test_what_waits_for_security(world: ApiWorld) -> None:
    """R24 R41: officers find what is paused or held without opening every case; others find what is theirs."""
    paused, held, other = [await world.opened(subject=one) for one in ("kim", "mara", "lee")]
    await world.objected(paused)
    await world.product_act(held["id"], HeldBody(brake=Brake.AGENT))
    sol = await world.signed_in("sol")

    async def waiting(who: str) -> list[str]:
        return [one["id"] for one in (await sol.get("/cases", waiting_for=who)).json()["cases"]]

    assert await waiting("security") == [paused["id"], held["id"]]
    assert await waiting("agent") == [other["id"]]
    assert await waiting("approver") == []
    assert (await sol.get("/cases", waiting_for="everybody")).status_code == 422
    assert len((await sol.get("/cases", waiting_for="security", limit=1)).json()["cases"]) == 1
