"""The policy's doors: what each route answers, to whom, and what `explain` says without changing anything (R26)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from domain.errors import ImportRefused
from domain.people import Role
from service.importing import found_tenant
from service.policy_file import read_toml, write_toml
from store.setup import StoreOwner
from tests.api.conftest import api_database, app, bell, doors, owner, parts, world
from tests.api.world import opening, respond
from tests.support.world import CALM

if TYPE_CHECKING:
    import httpx2

    from tests.api.world import ApiWorld, Json

__all__ = ["api_database", "app", "bell", "doors", "owner", "parts", "world"]
WEAKER = write_toml(CALM.model_copy(update={"case_hours": 100}))


async def proved(world: ApiWorld, who: str, path: str, body: Json) -> Json:
    """A proof over what this path is asked."""
    caller = await world.signed_in(who)
    begun = await caller.post(path, body)
    assert begun.status_code == 201, begun.text
    assert caller.person is not None
    return {"id": begun.json()["id"], "response": respond(caller.person, begun.json())}


async def apply(world: ApiWorld, who: str, document: str, *, key: str | None = None) -> httpx2.Response:
    """Ask for this document."""
    proof = await proved(world, who, "/policy/step-ups", {"document": document})
    return await (await world.signed_in(who)).post("/policy/apply", {"document": document, "step_up": proof}, key=key)


async def rows(world: ApiWorld) -> tuple[int, ...]:
    """How much there is of everything that a case or a change of policy leaves behind."""
    tables = ("cases", "acts", "outbox", "policies", "policy_proposals", "notice_orders", "operations")
    return tuple([await world.owner.fetchval(f"SELECT count(*) FROM recovery.{one}") for one in tables])


async def test_show_change_check(world: ApiWorld) -> None:
    """What the door shows is a document that it takes; a line of it made stricter is in force at once."""
    ari = await world.signed_in("ari")
    shown = (await ari.get("/policy/document")).json()
    assert read_toml(shown["document"]) == CALM
    document = shown["document"].replace("case_hours = 72", "case_hours = 48")
    assert (await ari.post("/policy/check", {"document": document})).json()["policy"]["case_hours"] == 48
    answer = await apply(world, "ari", document)
    assert (answer.status_code, answer.json()["version"], answer.json()["changes"]) == (200, 2, ["case_hours"])
    assert (await ari.get("/policy")).json()["case_hours"] == 48
    versions = (await ari.get("/policy/versions")).json()["versions"]
    assert [(one["version"], one["signed"]) for one in versions] == [(2, True), (1, True)]


async def test_a_refused_document_names_every_line(world: ApiWorld) -> None:
    """R26: each error has its line and what is allowed; the document's values are not said back."""
    ari = await world.signed_in("ari")
    bad = "case_hours = 12345\n[verification]\nfresh_hour = 3\n"
    for path, body in (
        ("/policy/check", {"document": bad}),
        ("/policy/step-ups", {"document": bad}),
        ("/policy/apply", {"document": bad, "step_up": None}),
    ):
        answer = await ari.post(path, body)
        assert (answer.status_code, answer.json()["code"]) == (422, "policy_refused")
        assert [(one["line"], one["field"]) for one in answer.json()["errors"]] == [
            (1, "case_hours"),
            (3, "verification.fresh_hour"),
        ]
        assert "12345" not in answer.text


async def test_weaker_by_two_through_the_routes(world: ApiWorld) -> None:
    """R26: proposed, listed, seconded by another, withdrawn by security; a repeated request does nothing twice."""
    await world.give_roles("dev", Role.ADMIN)
    answer = await apply(world, "ari", WEAKER)
    proposal = answer.json()["proposal"]
    assert (proposal["state"], proposal["weakens"]) == ("proposed", ["case_hours"])
    path = f"/policy/proposals/{proposal['id']}"
    own = await (await world.signed_in("ari")).post(f"{path}/step-ups", {})
    assert (own.status_code, own.json()["code"]) == (403, "own_proposal")
    dev = await world.signed_in("dev")
    body = {"step_up": await proved(world, "dev", f"{path}/step-ups", {})}
    first = await dev.post(f"{path}/second", body, key="twice")
    again = await dev.post(f"{path}/second", body, key="twice")
    assert first.status_code == again.status_code == 200, again.text
    assert first.json() == again.json()
    assert first.json()["state"] == "seconded"
    assert len(await world.events("policy.weakening_seconded")) == 1
    stopped = await (await world.signed_in("sol")).post(f"{path}/withdraw", {})
    assert (stopped.status_code, stopped.json()["state"]) == (200, "withdrawn")
    listed = (await dev.get("/policy/proposals")).json()["proposals"]
    assert [one["state"] for one in listed] == ["withdrawn"]
    late = await dev.post(f"{path}/withdraw", {})
    assert (late.status_code, late.json()["code"]) == (409, "proposal_not_open")


async def test_a_proposal_of_another_tenant_is_not_there(world: ApiWorld) -> None:
    """B23: an id from elsewhere is answered like one that never was."""
    ari = await world.signed_in("ari")
    answer = await ari.post("/policy/proposals/7f6d0c5e-3f0e-4a51-8d6c-0f3c6f0f2b11/withdraw", {})
    assert (answer.status_code, answer.json()["code"]) == (404, "proposal_not_found")


async def found(world: ApiWorld, policy: Json) -> None:
    """Import the founding document with this policy."""
    await found_tenant(
        world.parts.ledger,
        world.parts.people,
        {**world.document(), "policy": policy},
        make_tenant=StoreOwner(world.owner).ensure_tenant,
    )


async def test_a_founding_policy_is_the_first_version(world: ApiWorld) -> None:
    """R26, R42: the import document's policy is signed as version 1 and audited; importing again sets nothing back."""
    await world.owner.execute("DELETE FROM recovery.policies WHERE tenant_id = $1", world.tenant_id)
    with pytest.raises(ImportRefused):
        await found(world, {"cooling_off": {"weak_seconds": 4}})
    await found(world, {"demonstration": True, "cooling_off": {"weak_seconds": 4}})
    ari = await world.signed_in("ari")
    founded = (await ari.get("/policy")).json()
    assert (founded["version"], founded["demonstration"], founded["cooling_off"]["weak_seconds"]) == (1, True, 4)
    document = (await ari.get("/policy/document")).json()["document"]
    await apply(world, "ari", document.replace("case_hours = 72", "case_hours = 48"))
    await found(world, {"demonstration": True, "cooling_off": {"weak_seconds": 4}})
    assert (await ari.get("/policy")).json()["case_hours"] == 48
    assert len(await world.events("policy.founded")) == 1


@pytest.mark.parametrize(
    ("subject", "reason", "tier", "approvers"),
    [
        ("kim", "lost_phone", "standard", 3),
        ("kim", "device_in_other_hands", "standard", 3),
        ("ari", "lost_phone", "privileged", 3),
    ],
)
async def test_explain_says_what_the_case_would_ask(
    world: ApiWorld, subject: str, reason: str, tier: str, approvers: int
) -> None:
    """R14, R19, R25: tier, operations and needs are those of the case that is opened right afterwards."""
    ada = await world.signed_in("ada")
    before = await rows(world)
    login = world.people[subject].login
    answer = await ada.post("/policy/explain", {"subject": login, "reason": reason, "password_compromised": "no"})
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert await rows(world) == before
    assert (told["tier"], told["policy_version"]) == (tier, 1)
    by_phase = {one["phase"]: one for one in told["phases"]}
    assert list(by_phase) == ["backup_codes", "verification", "cooling_off", "presence", "step_up", "re_enrolment"]
    assert len(by_phase["verification"]["eligible"]) == approvers
    if told["would_be_refused"] is None:
        case = await world.opened(
            "ada", subject, reason=reason, password_compromised="yes" if reason != "lost_phone" else "no"
        )
        assert (case["tier"], case["verification"]["needs"]) == (tier, by_phase["verification"]["asks"])
        assert len(told["operations"]) <= len(case["plan"]["operations"])


async def test_explain_says_why_a_case_would_not_open(world: ApiWorld) -> None:
    """R3, R5: a refused reason and a case that is open already are named; of an unknown person nothing is said."""
    ada = await world.signed_in("ada")

    async def told(reason: str) -> str | None:
        answer = await ada.post("/policy/explain", {"subject": "kim.reyes", "reason": reason})
        assert answer.status_code == 200, answer.text
        code: str | None = answer.json()["would_be_refused"]
        return code

    refused = await ada.post("/cases", opening("kim.reyes", reason="change_authenticator_app"))
    assert await told("change_authenticator_app") == refused.json()["code"]
    await world.opened()
    assert await told("lost_phone") == "case_already_open"
    answer = await ada.post("/policy/explain", {"subject": "nobody.here", "reason": "lost_phone"})
    assert answer.status_code == 409


async def test_explain_needs_a_role_and_is_on_record(world: ApiWorld) -> None:
    """R42: it finds accounts, so it takes who may look accounts up, and leaves the same event."""
    body = {"subject": "kim.reyes", "reason": "lost_phone"}
    answer = await (await world.signed_in("ivy")).post("/policy/explain", body)
    assert (answer.status_code, answer.json()["code"]) == (403, "role_missing")
    before = len(await world.events("recovery.accounts_looked_up"))
    await (await world.signed_in("ada")).post("/policy/explain", body)
    assert len(await world.events("recovery.accounts_looked_up")) == before + 1
