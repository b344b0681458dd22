"""The page that shows what is signed and asks for a proof: it fits one decision, works once, and renews the session."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from domain.acts import ActKind, Method, Verdict
from domain.errors import Refused
from domain.policy.document import StepUpPolicy
from service import deciding
from service.sessions import SUCCESSION
from tests.console.approving import SEEN, acts_of, left_behind, opened, path_of, state_verdict, verdicts_of
from tests.support.world import CALM

if TYPE_CHECKING:
    from uuid import UUID

    from tests.console.conftest import At
    from tests.console.support import Desk
    from tests.support.browsing import Form, Page
    from tests.support.world import World

HOSTILE = '<img src=x onerror=alert(1)> and "so on", says the caller'


def proof_form(page: Page, case_id: UUID) -> Form:
    """The form that carries the decision."""
    return next(one for one in page.forms if one.action == path_of(case_id, "prove"))


async def with_app(w: World) -> str:
    """An approver who proves by an app's code."""
    await w.give_roles("ada", "agent", "approver")
    return "ada"


async def test_what_is_signed_stands_on_the_page(w: World, at: At) -> None:
    """The decision in words, the person, the plan item by item, and the typed evidence marked as typed and escaped."""
    case_id = await opened(w)
    page = await state_verdict(await at("cleo"), case_id, what_seen=HOSTILE)
    assert "✓ Verified" in page.text
    assert "Kim Reyes" in page.text
    assert "Kim's phone because the factor is lost" in page.text
    assert "The password stays as it is." in page.text
    typed = page.html.partition('class="card unverified"')[2].partition("</section>")[0]
    assert "&lt;img src=x" in typed
    assert "<img" not in page.html
    case, _ = await w.case(case_id)
    assert case.plan.digest()[:16] in page.text
    assert page.unlabelled == set()
    assert page.repeated_ids == set()


async def test_a_wrong_code_is_asked_for_again(w: World, at: At) -> None:
    """The refusal stands beside the field, the question is a new one, and nothing is recorded (R27)."""
    case_id = await opened(w, agent="bo", subject="mara")
    desk = await at(await with_app(w))
    page = await state_verdict(desk, case_id)
    before = proof_form(page, case_id).fields["step_up"]
    page = await desk.submit(page, path_of(case_id, "prove"), having={"kind": "totp"}, code="000000")
    assert page.codes == ["step_up_refused"]
    assert 'id="refusal-totp"' in page.html
    assert proof_form(page, case_id).fields["step_up"] != before
    assert await acts_of(w, case_id, ActKind.VERDICT) == 0
    assert (await desk.prove(page, path_of(case_id, "prove"))).path == path_of(case_id, "presence")


async def test_a_proof_fits_the_decision_that_was_shown(w: World, at: At) -> None:
    """Another decision slipped into the second form is not what was signed: refused, and asked about anew (B24)."""
    case_id = await opened(w, agent="bo", subject="mara")
    desk = await at(await with_app(w))
    page = await state_verdict(desk, case_id, "failed")
    form = proof_form(page, case_id)
    decision = {**json.loads(form.fields["decision"]), "verdict": "verified"}
    code = desk.person.totp_code()
    typed = {**form.fields, "decision": json.dumps(decision), "kind": "totp", "code": code}
    page = await desk.send(path_of(case_id, "prove"), typed)
    assert page.codes == ["step_up_mismatch"]
    assert await verdicts_of(w, case_id) == []


async def test_a_form_without_its_decision_is_refused(w: World, at: At) -> None:
    """No JSON, no object, too much of it, a kind that does not exist: one answer, nothing done (B27)."""
    case_id = await opened(w)
    cleo = await at("cleo")
    form = proof_form(await state_verdict(cleo, case_id), case_id)
    before = await left_behind(w)
    for text in ("", "[]", "{", "[" * 5000, '{"kind": "open"}', "x" * 30_000):
        page = await cleo.send(path_of(case_id, "prove"), {**form.fields, "decision": text})
        assert (page.status, page.codes) == (422, ["invalid_request"]), text[:20]
    assert await left_behind(w) == before


async def test_leaving_the_proof_out_is_refused(w: World, at: At) -> None:
    """An actor who sends the form without a step-up is asked for one (R28)."""
    case_id = await opened(w)
    cleo = await at("cleo")
    form = proof_form(await state_verdict(cleo, case_id), case_id)
    bare = {name: value for name, value in form.fields.items() if name not in {"step_up", "kind", "credential"}}
    page = await cleo.send(path_of(case_id, "prove"), bare)
    assert page.codes == ["step_up_missing"]
    assert proof_form(page, case_id).fields["step_up"]
    assert await acts_of(w, case_id, ActKind.VERDICT) == 0


async def test_where_policy_asks_for_no_proof_none_is_asked(w: World, at: At) -> None:
    """What is decided is shown all the same, and one button records it (R26)."""
    case_id = await opened(w, policy=CALM.model_copy(update={"step_up": StepUpPolicy(required=False)}))
    cleo = await at("cleo")
    page = await state_verdict(cleo, case_id)
    assert "asks for no proof" in page.text
    assert SEEN in page.text
    form = proof_form(page, case_id)
    page = await cleo.send(path_of(case_id, "prove"), form.fields)
    assert page.path == path_of(case_id, "presence")
    assert await verdicts_of(w, case_id) == [Verdict.VERIFIED]


async def test_a_privileged_person_needs_a_proof_whatever_policy_says(w: World, at: At) -> None:
    """The floor of R27 shows on the page too."""
    await w.give_roles("ada", "agent", "admin")
    case_id = await opened(
        w, agent="ada", subject="ari", policy=CALM.model_copy(update={"step_up": StepUpPolicy(required=False)})
    )
    page = await state_verdict(await at("cleo"), case_id)
    assert proof_form(page, case_id).fields["step_up"]


async def test_a_plan_made_anew_between_page_and_proof_is_not_signed(w: World, at: At) -> None:
    """What is signed is what was shown: with another plan the page is out of date (R20, B24)."""
    case_id = await opened(w)
    cleo = await at("cleo")
    page = await state_verdict(cleo, case_id)
    form = proof_form(page, case_id)
    digest, _, rest = form.fields["seen"].partition(".")
    forged = {**form.fields, "seen": f"{'0' * len(digest)}.{rest}"}
    assert (await cleo.send(path_of(case_id, "prove"), forged)).codes == ["page_stale"]
    assert await verdicts_of(w, case_id) == []


async def test_the_plan_that_was_shown_is_asked_about_under_the_lock(w: World) -> None:
    """An actor shown another plan neither begins a proof nor records anything, and that is audited (R20, B24)."""
    case_id = await opened(w)
    body, session = await w.verdict(case_id, Method.IN_PERSON), await w.session("cleo")
    answer = await w.step_up("cleo", case_id, body)
    with pytest.raises(Refused) as refused:
        await deciding.begin_step_up(w.doors, session, case_id, body, plan="0" * 64)
    assert refused.value.code == "plan_changed"
    with pytest.raises(Refused) as refused:
        await deciding.decide(w.doors, session, case_id, body, key="one", answer=answer, plan="0" * 64)
    assert refused.value.code == "plan_changed"
    assert [one["data"]["code"] for one in await w.audit(case_id, "recovery.decision_refused")] == ["plan_changed"] * 2
    case, _ = await w.case(case_id)
    await deciding.decide(w.doors, session, case_id, body, key="one", answer=answer, plan=case.plan.digest())
    assert await verdicts_of(w, case_id) == [Verdict.VERIFIED]


async def test_a_proof_renews_the_session(w: World, at: At) -> None:
    """The token changes with the proof; the old one lives for a double click and no longer (B22)."""
    case_id = await opened(w)
    cleo = await at("cleo")
    before = token_of(cleo)
    page = await state_verdict(cleo, case_id)
    assert token_of(cleo) == before
    await cleo.prove(page, path_of(case_id, "prove"))
    after = token_of(cleo)
    assert after != before
    assert (await seen_with(cleo, before, case_id)).path == path_of(case_id, "verify")
    await w.forward(SUCCESSION + timedelta(seconds=1))
    assert (await seen_with(cleo, before, case_id)).path == "/console/sign-in"
    assert (await seen_with(cleo, after, case_id)).path == path_of(case_id, "verify")


async def test_both_halves_of_a_double_click_stay_signed_in(w: World, at: At) -> None:
    """Each comes with the old token, and the session that either gets lives on (B07, B22)."""
    case_id = await opened(w)
    cleo = await at("cleo")
    before = token_of(cleo)
    page = await state_verdict(cleo, case_id)
    await cleo.prove(page, path_of(case_id, "prove"))
    hold(cleo, before)
    page = await state_verdict(cleo, case_id, "uncertain", form="doubt", method="callback")
    await cleo.prove(page, path_of(case_id, "prove"))
    await w.forward(SUCCESSION + timedelta(seconds=1))
    assert (await cleo.get(path_of(case_id))).path == path_of(case_id)


def token_of(desk: Desk) -> str:
    """The session token that the browser holds; one set by the server is nearer than the one it sat down with."""
    found = [one for one in desk.client.cookies.jar if one.name == "recovery_session"]
    token = next((one.value for one in found if one.domain), found[0].value)
    hold(desk, token or "")
    return token or ""


def hold(desk: Desk, token: str) -> None:
    """Let the browser hold this token and no other."""
    desk.client.cookies.delete("recovery_session")
    desk.client.cookies.set("recovery_session", token)


async def seen_with(desk: Desk, token: str, case_id: UUID) -> Page:
    """The approver's page, asked for with this token."""
    hold(desk, token)
    return await desk.get(path_of(case_id, "verify"))
