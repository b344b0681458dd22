"""The acting admin's page: the plan, what is still missing, and one proof over exactly what was shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.acts import ActKind, Method, Verdict
from domain.messages import Phase
from tests.console.approving import acts_of, path_of, verified

if TYPE_CHECKING:
    from uuid import UUID

    from tests.console.conftest import At
    from tests.support.world import World


async def present(w: World) -> UUID:
    """A case that waits for the acting admin, ada."""
    case_id = await verified(w)
    _, code = await w.wait_in_browser("kim")
    await w.confirm_presence(case_id, "cleo", code)
    await w.until_phase(case_id, Phase.STEP_UP)
    return case_id


async def test_what_is_missing_is_said_and_comes_by_itself(w: World, at: At) -> None:
    """Without the caller's browser the button is disabled and says why; once it is there the part brings it (R36)."""
    case_id = await verified(w)
    ada = await at("ada")
    page = await ada.get(path_of(case_id, "reset"))
    assert not page.has_form(path_of(case_id, "reset"))
    assert "does not wait yet" in page.text
    assert "disabled" in page.html
    _, code = await w.wait_in_browser("kim")
    await w.confirm_presence(case_id, "cleo", code)
    await w.until_phase(case_id, Phase.STEP_UP)
    part = await ada.get(path_of(case_id, "reset"), **{"HX-Request": "true"})
    assert part.has_form(path_of(case_id, "reset"))
    assert "<html" not in part.html


async def test_one_button_and_one_proof_reset(w: World, at: At) -> None:
    """The plan item by item with its reasons, who verified, how long it holds; then it is done (R27)."""
    case_id = await present(w)
    ada = await at("ada")
    page = await ada.get(path_of(case_id, "reset"))
    assert "Remove this factor: Authenticator app Kim's phone because the factor is lost" in page.text
    assert "Cleo Marchetti" in page.text
    assert "Seen in person" in page.text
    assert page.html.count("data-countdown") >= 3
    assert page.unlabelled == set()
    page = await ada.submit(page, path_of(case_id, "reset"))
    assert page.title == "Sign the reset"
    assert "Carry out this plan now." in page.text
    page = await ada.prove(page, path_of(case_id, "prove"))
    assert page.path == path_of(case_id)
    await w.until_phase(case_id, Phase.RE_ENROLMENT)
    assert await acts_of(w, case_id, ActKind.EXECUTE) == 1


async def test_only_the_acting_admin_asks(w: World, at: At) -> None:
    """The approver reads why, and a form made up by hand is refused (R27)."""
    case_id = await present(w)
    cleo = await at("cleo")
    page = await cleo.get(path_of(case_id, "reset"))
    assert not page.has_form(path_of(case_id, "reset"))
    assert "Only the acting admin" in page.text
    fields = (await (await at("ada")).get(path_of(case_id, "reset"))).form(path_of(case_id, "reset")).fields
    token = page.forms[0].fields["form_token"]
    answer = await cleo.send(path_of(case_id, "reset"), {**fields, "form_token": token})
    assert answer.codes == ["not_the_acting_admin"]


async def test_a_page_that_has_gone_stale_asks_for_nothing(w: World, at: At) -> None:
    """An approver doubted after the page was opened: it says so instead of acting (B07)."""
    case_id = await present(w)
    ada = await at("ada")
    page = await ada.get(path_of(case_id, "reset"))
    doubt = (await w.verdict(case_id, Method.CALLBACK)).model_copy(update={"verdict": Verdict.UNCERTAIN})
    await w.decide("dev", case_id, doubt)
    page = await ada.submit(page, path_of(case_id, "reset"))
    assert page.codes == ["page_stale"]
    assert not page.has_form(path_of(case_id, "reset"))


async def test_a_double_click_asks_once(w: World, at: At) -> None:
    """The proof sent twice, and the way back, end on the case with one request recorded (R33, B07)."""
    case_id = await present(w)
    ada = await at("ada")
    first = await ada.get(path_of(case_id, "reset"))
    proof = await ada.submit(first, path_of(case_id, "reset"))
    form = next(one for one in proof.forms if one.action == path_of(case_id, "prove"))
    await ada.prove(proof, path_of(case_id, "prove"))
    await w.until_phase(case_id, Phase.RE_ENROLMENT)
    assert (await ada.send(path_of(case_id, "prove"), form.fields)).path == path_of(case_id)
    assert (await ada.submit(first, path_of(case_id, "reset"))).path == path_of(case_id)
    assert await acts_of(w, case_id, ActKind.EXECUTE) == 1
