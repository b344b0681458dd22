"""Who starts a check, and when (R6, R13, R22)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from domain.acts import DrawnBody
from domain.identity_document import MOST_CHECKS
from domain.policy.document import Policy
from tests.identity_document.test_checks import FINISHED

if TYPE_CHECKING:
    from fastapi import FastAPI

    from tests.api.world import ApiWorld
    from tests.identity_document.conftest import Checking


@pytest.mark.parametrize(
    ("who", "agent", "code", "status"),
    [
        ("ada", "ada", "role_missing", 403),
        ("sol", "ada", "role_missing", 403),
        ("bo", "bo", "agent_cannot_approve", 403),
    ],
)
async def test_only_an_approver_apart_from_the_agent_starts(
    at: Checking, who: str, agent: str, code: str, status: int
) -> None:
    """R13: a person who cannot verify the case cannot start a check for it, and the try is on record."""
    case = await at.world.opened(agent=agent)
    answer = await at.ask(case, who)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert (await at.events("recovery.decision_refused"))[-1]["data"] == {
        "code": code,
        "rule": "R13",
        "asked": "identity_check",
    }
    assert await at.of(case, "dev") == []


async def test_nobody_checks_or_follows_their_own_case(at: Checking) -> None:
    """R6: the subject of a case, an approver themselves, neither starts nor sees its checks."""
    await at.world.give_roles("ada", "agent", "admin")
    case = await at.world.opened(subject="dev")
    answer = await at.ask(case, "dev")
    assert (answer.status_code, answer.json()["code"]) == (403, "own_case")
    listed = await (await at.world.signed_in("dev")).get(f"/cases/{case['id']}/identity-checks")
    assert (listed.status_code, listed.json()["code"]) == (403, "own_case")


async def test_only_the_drawn_approver_starts(at: Checking) -> None:
    """R22: until the case is escalated, only the approver whom the product drew starts a check."""
    await at.world.set_policy(Policy(demonstration=True))
    case = await at.world.opened()
    [cleo, dev] = [(await at.world.signed_in(who)).me["account_id"] for who in ("cleo", "dev")]
    await at.world.product_act(case["id"], DrawnBody(approvers=(cleo,), eligible=2))
    refused = await at.ask(case, "dev")
    assert (refused.status_code, refused.json()["code"]) == (409, "approver_not_drawn")
    assert dev != cleo
    assert (await at.ask(case, "cleo")).status_code == 201


async def test_not_before_the_backup_codes_are_settled(at: Checking) -> None:
    """R10: while backup codes are left nobody is verified, by a document neither."""
    case = await at.world.opened(subject="lee")
    answer = await at.ask(case)
    assert (answer.status_code, answer.json()["code"]) == (409, "not_in_this_phase")


async def test_a_case_has_so_many_checks_at_most(at: Checking) -> None:
    """R14: checks cost money and give a forger tries; past the tenth another method is needed."""
    case = await at.world.opened()
    references = {(await at.start(case))["reference"] for _ in range(MOST_CHECKS)}
    assert len(references) == MOST_CHECKS
    assert (await at.ask(case)).json()["code"] == "too_many_checks"
    assert await at.codes(FINISHED) == []


async def test_another_tenants_case_is_not_there(at: Checking, world_without: ApiWorld) -> None:
    """B23: an approver of another tenant neither starts nor lists the checks of a case."""
    case = await at.world.opened()
    stranger = at.world.client((await world_without.signed_in("cleo")).me["token"])
    async with stranger as http:
        path = f"/cases/{case['id']}/identity-checks"
        asked = await http.post(path, json={}, headers={"Idempotency-Key": "1"})
        assert (asked.status_code, asked.json()["code"]) == (404, "case_not_found")
        assert (await http.get(path)).status_code == 404


async def test_without_a_provider_the_method_stays_refused(app: FastAPI, world_without: ApiWorld) -> None:
    """R14: where no provider is set up no check starts, and no reference is evidence."""
    assert app.state.services.identity_checks is None
    case = await world_without.opened()
    caller = await world_without.signed_in("cleo")
    asked = await caller.post(f"/cases/{case['id']}/identity-checks")
    assert (asked.status_code, asked.json()["code"]) == (409, "identity_provider_missing")
    evidence = {"seen": "Passport and face, they said", "reference": "check 1"}
    decision = {"kind": "verdict", "verdict": "verified", "method": "identity_document", "evidence": evidence}
    begun = await caller.post(f"/cases/{case['id']}/step-ups", {"decision": decision})
    assert begun.json()["code"] == "method_not_observed"
    page = await caller.http.get("/identity-checks/callback", params={"state": "x", "code": "y"})
    assert page.status_code == 404
