"""Finding a person and what the page tells of them: exactly, masked, to those who may, and in no address."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from domain.acts import CancelBody, CancelReason
from service.person_view import read_person
from starter.console.pages.people import MOST_LOOKUPS_A_MINUTE
from starter.console.site import BASE
from tests.support.people import sample_document

if TYPE_CHECKING:
    from tests.console.conftest import At
    from tests.console.support import Desk
    from tests.support.browsing import Page
    from tests.support.world import World

PEOPLE = f"{BASE}/people"


async def find(desk: Desk, text: str) -> Page:
    """Search for exactly this."""
    return await desk.submit(await desk.get(PEOPLE), PEOPLE, exact=text)


async def test_an_exact_match_leads_to_the_person(w: World, at: At) -> None:
    """R2: one match is one page, by account id; what was typed stands in no address (R44)."""
    ada = await at("ada")
    page = await ada.get(PEOPLE)
    for text in (w.people["kim"].login, "kim.reyes@acme.example", f" {w.people['kim'].login} "):
        page = await find(ada, text)
        assert (page.status, page.path) == (200, f"{PEOPLE}/{w.accounts['kim']}")
    assert not [one for one in ada.urls if "kim" in one]
    assert page.link("Force MFA reset") == f"{PEOPLE}/{w.accounts['kim']}/reset"


async def test_the_page_shows_what_helps_and_masks_the_rest(w: World, at: At) -> None:
    """R8, R16: factors with dates, codes left, contacts masked with their ages; no address or number in full."""
    page = await find(await at("ada"), w.people["lee"].login)
    for words in ("Lee Okafor", "2 backup codes remain", "Authenticator app", "Lee's phone", "Mobile", "Active"):
        assert words in page.text
    assert page.html.count("<time datetime=") >= 4
    for secret in ("lee.okafor@acme.example", "7946 0102", "900102"):
        assert secret not in page.html


@pytest.mark.parametrize("text", ["kim", "reyes", "KIM.REYES", "nobody.at.all", "  ", "\x00", "kim.reyes\ud800"])
async def test_nobody_is_found_by_less_than_all_of_it(w: World, at: At, text: str) -> None:
    """B06, B26: a part, another spelling or no text finds nobody, and what was typed is there to be corrected."""
    del w
    ada = await at("ada")
    page = await ada.get(PEOPLE)
    fields = {**page.form(PEOPLE).fields, "exact": text.encode("utf-8", "surrogatepass").decode("utf-8", "replace")}
    page = await ada.send(PEOPLE, fields)
    assert (page.status, page.codes) == (409, ["subject_not_found"])


async def test_all_that_answer_are_told_apart(w: World, at: At) -> None:
    """B06, faults R04: more than one account that answers is shown with its id and a mark in words."""
    twin = await import_one(w, "KIM.REYES", "Kim Reyes")
    page = await find(await at("ada"), "kim.reyes")
    assert page.path == PEOPLE
    assert "More than one account answers" in page.text
    assert page.text.count("Look-alike") == 2
    assert twin in page.text
    assert w.accounts["kim"] in page.text


async def test_hostile_names_are_text(w: World, at: At) -> None:
    """B26: what a directory calls a person is escaped everywhere it stands."""
    account = await import_one(w, "mallory", "<img src=x onerror=alert(1)>{{ 7*7 }}")
    page = await find(await at("ada"), "mallory")
    assert page.path == f"{PEOPLE}/{account}"
    assert "<img" not in page.html
    assert "&lt;img src=x onerror=alert(1)&gt;{{ 7*7 }}" in page.html


async def test_other_roles_look_up_nobody(w: World, at: At) -> None:
    """R6: an auditor finds nobody, neither by the form nor by an id."""
    auditor = await at("ivy")
    assert (await auditor.get(PEOPLE)).codes == ["role_missing"]
    assert (await auditor.get(f"{PEOPLE}/{w.accounts['kim']}")).codes == ["role_missing"]


async def test_another_tenants_person_is_nobody(w: World, at: At) -> None:
    """B23: an id of another tenant gets the answer of an id that there is not."""
    document = sample_document()
    document["tenant"]["slug"] = "other"
    await w.parts.people.apply(document, tenant_slug=None)
    foreign = str(await w.owner("SELECT id FROM directory.accounts WHERE tenant_id <> $1 LIMIT 1", w.tenant_id))
    ada = await at("ada")
    answers = [await ada.get(f"{PEOPLE}/{one}") for one in (foreign, str(uuid4()), "nothing")]
    assert {(one.status, one.codes[0]) for one in answers} == {(409, "subject_not_found")}
    assert len({one.text for one in answers}) == 1
    assert (await ada.get(f"{PEOPLE}/{foreign}/reset")).codes == ["subject_not_found"]


async def test_ones_own_page_tells_nothing_of_ones_cases(w: World, at: At) -> None:
    """R6, R23: who looks at themselves sees no case and no way to open one."""
    await w.open("bo", "ada")
    ada = await at("ada")
    page = await ada.get(f"{PEOPLE}/{w.accounts['ada']}")
    assert "This is your own account" in page.text
    assert "Force MFA reset" not in page.text
    assert "Cases before" not in page.text
    mine = await read_person(w.doors, await w.session("ada"), w.accounts["ada"])
    assert (mine.is_mine, mine.open_case, mine.past_cases) == (True, None, [])


async def test_an_open_case_takes_the_place_of_the_reset(w: World, at: At) -> None:
    """R5: the agent who comes second is led to the first case; past ones stand below with outcome and agent."""
    case_id = await w.open("bo", "kim")
    ada = await at("ada")
    reference = (await ada.case(case_id)).reference
    page = await find(ada, w.people["kim"].login)
    assert page.link(f"Go to case {reference}") == f"{BASE}/cases/{reference}"
    assert "Force MFA reset" not in page.text
    await w.decide("bo", case_id, CancelBody(reason=CancelReason.OPENED_IN_ERROR), proved=False)
    await w.until_closed(case_id)
    page = await find(ada, w.people["kim"].login)
    assert "Force MFA reset" in page.text
    assert page.link(reference) == f"{BASE}/cases/{reference}"
    assert "Cancelled" in page.text
    assert w.people["bo"].name in page.text


async def test_lookups_have_a_limit(w: World, at: At) -> None:
    """R02 of the faults, B26: a reader who asks too often waits a minute."""
    ada = await at("ada")
    page = await ada.get(PEOPLE)
    fields = page.form(PEOPLE).fields
    for _ in range(MOST_LOOKUPS_A_MINUTE):
        page = await ada.send(PEOPLE, {**fields, "exact": "nobody"})
        assert page.codes == ["subject_not_found"]
    assert (await ada.send(PEOPLE, {**fields, "exact": "nobody"})).codes == ["throttled"]
    assert (await ada.get(f"{PEOPLE}/{w.accounts['kim']}")).codes == ["throttled"]


async def test_looking_is_audited(w: World, at: At) -> None:
    """R42: who looked at whom is on record, by ids."""
    await (await at("ada")).get(f"{PEOPLE}/{w.accounts['kim']}")
    event = await w.owner(
        "SELECT text FROM recovery.audit_events WHERE type = 'recovery.accounts_looked_up' ORDER BY seq DESC LIMIT 1"
    )
    assert w.accounts["kim"] in event


async def import_one(w: World, login: str, name: str) -> str:
    """One more account of the tenant; returns its id."""
    document = sample_document()
    person = {"key": "more", "login": login, "display_name": name, "password": "more-harbour-lantern-1"}
    contact = {"kind": "email", "value": "more@acme.example", "bound_days_ago": 700}
    document["people"] = [{**person, "contacts": [contact], "factors": [], "roles": []}]
    await w.parts.people.apply(document, tenant_slug=None)
    return str(await w.owner("SELECT id FROM directory.accounts WHERE login = $1", login))
