"""Decisions through the API: proved, recorded once, and moved on by nothing else."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import pytest

from domain.errors import InputRefused, Refused
from service import deciding
from service.deciding import Repeated
from service.dry_run import file_of
from service.opening import request_digest
from service.sessions import authenticate
from starter.wishes.decisions import GiveVerdict
from tests.api.world import callback, respond
from tests.support.refusals import coded

if TYPE_CHECKING:
    from tests.api.world import ApiWorld, Json


async def present(world: ApiWorld, case: Json) -> str:
    """The subject's browser waits, and an approver has checked its code; returns the browser's id."""
    kim = world.people["kim"]
    waiting = await world.parts.directory.presence.begin(world.tenant_id, kim.login, kim.password)
    cleo = await world.signed_in("cleo")
    key = str(uuid4())
    path = f"/cases/{case['id']}/presence-checks"
    checks = [await cleo.post(path, {"code": waiting.code}, key=key) for _ in range(2)]
    assert [check.status_code for check in checks] == [200, 200]
    assert checks[0].json() == checks[1].json()
    return str(checks[0].json()["presence_id"])


async def test_from_verdict_to_reset(world: ApiWorld) -> None:
    """R13 R19 R27 R28 R36: each decision with its own step-up moves the case on, and the view says who is next."""
    case = await world.opened()
    first = await world.verified("cleo", case)
    assert first.json()["verification"]["verdicts"][0]["counts"] is True
    case = await verified_rest(world, case)
    assert (case["phase"], case["waiting_for"]) == ("presence", "approver")
    presence = await present(world, case)
    proof = await world.step_up("cleo", case["id"], {"kind": "presence", "presence_id": presence})
    bound = await (await world.signed_in("cleo")).post(
        f"/cases/{case['id']}/presence", {"presence_id": presence, "step_up": proof}
    )
    assert bound.status_code == 200
    assert bound.json()["presence"] == {"confirmed": True}
    assert bound.json()["waiting_for"] == "acting_admin"
    await world.look(case["id"])
    proof = await world.step_up("ada", case["id"], {"kind": "execute"})
    asked = await (await world.signed_in("ada")).post(f"/cases/{case['id']}/reset", {"step_up": proof})
    assert asked.status_code == 200
    assert asked.json()["code"] == "reset_due"
    assert await world.acts(case["id"]) == ["open", "verdict", "verdict", "presence", "execute"]


async def verified_rest(world: ApiWorld, case: Json) -> Json:
    """The second verdict."""
    manager = await world.owner.fetchval(
        "SELECT snapshot ->> 'manager_id' FROM recovery.cases WHERE id = $1::uuid", case["id"]
    )
    body = {
        "verdict": "verified",
        "method": "corroborating_ticket",
        "evidence": {
            "seen": "The manager's ticket, confirmed by callback",
            "reference": "TICKET-9",
            "author_id": manager,
            "ticket_opened_at": case["opened_at"],
            "author_confirmed": "callback",
            "quotes_case": True,
        },
    }
    proof = await world.step_up("dev", case["id"], {"kind": "verdict", **body})
    answer = await (await world.signed_in("dev")).post(f"/cases/{case['id']}/verdicts", {**body, "step_up": proof})
    assert answer.status_code == 200, answer.text
    await world.look(case["id"])
    return await world.case(case["id"])


async def test_twin_requests_are_one_act(world: ApiWorld) -> None:
    """B13: the same verdict sent five times at once, and once more later, is one act and five like answers."""
    case = await world.opened()
    body = callback(case)
    proof = await world.step_up("cleo", case["id"], {"kind": "verdict", **body})
    cleo = await world.signed_in("cleo")
    key = str(uuid4())
    sent = [cleo.post(f"/cases/{case['id']}/verdicts", {**body, "step_up": proof}, key=key) for _ in range(5)]
    answers = await asyncio.gather(*sent)
    answers.append(await cleo.post(f"/cases/{case['id']}/verdicts", {**body, "step_up": proof}, key=key))
    assert [answer.status_code for answer in answers] == [200] * 6
    assert await world.acts(case["id"]) == ["open", "verdict"]
    assert len(await world.events("recovery.verification_recorded")) == 1


async def test_twin_requests_with_other_content(world: ApiWorld) -> None:
    """One key with two contents at the same moment records one of them and refuses the other."""
    first, second = await world.opened(), await world.opened(subject="lee")
    ada = await world.signed_in("ada")
    for _ in range(5):
        key = str(uuid4())
        answers = await asyncio.gather(
            ada.post(f"/cases/{first['id']}/cancel", {"reason": "suspicious"}, key=key),
            ada.post(f"/cases/{second['id']}/cancel", {"reason": "suspicious"}, key=key),
            ada.post(f"/cases/{second['id']}/cancel", {"reason": "factor_found"}, key=key),
        )
        codes = sorted(answer.json().get("code") for answer in answers)
        assert {answer.status_code for answer in answers} <= {200, 409, 422}
        if sorted(answer.status_code for answer in answers) == [200, 422, 422]:
            assert codes.count("idempotency_key_reused") == 2
    assert len(await world.acts(first["id"])) + len(await world.acts(second["id"])) <= 4


async def test_decisions_without_proof(world: ApiWorld) -> None:
    """R28: a verdict without its step-up is refused, and does not count."""
    case = await world.opened()
    cleo = await world.signed_in("cleo")
    answer = await cleo.post(f"/cases/{case['id']}/verdicts", {**callback(case), "step_up": None})
    assert (answer.status_code, answer.json()["code"]) == (409, "step_up_missing")
    assert await world.acts(case["id"]) == ["open"]


async def test_proof_for_something_else(world: ApiWorld) -> None:
    """B24: a proof serves the one decision, person and case it was begun for, once, and not for long."""
    case, other = await world.opened(), await world.opened(subject="lee", reason="device_in_other_hands")
    cleo, dev = await world.signed_in("cleo"), await world.signed_in("dev")
    body = callback(case)
    proof = await world.step_up("cleo", case["id"], {"kind": "verdict", **body})
    changed = {**body, "verdict": "failed"}
    path = f"/cases/{case['id']}/verdicts"
    answer = await cleo.post(path, {**changed, "step_up": proof})
    assert (answer.status_code, answer.json()["code"]) == (403, "step_up_mismatch")
    answer = await cleo.post(f"/cases/{other['id']}/verdicts", {**callback(other), "step_up": proof})
    assert answer.json()["code"] == "step_up_mismatch"
    answer = await dev.post(path, {**body, "step_up": proof})
    assert (answer.status_code, answer.json()["code"]) == (403, "step_up_refused")
    assert (await cleo.post(path, {**body, "step_up": proof})).status_code == 200
    again = await cleo.post(path, {**body, "step_up": proof})
    assert again.status_code in {403, 409}
    late = await world.step_up("dev", case["id"], {"kind": "verdict", **body})
    await world.forward(timedelta(minutes=6))
    answer = await dev.post(path, {**body, "step_up": late})
    assert (answer.status_code, answer.json()["code"]) == (403, "step_up_refused")
    assert await world.acts(case["id"]) == ["open", "verdict"]


async def test_wrong_codes_lock(world: ApiWorld) -> None:
    """R27 B14: five wrong codes lock this person's step-up, however they are spelt, and a right one comes too late."""
    case = await world.opened(agent="bo")
    ada = await world.signed_in("ada")
    await world.give_roles("ada", "approver")
    body = callback(case)
    decision = {"kind": "verdict", **body}
    path = f"/cases/{case['id']}/verdicts"
    codes = ["000000", "", "12345", "\uff10\uff11\uff12\uff13\uff14\uff15", "x" * 1000]
    for code in codes:
        begun = (await ada.post(f"/cases/{case['id']}/step-ups", {"decision": decision})).json()
        proof = {"id": begun["id"], "response": {"kind": "totp", "code": code}}
        answer = await ada.post(path, {**body, "step_up": proof})
        assert (answer.status_code, answer.json()["code"]) in {(403, "step_up_refused"), (423, "step_up_locked")}
    begun = (await ada.post(f"/cases/{case['id']}/step-ups", {"decision": decision})).json()
    proof = {"id": begun["id"], "response": respond(world.people["ada"], begun)}
    answer = await ada.post(path, {**body, "step_up": proof})
    assert (answer.status_code, answer.json()["code"]) == (423, "step_up_locked")
    assert answer.headers["retry-after"]
    assert await world.acts(case["id"]) == ["open"]


@pytest.mark.parametrize("who", ["ada", "bo"])
async def test_agents_do_not_verify(who: str, world: ApiWorld) -> None:
    """R13: the agent of a case cannot verify it, holding the approver's role or not."""
    case = await world.opened(agent=who)
    caller = await world.signed_in(who)
    answer = await caller.post(f"/cases/{case['id']}/verdicts", {**callback(case), "step_up": None})
    assert answer.status_code == 403
    assert answer.json()["code"] in {"role_missing", "agent_cannot_approve"}
    begun = await caller.post(f"/cases/{case['id']}/step-ups", {"decision": {"kind": "verdict", **callback(case)}})
    assert begun.status_code == 403


async def test_reset_before_its_time(world: ApiWorld) -> None:
    """R13 R27: nobody asks for a reset of an unverified subject, and nobody but the acting admin at all."""
    case = await world.opened()
    answer = await (await world.signed_in("ada")).post(f"/cases/{case['id']}/reset", {"step_up": None})
    assert (answer.status_code, answer.json()["code"]) == (409, "verification_missing")
    answer = await (await world.signed_in("bo")).post(f"/cases/{case['id']}/reset", {"step_up": None})
    assert (answer.status_code, answer.json()["code"]) == (403, "not_the_acting_admin")


async def test_recorded_though_nobody_hears(world: ApiWorld) -> None:
    """While Temporal is away decisions are committed and answered 202; the view already tells of them."""
    case = await world.opened(subject="lee")
    world.bell.answers = False
    ada = await world.signed_in("ada")
    body = {"unavailable": "lost_with_device", "statement": "The printout was in the same bag."}
    answer = await ada.post(f"/cases/{case['id']}/codes", body)
    assert answer.status_code == 202
    assert answer.json()["phase"] == "verification"
    assert await world.acts(case["id"]) == ["open", "codes_unavailable"]


async def test_codes_statement(world: ApiWorld) -> None:
    """R11: a sentence why, from the agent of the case; a sign-in that nobody saw cannot be confirmed."""
    case = await world.opened(subject="lee")
    ada, bo = await world.signed_in("ada"), await world.signed_in("bo")
    path = f"/cases/{case['id']}/codes"
    answers = [
        await ada.post(path, {"unavailable": "never_saved", "statement": "gone"}),
        await ada.post(path, {"used": True}),
        await bo.post(path, {"unavailable": "never_saved", "statement": "They say they never saved them."}),
        await ada.post(path, {"used": False}),
        await ada.post(path, {"unavailable": "wants_a_reset", "statement": "They would like a reset please."}),
    ]
    assert [answer.json()["code"] for answer in answers] == [
        "statement_missing", "no_sign_in_observed", "not_the_agent", "invalid_request", "invalid_request",
    ]  # fmt: skip
    assert await world.acts(case["id"]) == ["open"]


async def test_wrong_presence_codes_lock(world: ApiWorld) -> None:
    """R36: wrong presence codes are refused, counted and locked; none is in the store."""
    case = await verified_case(world)
    cleo = await world.signed_in("cleo")
    path = f"/cases/{case['id']}/presence-checks"
    answers = [await cleo.post(path, {"code": f"ABCD-EFGH-{number:04d}"}) for number in range(7)]
    assert [answer.status_code for answer in answers] == [409] * 5 + [429] * 2
    assert [answer.json()["code"] for answer in answers] == ["presence_code_wrong"] * 5 + ["presence_locked"] * 2
    stored = await world.owner.fetch("SELECT t::text AS row FROM recovery.idempotency AS t")
    assert not [one for one in stored if "ABCD-EFGH" in one["row"]]


async def verified_case(world: ApiWorld) -> Json:
    """A case that waits for the subject's browser."""
    case = await world.opened()
    await world.verified("cleo", case)
    return await verified_rest(world, case)


async def test_refused_because_recorded(world: ApiWorld) -> None:
    """B13: a twin that is asked just after the first was recorded learns of it instead of being refused for it."""
    case = await world.opened()
    body = callback(case)
    proof = await world.step_up("cleo", case["id"], {"kind": "verdict", **body})
    cleo = await world.signed_in("cleo")
    assert (await cleo.post(f"/cases/{case['id']}/verdicts", {**body, "step_up": proof}, key="k-1")).status_code == 200
    session = await authenticate(world.doors, cleo.http.headers["authorization"].removeprefix("Bearer "))
    act = GiveVerdict.model_validate({**body, "step_up": None}).act()
    file = await file_of(world.doors, session, UUID(case["id"]))
    digest = request_digest({"case": case["id"], "body": act.model_dump(mode="json")})
    same = Repeated("k-1", digest)
    assert await deciding._ask_first(world.doors, session, file, act, repeated=same) is False
    with pytest.raises(InputRefused) as reused:
        await deciding._ask_first(world.doors, session, file, act, repeated=Repeated("k-1", "other"))
    assert reused.value.code == "idempotency_key_reused"
    with pytest.raises(Refused, check=coded("verdict_already_given")):
        await deciding._ask_first(world.doors, session, file, act, repeated=Repeated("k-2", digest))
