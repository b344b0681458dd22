"""The security officers' page and their part of a case: who sees what waits, and deciding it by its forms."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

import pytest

from domain.acts import ActKind, Brake, BreakGlassBody, HeldBody, Waiver
from domain.case import Reason
from domain.ids import case_reference
from domain.messages import Phase
from domain.people import Role
from service import reading
from service.policy import read_policy
from starter.console.proving import seen_of
from starter.console.site import BASE
from tests.support.world import CALM

if TYPE_CHECKING:
    from uuid import UUID

    from tests.console.conftest import At
    from tests.console.support import Desk
    from tests.support.browsing import Page
    from tests.support.world import World

SECURITY = f"{BASE}/security"
WHY = "Met the person at the gate, who had clicked by mistake"
HOSTILE = '<script>alert("x")</script> & so on, says the person'
TABLES = ("cases", "acts", "outbox", "policies", "policy_proposals", "operations", "members", "step_ups", "campaigns")


def officer_path(case_id: UUID, kind: str = "") -> str:
    """The officer's page of a case, or where one of its forms goes."""
    return f"{BASE}/cases/{case_reference(case_id)}/officer" + (f"/{kind}" if kind else "")


def prove_path(case_id: UUID) -> str:
    """Where the proof of a decision goes."""
    return f"{BASE}/cases/{case_reference(case_id)}/prove"


async def rows(w: World) -> tuple[int, ...]:
    """How much there is of everything that a decision leaves behind."""
    return tuple([await w.owner(f"SELECT count(*) FROM recovery.{one}") for one in TABLES])


async def acts_of(w: World, case_id: UUID, kind: ActKind) -> int:
    """How many acts of this kind the case has."""
    _, acts = await w.case(case_id)
    return sum(1 for act in acts if act.kind is kind)


async def opened(w: World, subject: str = "mara") -> UUID:
    """A case in verification; the subject has no backup codes."""
    case_id = await w.open("bo", subject, Reason.LOST_PHONE)
    await w.until_phase(case_id, Phase.VERIFICATION)
    return case_id


async def disputed(w: World, subject: str = "mara") -> UUID:
    """A case that a reader of a notice objected to."""
    case_id = await opened(w, subject)
    await w.object(case_id)
    await w.until(case_id, lambda case: case.code == "paused_by_objection")
    return case_id


async def held(w: World, subject: str = "mara") -> UUID:
    """A case past the brake of its agent and approver."""
    case_id = await opened(w, subject)
    await w.product_act(case_id, HeldBody(brake=Brake.PAIR))
    await w.until(case_id, lambda case: case.code == "held_past_a_brake")
    return case_id


async def broken(w: World, subject: str = "mara") -> UUID:
    """A case in which sol broke the glass."""
    case_id = await opened(w, subject)
    await w.decide("sol", case_id, BreakGlassBody(waives=Waiver.COOLING_OFF, because=WHY))
    return case_id


async def seen(w: World, case_id: UUID) -> str:
    """What a page of this moment carries to say which state it showed."""
    return seen_of(await reading.read_case(w.doors, await w.session("sol"), case_id))


def answered(desk: Desk, page: Page, action: str) -> dict[str, str]:
    """The fields of a page that asks for a proof, with a passkey's answer: to be sent more than once."""
    form = page.form(action, kind="webauthn")
    answer = desk.person.respond(("webauthn",), form.options, desk.origin)
    return {**form.fields, "credential": json.dumps(answer["credential"])}


async def decide(desk: Desk, case_id: UUID, kind: str, **typed: str) -> Page:
    """Fill in the form of this decision and prove it."""
    page = await desk.get(officer_path(case_id))
    page = await desk.submit(page, officer_path(case_id, kind), having=None, because=WHY, **typed)
    return await desk.prove(page, prove_path(case_id))


@pytest.mark.parametrize("key", ["sol", "ivy", "ari"])
async def test_officers_auditors_and_admins_see_it(at: At, key: str) -> None:
    """The page says that nothing waits, how close the brakes are and how many could verify."""
    page = await (await at(key)).get(SECURITY)
    assert page.status == 200
    assert "Nothing waits for a security officer." in page.text
    assert "Resets of everybody" in page.text
    assert not page.unlabelled
    assert not page.repeated_ids


@pytest.mark.parametrize("key", ["ada", "cleo"])
async def test_others_do_not(at: At, key: str) -> None:
    """R6: an agent or an approver is told that it needs another role."""
    page = await (await at(key)).get(SECURITY)
    assert (page.status, page.codes) == (403, ["role_missing"])


async def test_what_waits_is_told_apart(w: World, at: At) -> None:
    """R24, R39, R41: disputed, held with its brake in words, and broken glass, each with a link to the case."""
    cases = [await disputed(w, "mara"), await held(w, "opal"), await broken(w, "exa")]
    page = await (await at("sol")).get(SECURITY)
    assert "Disputed" in page.text
    assert "this agent and this approver share more cases than usual" in page.text
    assert WHY in page.text
    assert "another officer reviews it" in page.text
    for case_id in cases:
        assert page.link(case_reference(case_id)).startswith(f"{BASE}/cases/{case_reference(case_id)}")
    part = await (await at("ivy")).get(SECURITY, **{"hx-request": "true"})
    assert "<html" not in part.html
    assert case_reference(cases[0]) in part.html


async def test_brakes_show_who_has_come_farthest(w: World, at: At) -> None:
    """R41: the counts are those of the last day, with the limits of the policy in force."""
    await w.set_policy(CALM.model_copy(update={"brakes": CALM.brakes.model_copy(update={"agent_openings_a_day": 1})}))
    await opened(w)
    page = await (await at("sol")).get(SECURITY)
    assert "Bo Hansen" in page.text
    assert "1 / 1" in page.text
    assert "Brake on" in page.text


@pytest.mark.parametrize("ruling", ["resume", "uphold"])
async def test_an_officer_rules_on_an_objection(w: World, at: At, ruling: str) -> None:
    """R24, R28: the ruling is chosen with its reason, proved, and recorded once."""
    case_id = await disputed(w)
    await decide(await at("sol"), case_id, "ruling", ruling=ruling)
    assert await acts_of(w, case_id, ActKind.RULING) == 1
    if ruling == "uphold":
        assert (await w.until_closed(case_id)).outcome == "disputed"


async def test_an_officer_releases_a_held_case(w: World, at: At) -> None:
    """R41: released with a reason and a proof."""
    case_id = await held(w)
    page = await (await at("sol")).get(officer_path(case_id))
    assert "this agent and this approver share more cases than usual" in page.text
    await decide(await at("sol"), case_id, "release")
    assert await acts_of(w, case_id, ActKind.RELEASE) == 1


async def test_glass_is_broken_and_another_officer_reviews(w: World, at: At) -> None:
    """R39: the consequences stand above the form, the officer who broke the glass cannot review it, another can."""
    case_id = await opened(w)
    sol = await at("sol")
    page = await sol.get(officer_path(case_id))
    assert "Another security officer has to review it." in page.text
    await decide(sol, case_id, "break_glass", waives="second_method")
    page = await sol.get(officer_path(case_id))
    assert not page.has_form(officer_path(case_id, "review"))
    assert not page.has_form(officer_path(case_id, "break_glass"))
    assert "You broke the glass yourself." in page.text
    await w.give_roles("ivy", Role.SECURITY)
    await decide(await at("ivy"), case_id, "review")
    assert await acts_of(w, case_id, ActKind.REVIEW) == 1


async def test_a_double_click_is_one_ruling(w: World, at: At) -> None:
    """B13: the same form sent twice at once records one act, and both answers lead on."""
    case_id = await disputed(w)
    sol = await at("sol")
    page = await sol.get(officer_path(case_id))
    page = await sol.submit(page, officer_path(case_id, "ruling"), because=WHY, ruling="resume")
    fields = answered(sol, page, prove_path(case_id))
    await asyncio.gather(*(sol.send(prove_path(case_id), fields) for _ in range(2)))
    assert await acts_of(w, case_id, ActKind.RULING) == 1


async def test_a_page_that_is_out_of_date_decides_nothing(w: World, at: At) -> None:
    """B07: ruled by one officer meanwhile, the other's open form says that it is out of date."""
    case_id = await disputed(w)
    sol = await at("sol")
    page = await sol.get(officer_path(case_id))
    stale = page.form(officer_path(case_id, "ruling")).fields
    await decide(sol, case_id, "ruling", ruling="resume")
    await w.until(case_id, lambda case: case.code != "paused_by_objection")
    page = await sol.send(officer_path(case_id, "ruling"), {**stale, "because": WHY, "ruling": "uphold"})
    assert (page.status, page.codes) == (409, ["page_stale"])
    assert await acts_of(w, case_id, ActKind.RULING) == 1


async def test_a_missing_reason_is_said_beside_its_field(w: World, at: At) -> None:
    """R39: what was chosen is still chosen, and hostile text comes back as text."""
    case_id = await disputed(w)
    sol = await at("sol")
    page = await sol.get(officer_path(case_id))
    refused = await sol.submit(page, officer_path(case_id, "ruling"), because="no", ruling="uphold")
    assert (refused.status, refused.codes) == (409, ["reason_missing"])
    form = refused.form(officer_path(case_id, "ruling"))
    assert (form.fields["because"], form.fields["ruling"]) == ("no", "uphold")
    assert 'id="refusal-because"' in refused.html
    odd = await sol.submit(refused, officer_path(case_id, "ruling"), because=f"{HOSTILE}\u0007")
    assert odd.status == 422
    assert "<script>alert" not in odd.html
    await sol.submit(refused, officer_path(case_id, "ruling"), because=HOSTILE)
    assert await acts_of(w, case_id, ActKind.RULING) == 0


async def test_parties_and_others_get_no_form(w: World, at: At) -> None:
    """R39: the agent of the case reads why another person decides; without the role there is no form at all."""
    await w.give_roles("bo", Role.AGENT, Role.APPROVER, Role.SECURITY)
    case_id = await disputed(w)
    page = await (await at("bo")).get(officer_path(case_id))
    assert "You have worked on this case yourself" in page.text
    assert not page.has_form(officer_path(case_id, "ruling"))
    cleo = await at("cleo")
    page = await cleo.get(officer_path(case_id))
    assert not page.has_form(officer_path(case_id, "ruling"))
    fields = {"form_token": page.forms[0].fields["form_token"], "key": "k-1", "seen": await seen(w, case_id)}
    page = await cleo.send(officer_path(case_id, "ruling"), {**fields, "ruling": "uphold", "because": WHY})
    assert page.codes == ["role_missing"]
    assert await acts_of(w, case_id, ActKind.RULING) == 0


@pytest.mark.parametrize("who", ["ari", "sol"])
async def test_raising_the_threat_holds_at_once(w: World, at: At, who: str) -> None:
    """R41, R26: one button and a proof, by an administrator or a security officer."""
    desk = await at(who)
    page = await desk.get(SECURITY)
    page = await desk.submit(page, f"{SECURITY}/threat")
    assert "raised_threat" in page.text
    assert "false → true" in page.text
    page = await desk.prove(page, f"{BASE}/settings/policy/apply")
    assert page.status == 200
    assert (await read_policy(w.doors, await w.session("ari"))).raised_threat
    assert "Raised:" in (await desk.get(SECURITY)).text


async def test_an_auditor_cannot_raise_it(w: World, at: At) -> None:
    """R26: the page says whom to call, and past it the service refuses."""
    ivy = await at("ivy")
    page = await ivy.get(SECURITY)
    assert not page.has_form(f"{SECURITY}/threat")
    assert "Only an administrator or a security officer raises it." in page.text
    fields = {"form_token": page.forms[0].fields["form_token"], "key": "k-1", "base": "1"}
    refused = await ivy.send(f"{SECURITY}/threat", fields)
    assert (refused.status, refused.codes) == (403, ["role_missing"])


async def test_looking_changes_nothing(w: World, at: At) -> None:
    """B05: no GET of these pages leaves anything behind, also when a scanner follows every address."""
    case_id = await held(w)
    desk = await at("sol")
    before = await rows(w)
    for path in (
        SECURITY,
        f"{SECURITY}/threat",
        officer_path(case_id),
        officer_path(case_id, "release"),
        officer_path(case_id, "break_glass"),
    ):
        await desk.get(path)
    assert await rows(w) == before
