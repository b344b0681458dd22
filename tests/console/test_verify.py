"""The approver's page: what it shows to whom, each method's form, and that an old page decides nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from domain.acts import ActKind, Method, Verdict
from domain.messages import Outcome, Phase
from domain.policy.document import CoolingOffPolicy, Policy
from tests.console.approving import (
    SEEN,
    WHERE,
    acts_of,
    left_behind,
    opened,
    path_of,
    state_verdict,
    verdicts_of,
    verified,
)

if TYPE_CHECKING:
    from tests.console.conftest import At
    from tests.support.world import World

HOSTILE = '<script>alert("x")</script> & "lost", says the caller'
NUMBER = "+44 20 7946 0101"
DRAWS = Policy(demonstration=True, cooling_off=CoolingOffPolicy(weak_seconds=0, privileged_seconds=0))


async def test_a_verdict_is_stated_proved_and_leads_to_the_code(w: World, at: At) -> None:
    """One form, one proof; then the approver stands before the field for the caller's code (R13, R28)."""
    case_id = await opened(w)
    cleo = await at("cleo")
    page = await state_verdict(cleo, case_id)
    assert page.title == "Sign your verdict"
    assert SEEN in page.text
    assert await acts_of(w, case_id, ActKind.VERDICT) == 0
    page = await cleo.prove(page, path_of(case_id, "prove"))
    assert page.path == path_of(case_id, "presence")
    assert await acts_of(w, case_id, ActKind.VERDICT) == 1


async def test_what_is_known_is_set_apart_from_what_the_agent_typed(w: World, at: At) -> None:
    """The directory's facts in one card, the agent's words in another that says that nobody has checked them (R6)."""
    await w.set_policy(DRAWS)
    case_id = await w.open("ada", "kim", statement=HOSTILE)
    await w.until_phase(case_id, Phase.VERIFICATION)
    page = await (await at("cleo")).get(path_of(case_id, "verify"))
    known = page.html.partition('aria-labelledby="known"')[2].partition("</section>")[0]
    stated = page.html.partition('class="card unverified"')[2].partition("</section>")[0]
    assert "From the directory" in known
    assert "•••01" in known
    assert "not verified" in stated
    assert "&lt;script&gt;" in stated
    assert "<script>alert" not in page.html
    assert "alert" not in known
    assert NUMBER not in page.html
    assert page.unlabelled == set()
    assert page.repeated_ids == set()


async def test_a_number_is_shown_once_to_whoever_dials_it(w: World, at: At) -> None:
    """One button's answer holds it; the same form shows it again if that was lost, another does not (R16)."""
    case_id = await opened(w)
    cleo = await at("cleo")
    before = await cleo.get(path_of(case_id, "verify"))
    form = before.form(path_of(case_id, "reveal"))
    shown = await cleo.send(path_of(case_id, "reveal"), form.fields)
    assert NUMBER in shown.text
    assert 'value="' + form.fields["contact_id"] + '" checked' in shown.html
    assert NUMBER in (await cleo.send(path_of(case_id, "reveal"), form.fields)).text
    again = await cleo.send(path_of(case_id, "reveal"), {**form.fields, "key": "another"})
    assert NUMBER not in again.html
    assert again.codes == ["number_already_revealed"]
    assert [one["data"]["contact"] for one in await w.audit(case_id, "recovery.number_revealed")] == [
        form.fields["contact_id"]
    ]
    page = await cleo.get(path_of(case_id, "verify"))
    assert NUMBER not in page.html
    assert not page.has_form(path_of(case_id, "reveal"))


async def test_the_lost_phone_is_not_called(w: World, at: At) -> None:
    """Its number is named with the reason, has no button, and is refused to an approver who asks all the same (R16)."""
    case_id = await opened(w)
    cleo = await at("cleo")
    case, _ = await w.case(case_id)
    mobile = next(one.id for one in case.snapshot.contacts if one.kind == "mobile")
    page = await cleo.get(path_of(case_id, "verify"))
    assert "its number proves nothing" in page.text
    assert [one.fields["contact_id"] for one in page.forms if one.action.endswith("/reveal")] != []
    assert mobile not in [one.fields.get("contact_id") for one in page.forms]
    form = page.form(path_of(case_id, "reveal"))
    refused = await cleo.send(path_of(case_id, "reveal"), {**form.fields, "contact_id": mobile})
    assert refused.codes == ["number_is_the_lost_phone"]
    form = page.form(path_of(case_id, "verify"), form="callback")
    typed = {**form.fields, "contact_id": mobile, "what_seen": SEEN, "reference": WHERE, "verdict": "verified"}
    refused = await cleo.send(path_of(case_id, "verify"), typed)
    assert refused.codes == ["number_is_the_lost_phone"]
    assert SEEN in refused.html


async def test_a_missing_piece_of_evidence_is_named_beside_its_field(w: World, at: At) -> None:
    """What was typed stays, the refusal is tied to the field, and nothing is recorded (R17)."""
    case_id = await opened(w)
    cleo = await at("cleo")
    page = await state_verdict(cleo, case_id, what_seen="...")
    assert page.codes == ["evidence_missing"]
    assert 'id="refusal-in_person-what_seen"' in page.html
    assert page.form(path_of(case_id, "verify"), form="in_person").fields["reference"] == WHERE
    page = await state_verdict(cleo, case_id, page=page)
    assert page.title == "Sign your verdict"
    assert await acts_of(w, case_id, ActKind.VERDICT) == 0


@pytest.mark.parametrize("method", ["knowledge_question", "email_matched", "mailed_code", "chat_claim"])
async def test_what_proves_nothing_is_not_offered_and_not_believed(w: World, at: At, method: str) -> None:
    """No form has such a method, a note says why, and a form made up by hand is refused (R15)."""
    case_id = await opened(w)
    cleo = await at("cleo")
    page = await cleo.get(path_of(case_id, "verify"))
    assert "Knowledge questions prove nothing" in page.text
    assert all(one.fields.get("method") != method for one in page.forms)
    form = page.form(path_of(case_id, "verify"), form="in_person")
    typed = {**form.fields, "method": method, "what_seen": SEEN, "reference": WHERE, "verdict": "verified"}
    assert (await cleo.send(path_of(case_id, "verify"), typed)).codes == ["method_refused"]


async def test_whoever_may_not_verify_reads_why(w: World, at: At) -> None:
    """The agent, an approver whose role is young, an auditor: no form to approve, and a reason (R13, R21)."""
    case_id = await opened(w, agent="bo", subject="mara")
    await w.give_roles("cleo", "approver", founding=False)
    for key, code in (("bo", "agent_cannot_approve"), ("cleo", "role_too_young"), ("ivy", "role_missing")):
        page = await (await at(key)).get(path_of(case_id, "verify"))
        assert code in page.codes, (key, page.codes)
        assert all(one.fields.get("form", "doubt") == "doubt" for one in page.forms)
    bo = await at("bo")
    stranger = await (await at("dev")).get(path_of(case_id, "verify"))
    form = stranger.form(path_of(case_id, "verify"), form="in_person")
    token = (await bo.get(path_of(case_id, "verify"))).forms[0].fields["form_token"]
    typed = {**form.fields, "form_token": token, "what_seen": SEEN, "reference": WHERE, "verdict": "verified"}
    assert set((await bo.send(path_of(case_id, "verify"), typed)).codes) == {"agent_cannot_approve"}
    assert await acts_of(w, case_id, ActKind.VERDICT) == 0


async def test_an_approver_who_was_not_drawn_may_help_later_only(w: World, at: At) -> None:
    """They see who was drawn and from when they may help; doubting is open to them at once (R22)."""
    case_id = await opened(w, policy=DRAWS)
    case = await w.until(case_id, lambda one: one.code == "verification_awaited")
    view = await (await at("ada")).case(case_id)
    assert case.tenant_id == w.tenant_id
    assert view.drawn is not None
    other = next(key for key in ("cleo", "dev", "bo") if w.accounts[key] not in view.drawn.approvers)
    page = await (await at(other)).get(path_of(case_id, "verify"))
    assert page.codes[0] == "approver_not_drawn"
    assert not any(one.fields.get("form") == "in_person" for one in page.forms)
    assert page.form(path_of(case_id, "verify"), form="doubt").names >= {"method", "what_seen", "reference"}


async def test_nobody_looks_at_a_case_about_themselves(w: World, at: At) -> None:
    """Neither its page nor its numbers (R6)."""
    case_id = await opened(w, subject="cleo")
    page = await (await at("cleo")).get(path_of(case_id, "verify"))
    assert (page.status, page.codes) == (403, ["own_case"])


async def test_a_page_that_has_gone_stale_says_so(w: World, at: At) -> None:
    """Another approver doubted meanwhile: nothing is asked or recorded, and what was typed is kept (B07)."""
    case_id = await opened(w)
    cleo = await at("cleo")
    page = await cleo.get(path_of(case_id, "verify"))
    doubt = (await w.verdict(case_id, Method.CALLBACK)).model_copy(update={"verdict": Verdict.UNCERTAIN})
    await w.decide("dev", case_id, doubt)
    before = await left_behind(w)
    page = await state_verdict(cleo, case_id, page=page)
    assert page.codes == ["page_stale"]
    assert SEEN in page.html
    assert await left_behind(w) == before
    assert (await state_verdict(cleo, case_id, page=page)).title == "Sign your verdict"


async def test_a_proof_page_that_has_gone_stale_says_so(w: World, at: At) -> None:
    """The other tab: another approver doubted between the form and the proof (B07)."""
    case_id = await opened(w)
    cleo = await at("cleo")
    page = await state_verdict(cleo, case_id)
    doubt = (await w.verdict(case_id, Method.CALLBACK)).model_copy(update={"verdict": Verdict.UNCERTAIN})
    await w.decide("dev", case_id, doubt)
    page = await cleo.prove(page, path_of(case_id, "prove"))
    assert page.codes == ["page_stale"]
    assert await verdicts_of(w, case_id) == [Verdict.UNCERTAIN]


async def test_a_double_click_and_the_way_back_record_once(w: World, at: At) -> None:
    """The same form again, before the proof and after it, leads where the first one led (B07)."""
    case_id = await opened(w)
    cleo = await at("cleo")
    first = await cleo.get(path_of(case_id, "verify"))
    proof = await state_verdict(cleo, case_id, page=first)
    assert (await state_verdict(cleo, case_id, page=first)).title == "Sign your verdict"
    fields = {}
    for one in proof.forms:
        if one.action == path_of(case_id, "prove"):
            fields = one.fields
    assert (await cleo.prove(proof, path_of(case_id, "prove"))).path == path_of(case_id, "presence")
    assert (await cleo.send(path_of(case_id, "prove"), fields)).path == path_of(case_id, "presence")
    assert (await state_verdict(cleo, case_id, page=first)).path == path_of(case_id, "presence")
    other = await state_verdict(
        cleo, case_id, page=first, what_seen="Something else altogether, typed after going back"
    )
    assert other.codes == ["page_stale"]
    assert await acts_of(w, case_id, ActKind.VERDICT) == 1


async def test_failed_ends_the_case(w: World, at: At) -> None:
    """An approver with a bad feeling says so by any method, and the case is denied (R18)."""
    case_id = await opened(w)
    cleo = await at("cleo")
    page = await state_verdict(cleo, case_id, "failed", form="doubt", method="callback")
    page = await cleo.prove(page, path_of(case_id, "prove"))
    assert page.path == path_of(case_id)
    assert (await w.until_closed(case_id)).outcome is Outcome.DENIED


async def test_a_ticket_by_the_manager(w: World, at: At) -> None:
    """The manager of the directory is on offer; a ticket that does not quote the case is refused at its box (R14)."""
    case_id = await opened(w)
    await w.forward(timedelta(minutes=1))
    cleo = await at("cleo")
    given = {
        "form": "corroborating_ticket",
        "author_id": w.accounts["mara"],
        "author_confirmed": "callback",
        "ticket_opened_at": await w.owner("SELECT to_char(recovery.now($1), 'YYYY-MM-DD\"T\"HH24:MI:SS')", w.tenant_id),
    }
    page = await state_verdict(cleo, case_id, **given)
    assert page.codes == ["ticket_does_not_quote"]
    assert 'id="refusal-corroborating_ticket-quotes_case"' in page.html
    assert page.form(path_of(case_id, "verify"), form="corroborating_ticket").fields["author_id"] == given["author_id"]
    page = await state_verdict(cleo, case_id, page=page, quotes_case="yes", form="corroborating_ticket")
    assert page.title == "Sign your verdict"
    assert "Mara Lindqvist" in page.text
    page = await cleo.prove(page, path_of(case_id, "prove"))
    assert await verdicts_of(w, case_id) == [Verdict.VERIFIED]


async def test_somebody_of_hr_is_named_by_login(w: World, at: At) -> None:
    """One account answers to it, and the rules say whether that one may vouch; nobody answers to a wrong one (R14)."""
    case_id = await opened(w)
    cleo = await at("cleo")
    form = "corroborating_ticket"
    page = await state_verdict(
        cleo, case_id, form=form, author_login="nobody.at.all", author_confirmed="callback", quotes_case="yes"
    )
    assert page.codes == ["author_unknown"]
    page = await state_verdict(cleo, case_id, page=page, form=form, author_login="nia.petrova")
    assert page.codes == ["author_cannot_vouch"]


async def test_a_photo_that_is_too_new_is_refused_at_its_field(w: World, at: At) -> None:
    """A face counts against an old record only (R16)."""
    case_id = await opened(w)
    cleo = await at("cleo")
    today = await w.owner("SELECT to_char(recovery.now($1), 'YYYY-MM-DD')", w.tenant_id)
    page = await state_verdict(cleo, case_id, form="video_call", record_since=today)
    assert page.codes == ["record_too_new"]
    assert 'id="refusal-video_call-record_since"' in page.html


async def test_after_one_method_that_is_not_enough_the_page_comes_back(w: World, at: At) -> None:
    """Drawn alone, the approver goes on with the next method, and the one given is closed (R19)."""
    case_id = await opened(w, policy=DRAWS)
    await w.until(case_id, lambda one: one.code == "verification_awaited")
    view = await (await at("ada")).case(case_id)
    assert view.drawn is not None
    drawn = next(key for key, account in w.accounts.items() if account == view.drawn.approvers[0])
    desk = await at(drawn)
    page = await state_verdict(desk, case_id, form="callback")
    page = await desk.prove(page, path_of(case_id, "prove"))
    assert page.path == path_of(case_id, "verify")
    assert "You have already verified by this method" in page.text
    assert not any(one.fields.get("form") == "callback" for one in page.forms)


async def test_looking_changes_nothing(w: World, at: At) -> None:
    """Every address of these pages, fetched by a scanner, leaves everything as it was (B22)."""
    case_id = await verified(w)
    cleo = await at("cleo")
    before = await left_behind(w)
    for page in ("verify", "reveal", "identity-check", "presence", "reset", "prove"):
        assert (await cleo.get(path_of(case_id, page))).status in {200, 409}
    assert await left_behind(w) == before


async def test_a_case_that_is_not_there_looks_like_another_tenants(w: World, at: At) -> None:
    """The same answer (B23)."""
    await opened(w)
    cleo = await at("cleo")
    for page in ("verify", "presence", "reset"):
        answer = await cleo.get(f"/console/cases/R-0000-0000/{page}")
        assert (answer.status, answer.codes) == (404, ["case_not_found"])


async def test_without_a_provider_no_document_is_checked(w: World, at: At) -> None:
    """There is no button, and a form made up by hand is told so (R14)."""
    case_id = await opened(w)
    cleo = await at("cleo")
    page = await cleo.get(path_of(case_id, "verify"))
    assert not page.has_form(path_of(case_id, "identity-check"))
    form = page.form(path_of(case_id, "reveal"))
    answer = await cleo.send(path_of(case_id, "identity-check"), form.fields)
    assert answer.codes == ["identity_provider_missing"]


async def test_news_of_the_case_is_told_without_taking_the_form_away(w: World, at: At) -> None:
    """What changes by itself on this page is one sentence."""
    case_id = await opened(w)
    part = await (await at("cleo")).get(path_of(case_id, "verify"), **{"HX-Request": "true"})
    assert part.forms == []
    assert "has changed" in part.text
