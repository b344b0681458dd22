"""The inbox: what waits for whom, in which order, and that it looks again without keeping its reader signed in."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from domain.ids import case_reference
from domain.messages import Phase
from domain.policy.document import CoolingOffPolicy, Policy
from service import inbox, reading, reviews
from service.next_steps import codes_waiting_for
from starter.console.site import BASE
from store.waiting import Turns, cases_waiting
from tests.console.approving import left_behind, opened, path_of, verified

if TYPE_CHECKING:
    from uuid import UUID

    import pytest

    from tests.console.conftest import At
    from tests.support.world import World

INBOX = f"{BASE}/inbox"
DRAWS = Policy(demonstration=True, cooling_off=CoolingOffPolicy(weak_seconds=0, privileged_seconds=0))


async def drawn_for(w: World, case_id: UUID) -> tuple[str, str]:
    """Who was drawn for this case, and an approver who was not."""
    await w.until(case_id, lambda one: one.code == "verification_awaited")
    _, acts = await w.case(case_id)
    approvers = next(act.body.approvers for act in acts if act.kind == "drawn")  # type: ignore[union-attr]
    drawn = next(key for key in ("cleo", "dev", "bo") if w.accounts[key] in approvers)
    return drawn, next(key for key in ("cleo", "dev", "bo") if w.accounts[key] not in approvers)


async def test_an_approver_sees_what_to_verify_and_one_click_opens_it(w: World, at: At) -> None:
    """Reference, person, tier, what to do, since when and until when; drawn to them or not (R22)."""
    case_id = await opened(w, policy=DRAWS)
    drawn, other = await drawn_for(w, case_id)
    desk = await at(drawn)
    page = await desk.get(INBOX)
    assert case_reference(case_id) in page.text
    assert "→ Yours" in page.text
    assert "data-countdown" in page.html
    assert (await desk.follow(page, "Kim Reyes")).path == path_of(case_id, "verify")
    page = await (await at(other)).get(INBOX)
    assert "A colleague is at it" in page.text
    assert "You may help from" in page.text
    assert w.accounts[drawn] not in page.html


async def test_what_is_overdue_comes_first(w: World, at: At) -> None:
    """Drawn and not answered in time before what is newer; after the escalation it is everybody's (R22)."""
    first = await opened(w, policy=DRAWS)
    drawn, other = await drawn_for(w, first)
    await w.forward(timedelta(minutes=11))
    second = await opened(w, subject="mara", policy=DRAWS)
    drawn_later, _ = await drawn_for(w, second)
    page = await (await at(drawn)).get(INBOX)
    assert "! Overdue" in page.text
    assert page.text.index(case_reference(first)) < page.text.index(case_reference(second))
    await w.forward(timedelta(minutes=10))
    # What one was drawn for oneself goes before what is everybody's, so an approver who was not looks.
    page = await (await at(drawn if drawn_later == other else other)).get(INBOX)
    assert page.text.index(case_reference(first)) < page.text.index(case_reference(second))
    assert "! Overdue" in page.text


async def test_everybody_sees_their_own_turn_only(w: World, at: At) -> None:
    """The approver with the caller on the line, then the acting admin; nobody else's agent, never the subject (R6)."""
    case_id = await verified(w)
    cleo, ada, bo = await at("cleo"), await at("ada"), await at("bo")
    page = await cleo.get(INBOX)
    assert (await cleo.follow(page, "Kim Reyes")).path == path_of(case_id, "presence")
    assert case_reference(case_id) not in (await ada.get(INBOX)).text
    _, code = await w.wait_in_browser("kim")
    await w.confirm_presence(case_id, "cleo", code)
    await w.until_phase(case_id, Phase.STEP_UP)
    page = await ada.get(INBOX)
    assert (await ada.follow(page, "Kim Reyes")).path == path_of(case_id, "reset")
    for desk in (cleo, bo):
        assert case_reference(case_id) not in (await desk.get(INBOX)).text


async def test_an_agent_cannot_approve_and_so_does_not_see_it_as_work(w: World, at: At) -> None:
    """Bo is agent and approver: what he opened waits for another approver (R13)."""
    case_id = await opened(w, agent="bo", subject="mara")
    assert case_reference(case_id) not in (await (await at("bo")).get(INBOX)).text
    assert case_reference(case_id) in (await (await at("cleo")).get(INBOX)).text


async def test_cases_of_others_push_nobodys_out(w: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """R22: filtered before it is limited: older cases that wait for others leave room for the one that waits here."""
    others = [await opened(w, agent="bo", subject=one) for one in ("kim", "mara")]
    ours = await opened(w, agent="ada", subject="dev")
    bo = await w.session("bo")
    found = await cases_waiting(
        w.parts.ledger, w.tenant_id, bo.actor.person_id, Turns(approver=codes_waiting_for("approver")), limit=1
    )
    assert found == [ours]
    monkeypatch.setattr(inbox, "MOST", 1)
    assert [one.case.id for one in await inbox.inbox(w.doors, bo)] == [ours]
    assert [one.case.id for one in await inbox.inbox(w.doors, await w.session("cleo"))] == others[:1]


async def test_a_case_about_oneself_takes_nobodys_place(w: World) -> None:
    """R6, R22: what is not shown to its subject is left out before the list is cut."""
    own = await opened(w, agent="ada", subject="dev")
    other = await opened(w, agent="ada", subject="kim")
    dev = await w.session("dev")
    assert [one.id for one in await reading.read_cases(w.doors, dev, is_open=True, limit=1)] == [other]
    assert [one.id for one in await reviews.cases_waiting_for(w.doors, dev, "approver", limit=1)] == [other]
    cleo = await w.session("cleo")
    assert [one.id for one in await reviews.cases_waiting_for(w.doors, cleo, "approver", limit=1)] == [own]


async def test_an_empty_inbox_says_so_and_agents_find_the_search(at: At) -> None:
    """Nothing waits; an agent has the field for it at hand."""
    page = await (await at("ada")).get(INBOX)
    assert "Nothing waits for you." in page.text
    assert page.has_form(f"{BASE}/people")
    assert page.unlabelled == set()
    page = await (await at("ivy")).get(INBOX)
    assert "Nothing waits for you." in page.text
    assert not page.has_form(f"{BASE}/people")


async def test_an_officer_finds_disputed_cases(w: World, at: At) -> None:
    """What an objection has stopped leads to the officer's page (R24)."""
    case_id = await opened(w)
    await w.object(case_id)
    await w.until(case_id, lambda one: one.code == "paused_by_objection")
    sol = await at("sol")
    assert (await sol.follow(await sol.get(INBOX), "Kim Reyes")).path == path_of(case_id, "officer")


async def test_the_list_alone_is_asked_for_again_and_again(w: World, at: At) -> None:
    """The part holds no page around it, changes nothing, and does not count as use of the session (B22)."""
    await opened(w)
    cleo = await at("cleo")
    before = await left_behind(w)
    part = await cleo.get(INBOX, **{"HX-Request": "true", "X-Recovery-Background": "1"})
    assert "<html" not in part.html
    assert "Kim Reyes" in part.text
    assert await left_behind(w) == before
