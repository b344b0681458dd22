"""Who acts comes from the login alone, and a tenant's fence holds on every path."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

import pytest

from tests.api.world import ApiWorld, callback, opening

if TYPE_CHECKING:
    import asyncpg
    from fastapi import FastAPI

    from compose.parts import Parts
    from service.doors import Doors
    from tests.api.world import Bell

WHY = "Rang them at the number of their desk"


async def test_actor_in_the_body_is_refused(world: ApiWorld) -> None:
    """B04: a verdict that names another approver, role or tenant is refused as a whole."""
    case = await world.opened()
    dev = (await world.signed_in("dev")).me["account_id"]
    body = callback(case)
    proof = await world.step_up("cleo", case["id"], {"kind": "verdict", **body})
    cleo = await world.signed_in("cleo")
    for field, value in {"approver": dev, "decided_by": dev, "actor": dev, "role": "security", "tenant": "x"}.items():
        forged: dict[str, Any] = {**body, "step_up": proof, field: value}
        assert (await cleo.post(f"/cases/{case['id']}/verdicts", forged)).status_code == 422
        hidden: dict[str, Any] = {**body, "step_up": proof, "evidence": {**body["evidence"], field: value}}
        assert (await cleo.post(f"/cases/{case['id']}/verdicts", hidden)).status_code == 422
    assert await world.acts(case["id"]) == ["open"]


async def test_actor_in_a_header_is_not_believed(world: ApiWorld) -> None:
    """B04: headers that proxies of other products set change nobody; the login stands on the record."""
    case = await world.opened()
    cleo, dev = await world.signed_in("cleo"), await world.signed_in("dev")
    body = callback(case)
    proof = await world.step_up("cleo", case["id"], {"kind": "verdict", **body})
    forged = dict.fromkeys(("X-User", "X-Remote-User", "X-Forwarded-User", "X-Actor", "X-Roles"), dev.me["account_id"])
    answer = await cleo.post(f"/cases/{case['id']}/verdicts", {**body, "step_up": proof}, headers=forged)
    assert answer.status_code == 200
    assert [one["approver_id"] for one in answer.json()["verification"]["verdicts"]] == [cleo.me["account_id"]]
    (event,) = await world.events("recovery.verification_recorded")
    assert event["actor_id"] == cleo.me["account_id"]


async def test_two_tokens_are_none(world: ApiWorld) -> None:
    """B04: a request with two Authorization headers belongs to nobody."""
    ada, cleo = await world.signed_in("ada"), await world.signed_in("cleo")
    both = [("Authorization", one.http.headers["authorization"]) for one in (ada, cleo)]
    answer = await world.stranger().http.get("/me", headers=both)
    assert answer.status_code == 401


@pytest.fixture
async def neighbour(app: FastAPI, doors: Doors, parts: Parts, owner: asyncpg.Connection, bell: Bell) -> ApiWorld:
    """Another tenant with people of the same names."""
    made = ApiWorld(app=app, doors=doors, parts=parts, owner=owner, bell=bell, slug=f"n{secrets.token_hex(8)}")
    await made.found()
    return made


async def test_foreign_cases_do_not_exist(world: ApiWorld, neighbour: ApiWorld) -> None:
    """B23: another tenant's case is answered like an unknown one on every path, and nothing about it changes."""
    case = await neighbour.opened()
    unknown = "3f2b8c1e-0000-4000-8000-000000000000"
    contact = case["subject"]["contacts"][0]["id"]
    ada, cleo, sol = await world.signed_in("ada"), await world.signed_in("cleo"), await world.signed_in("sol")
    answers = []
    for wanted in (case["id"], case["reference"], unknown):
        path = f"/cases/{wanted}"
        answers.append(
            [
                await ada.get(path),
                await ada.get(path, after_version=99, wait=1),
                await ada.get("/audit/events", case_id=wanted),
                await ada.post(f"{path}/cancel", {"reason": "suspicious"}),
                await ada.post(f"{path}/codes", {"used": True}),
                await ada.post(f"{path}/reset", {"step_up": None}),
                await ada.post(f"{path}/step-ups", {"decision": {"kind": "execute"}}),
                await cleo.post(f"{path}/verdicts", {**callback(case), "step_up": None}),
                await cleo.post(f"{path}/presence-checks", {"code": "ABCD"}),
                await cleo.post(f"{path}/contacts/{contact}/reveal"),
                await sol.post(f"{path}/ruling", {"ruling": "resume", "because": WHY, "step_up": None}),
                await sol.post(f"{path}/release", {"because": WHY, "step_up": None}),
                await sol.post(f"{path}/break-glass", {"waives": "cooling_off", "because": WHY, "step_up": None}),
                await sol.post(f"{path}/break-glass/review", {"because": WHY, "step_up": None}),
            ]
        )
    for foreign, reference, nothing in zip(*answers, strict=True):
        assert nothing.status_code == 404
        assert foreign.json() == reference.json() == nothing.json()
    assert await neighbour.acts(case["id"]) == ["open"]


async def test_foreign_sign_in_and_step_up(world: ApiWorld, neighbour: ApiWorld) -> None:
    """B23 B24: a sign-in begun in one tenant opens nothing in another, and a foreign step-up proves nothing."""
    challenge = await neighbour.start_sign_in("ada")
    ada = neighbour.people["ada"]
    body = {
        "tenant": world.slug,
        "transaction": challenge["transaction"],
        "response": {"kind": "totp", "code": ada.totp_code()},
    }
    answer = await world.stranger().post("/sign-in/finish", body)
    assert (answer.status_code, answer.json()["code"]) == (403, "not_a_member")

    case, foreign = await world.opened(), await neighbour.opened()
    body = callback(foreign)
    proof = await neighbour.step_up("cleo", foreign["id"], {"kind": "verdict", **body})
    cleo = await world.signed_in("cleo")
    answer = await cleo.post(f"/cases/{case['id']}/verdicts", {**callback(case), "step_up": proof})
    assert (answer.status_code, answer.json()["code"]) == (403, "step_up_refused")
    assert await world.acts(case["id"]) == ["open"]


async def test_accounts_of_the_own_tenant_only(world: ApiWorld, neighbour: ApiWorld) -> None:
    """B23: a lookup finds the own tenant's account, never the neighbour's of the same name."""
    mine = (await (await world.signed_in("ada")).get("/directory/accounts", exact="kim.reyes")).json()["accounts"]
    theirs = (await (await neighbour.signed_in("ada")).get("/directory/accounts", exact="kim.reyes")).json()["accounts"]
    assert len(mine) == len(theirs) == 1
    assert mine[0]["id"] != theirs[0]["id"]


async def test_roles_are_those_of_this_moment(world: ApiWorld) -> None:
    """A role that was taken away is gone at the next request, in the same session."""
    ada = await world.signed_in("ada")
    await world.give_roles("ada", "auditor")
    answer = await ada.post("/cases", opening("kim.reyes"))
    assert (answer.status_code, answer.json()["code"]) == (403, "role_missing")
    assert (await ada.get("/me")).json()["roles"] == ["auditor"]
    await world.give_roles("ada")
    assert (await ada.get("/me")).status_code == 401


async def test_disabled_people_change_nothing(world: ApiWorld) -> None:
    """R21: an actor whose account was disabled is signed out at their next attempt to change anything."""
    ada = await world.signed_in("ada")
    await world.owner.execute(
        "UPDATE directory.accounts SET status = 'disabled', status_reason = 'left' WHERE id = $1::uuid",
        ada.me["account_id"],
    )
    answer = await ada.post("/cases", opening("kim.reyes"))
    assert (answer.status_code, answer.json()["code"]) == (401, "not_signed_in")
    assert (await ada.get("/me")).status_code == 401
