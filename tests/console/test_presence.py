"""The presence code: when it can be entered, what both sides compare, and that a code is good for one try."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.acts import ActKind, Method
from domain.messages import Phase
from domain.policy.document import CoolingOffPolicy
from tests.console.approving import acts_of, opened, path_of, verified
from tests.support.world import CALM

if TYPE_CHECKING:
    from tests.console.conftest import At
    from tests.support.world import World


async def checks(w: World) -> int:
    """How many codes were matched."""
    count: int = await w.owner("SELECT count(*) FROM recovery.presence_checks")
    return count


async def test_before_verification_no_code_can_be_entered(w: World, at: At) -> None:
    """The page says what is missing, and has no field (R36)."""
    case_id = await opened(w)
    page = await (await at("cleo")).get(path_of(case_id, "presence"))
    assert "The identity is not verified yet." in page.text
    assert not page.has_form(path_of(case_id, "presence"))


async def test_the_code_is_matched_the_words_compared_and_the_browser_bound(w: World, at: At) -> None:
    """The proof page shows the words that the caller's page shows now; then the case has a browser (R36)."""
    case_id = await verified(w)
    cleo = await at("cleo")
    page = await cleo.get(path_of(case_id, "presence"))
    assert "/waiting" in page.text
    token, code = await w.wait_in_browser("kim")
    page = await cleo.submit(page, path_of(case_id, "presence"), code=code)
    assert page.title == "Bind the caller's browser"
    shown = (await w.parts.directory.presence.status(token)).phrase
    assert shown
    assert shown in page.text
    assert code not in page.html
    page = await cleo.prove(page, path_of(case_id, "prove"))
    assert page.path == path_of(case_id)
    assert (await cleo.case(case_id)).presence.confirmed


async def test_a_wrong_code_is_refused_beside_the_field_and_not_shown_again(w: World, at: At) -> None:
    """Nothing is bound, and the field is empty (R36, R44)."""
    case_id = await verified(w)
    cleo = await at("cleo")
    page = await cleo.get(path_of(case_id, "presence"))
    page = await cleo.submit(page, path_of(case_id, "presence"), code="AAAA-BBBB")
    assert page.codes == ["presence_code_wrong"]
    assert 'id="refusal-code"' in page.html
    assert "AAAA-BBBB" not in page.html
    assert await checks(w) == 0


async def test_a_double_click_matches_the_code_once(w: World, at: At) -> None:
    """The second half of it leads to the same question, although a code is good for one try (B07)."""
    case_id = await verified(w)
    cleo = await at("cleo")
    page = await cleo.get(path_of(case_id, "presence"))
    _, code = await w.wait_in_browser("kim")
    first, proof = [await cleo.submit(page, path_of(case_id, "presence"), code=code) for _ in range(2)]
    assert (first.title, proof.title) == ("Bind the caller's browser", "Bind the caller's browser")
    assert await checks(w) == 1
    await cleo.prove(proof, path_of(case_id, "prove"))
    assert (await cleo.submit(page, path_of(case_id, "presence"), code=code)).path == path_of(case_id)
    assert await acts_of(w, case_id, ActKind.PRESENCE) == 1


async def test_an_old_page_does_not_use_up_the_code(w: World, at: At) -> None:
    """It says that it is out of date; on the new one the same code still works (B07)."""
    case_id = await verified(w)
    cleo = await at("cleo")
    page = await cleo.get(path_of(case_id, "presence"))
    _, code = await w.wait_in_browser("kim")
    form = page.form(path_of(case_id, "presence"))
    old = await cleo.send(path_of(case_id, "presence"), {**form.fields, "seen": "0.verification.x", "code": code})
    assert old.codes == ["page_stale"]
    assert await checks(w) == 0
    assert (await cleo.submit(old, path_of(case_id, "presence"), code=code)).title == "Bind the caller's browser"


async def test_the_agent_enters_no_code(w: World, at: At) -> None:
    """The agent of the case reads why, and a form made up by hand is refused without a try of the code (R36)."""
    case_id = await verified(w)
    ada = await at("ada")
    page = await ada.get(path_of(case_id, "presence"))
    assert not page.has_form(path_of(case_id, "presence"))
    assert "Only an approver verifies an identity." in page.text
    cleo = await (await at("cleo")).get(path_of(case_id, "presence"))
    _, code = await w.wait_in_browser("kim")
    token = page.forms[0].fields["form_token"]
    form = cleo.form(path_of(case_id, "presence"))
    answer = await ada.send(path_of(case_id, "presence"), {**form.fields, "form_token": token, "code": code})
    assert answer.codes == ["role_missing"]
    assert await checks(w) == 0


async def test_while_it_cools_off_the_page_waits_and_then_has_the_field(w: World, at: At) -> None:
    """The part that looks again by itself brings the field when it is time (R25)."""
    policy = CALM.model_copy(update={"cooling_off": CoolingOffPolicy(weak_seconds=600, privileged_seconds=3600)})
    case_id = await opened(w, policy=policy)
    await w.verify(case_id, "cleo", Method.CALLBACK)
    await w.verify(case_id, "dev", Method.VIDEO_CALL)
    await w.until_phase(case_id, Phase.COOLING_OFF)
    cleo = await at("cleo")
    page = await cleo.get(path_of(case_id, "presence"))
    assert not page.has_form(path_of(case_id, "presence"))
    await w.verify(case_id, "dev", Method.IN_PERSON)
    await w.until_phase(case_id, Phase.PRESENCE)
    part = await cleo.get(path_of(case_id, "presence"), **{"HX-Request": "true"})
    assert part.has_form(path_of(case_id, "presence"))
    assert "<html" not in part.html
