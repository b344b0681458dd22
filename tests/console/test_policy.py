"""The authentication policy on its pages: looked at, previewed, tightened, proposed, agreed to and explained (R26)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from domain.people import Role
from service.policy import read_policy, read_proposals
from service.policy_file import write_toml
from starter.console.site import BASE
from starter.policy_keys import keys_of
from tests.console.test_security import answered, rows
from tests.support.world import CALM

if TYPE_CHECKING:
    from domain.policy.document import Policy
    from tests.console.conftest import At
    from tests.console.support import Desk
    from tests.support.browsing import Page
    from tests.support.world import World

POLICY = f"{BASE}/settings/policy"
STEP_UP = f"{POLICY}/step-up"
DOCUMENT = f"{POLICY}/document"
PROVE = f"{POLICY}/prove"
APPLY = f"{POLICY}/apply"
PROPOSALS = f"{POLICY}/proposals"
EXPLAIN = f"{POLICY}/explain"
HOSTILE = "<script>alert(1)</script>"
WEAKER = CALM.model_copy(update={"case_hours": 100})
TIGHTER = CALM.model_copy(update={"case_hours": 48})


async def in_force(w: World) -> Policy:
    """The policy of this moment."""
    return await read_policy(w.doors, await w.session("ari"))


async def previewed(desk: Desk, policy: Policy) -> Page:
    """The preview of a whole document."""
    return await desk.submit(await desk.get(DOCUMENT), DOCUMENT, document=write_toml(policy))


async def applied(desk: Desk, policy: Policy) -> Page:
    """From the document over preview and proof to the result."""
    page = await desk.submit(await previewed(desk, policy), PROVE)
    return await desk.prove(page, APPLY)


async def proposed(w: World, at: At) -> str:
    """A weaker policy that ari proposed; returns its id."""
    await applied(await at("ari"), WEAKER)
    found = await read_proposals(w.doors, await w.session("ari"))
    return str(found[0].id)


async def second_admin(w: World) -> None:
    """Another administrator, who stands as long as ari does."""
    await w.give_roles("ivy", Role.ADMIN)


@pytest.mark.parametrize("key", ["ari", "sol", "ada", "ivy"])
async def test_everybody_reads_the_policy(at: At, key: str) -> None:
    """Settings, authentication policy, admin step-up requirements first; every key with rule, default and range."""
    desk = await at(key)
    page = await desk.follow(await desk.get(f"{BASE}/settings"), "Authentication policy")
    assert page.status == 200
    assert page.html.index("Admin step-up requirements") < page.html.index("Cooling-off".lower())
    for one in keys_of(CALM):
        assert f"<code>{one.name}</code>" in page.html
    assert "1 to 5" in page.text
    assert "R27" in page.text
    assert not page.repeated_ids


async def test_only_admins_may_change_it(w: World, at: At) -> None:
    """R26: an agent may look and try out, reads why it goes no further, and is refused past the page too."""
    desk = await at("ada")
    page = await previewed(desk, TIGHTER)
    assert "Only an administrator changes the policy." in page.text
    assert not page.has_form(PROVE)
    fields = (await desk.get(DOCUMENT)).form(DOCUMENT).fields
    sent = await desk.send(PROVE, {**fields, "key": "k-1", "document": write_toml(TIGHTER)})
    assert (sent.status, sent.codes) == (403, ["role_missing"])
    assert (await in_force(w)).version == 1


async def test_the_step_up_form_tightens_at_once(w: World, at: At) -> None:
    """R26, R27: old and new are previewed, the proof is over exactly that, and the result says that it holds."""
    ari = await at("ari")
    page = await ari.submit(await ari.get(STEP_UP), STEP_UP, max_age_minutes="3")
    assert "step_up.max_age_minutes" in page.text
    assert "holds at once" in page.text
    page = await ari.submit(page, PROVE)
    assert "5 → 3" in page.text
    page = await ari.prove(page, APPLY)
    assert page.path == POLICY
    assert "Version 2 holds from now on" in page.text
    assert (await in_force(w)).step_up.max_age_minutes == 3


@pytest.mark.parametrize(("name", "typed"), [("max_age_minutes", "6"), ("lock_minutes", "soon"), ("wrong_tries", "")])
async def test_a_value_out_of_range_is_said_beside_its_field(w: World, at: At, name: str, typed: str) -> None:
    """R26: the floors of the step-up; what was typed stays in the form."""
    ari = await at("ari")
    page = await ari.submit(await ari.get(STEP_UP), STEP_UP, having=None, **{name: typed})
    assert (page.status, page.codes) == (422, ["policy_refused"])
    assert f'id="refusal-{name}"' in page.html
    assert page.form(STEP_UP).fields[name] == typed
    assert (await in_force(w)).version == 1


async def test_a_document_with_errors_names_line_key_and_range(at: At) -> None:
    """R26: every error at once, and what was typed comes back as text."""
    ari = await at("ari")
    text = f"case_hours = 12345\n# {HOSTILE}\n[verification]\nfresh_hour = 3\n"
    page = await ari.submit(await ari.get(DOCUMENT), DOCUMENT, document=text)
    assert (page.status, page.codes) == (422, ["policy_refused"])
    assert "Line 1: case_hours : It must be a whole number from 1 to 336." in page.text
    assert "Line 4: verification.fresh_hour : There is no such key. Did you mean" in page.text
    assert HOSTILE not in page.html
    assert page.form(DOCUMENT).fields["document"] == text
    assert page.form(DOCUMENT).fields["base"] == "1"


async def test_the_preview_says_whom_it_reaches(w: World, at: At) -> None:
    """R34, R21: open cases are judged by both policies, and who could agree is counted."""
    await w.open("bo", "mara")
    page = await previewed(await at("ari"), WEAKER)
    assert "And 1 open case whose reset has not begun" in page.text
    assert "becomes a proposal" in page.text
    assert "No other administrator could agree now" in page.text
    await second_admin(w)
    # Not a member who has the role from ari: they never decide together (R21).
    await w.give_roles("sol", Role.ADMIN, founding=False, since=datetime(2026, 1, 1, tzinfo=UTC), granted_by="ari")
    assert "1 other administrator could agree." in (await previewed(await at("ari"), WEAKER)).text
    assert "Nothing: this is the policy that holds already." in (await previewed(await at("ari"), CALM)).text


async def test_a_weaker_policy_becomes_a_proposal_that_another_admin_agrees_to(w: World, at: At) -> None:
    """R26: proposed with a proof, seconded by another person with theirs, and it does not hold before a day."""
    await second_admin(w)
    proposal = await proposed(w, at)
    page = await (await at("ari")).get(PROPOSALS)
    assert "so another administrator has to agree" in page.text
    assert not page.has_form(f"{PROPOSALS}/{proposal}/second")
    ivy = await at("ivy")
    page = await ivy.submit(await ivy.get(PROPOSALS), f"{PROPOSALS}/{proposal}/second")
    assert "72 → 100 (weaker)" in page.text
    page = await ivy.prove(page, f"{PROPOSALS}/{proposal}/agree")
    assert page.path == PROPOSALS
    assert "Seconded, waits for its day to pass" in page.text
    assert (await in_force(w)).case_hours == 72


async def test_the_proposer_cannot_agree_past_the_page(w: World, at: At) -> None:
    """R26: the form is not there, and sending one is refused in words."""
    proposal = await proposed(w, at)
    ari = await at("ari")
    fields = (await ari.get(PROPOSALS)).form(f"{PROPOSALS}/{proposal}/withdraw").fields
    page = await ari.send(f"{PROPOSALS}/{proposal}/second", fields)
    assert (page.status, page.codes) == (403, ["own_proposal"])


async def test_a_security_officer_withdraws_with_a_double_click(w: World, at: At) -> None:
    """R26: to stop needs no proof, and twice the same click is one withdrawal."""
    proposal = await proposed(w, at)
    sol = await at("sol")
    form = (await sol.get(PROPOSALS)).form(f"{PROPOSALS}/{proposal}/withdraw")
    pages = [await sol.send(form.action, form.fields) for _ in range(2)]
    assert [(page.status, page.codes) for page in pages] == [(200, [])] * 2
    assert "Withdrawn" in pages[1].text
    found = await read_proposals(w.doors, await w.session("ari"))
    assert [one.state for one in found] == ["withdrawn"]


async def test_a_double_click_on_the_proof_is_one_change(w: World, at: At) -> None:
    """B13: the same answer sent twice gives one version, and both lead to the result."""
    ari = await at("ari")
    page = await ari.submit(await previewed(ari, TIGHTER), PROVE)
    fields = answered(ari, page, APPLY)
    first, again = await ari.send(APPLY, fields), await ari.send(APPLY, fields)
    assert (first.path, again.path) == (POLICY, POLICY)
    assert (await in_force(w)).version == 2


async def test_a_form_of_an_older_version_changes_nothing(w: World, at: At) -> None:
    """B07: a document is the whole policy, so one from before would take back what others changed meanwhile."""
    ari = await at("ari")
    old = await ari.get(DOCUMENT)
    await applied(ari, TIGHTER)
    page = await ari.submit(old, DOCUMENT, document=write_toml(CALM.model_copy(update={"raised_threat": True})))
    assert (page.status, page.codes) == (409, ["policy_page_stale"])
    assert (await in_force(w)).version == 2


async def test_a_wrong_proof_asks_again_and_changes_nothing(w: World, at: At) -> None:
    """R27: a refused answer leads to a new question over the same change."""
    ari = await at("ari")
    page = await ari.submit(await previewed(ari, TIGHTER), PROVE)
    page = await ari.submit(page, APPLY, having={"kind": "webauthn"}, credential="{}")
    assert page.status == 403
    assert (await in_force(w)).version == 1
    page = await ari.prove(page, APPLY)
    assert (await in_force(w)).version == 2


async def test_versions_tell_who_and_when(w: World, at: At) -> None:
    """Newest first, with the name of the administrator who set it."""
    await applied(await at("ari"), TIGHTER)
    page = await (await at("ivy")).get(f"{POLICY}/versions")
    assert "Ari Novak" in page.text
    assert "set-up" in page.text
    assert page.html.index('<th scope="row">2</th>') < page.html.index('<th scope="row">1</th>')


async def test_explain_goes_phase_by_phase_and_changes_no_case(w: World, at: At) -> None:
    """What a case would ask for and of whom; the login stands in no address (R44)."""
    ada = await at("ada")
    before = await rows(w)
    page = await ada.submit(await ada.get(EXPLAIN), EXPLAIN, subject="kim.reyes", reason="lost_phone")
    assert page.status == 200
    assert "Kim Reyes" in page.text
    for words in ("Backup codes", "Verification", "Presence", "Step-up", "Re-enrolment"):
        assert words in page.text
    assert await rows(w) == before
    assert not [one for one in ada.urls if "kim" in one]


@pytest.mark.parametrize(("subject", "code"), [(HOSTILE, "subject_not_found"), ("", "invalid_request")])
async def test_explain_refuses_beside_the_field(at: At, subject: str, code: str) -> None:
    """R2: nobody known by it, or nothing typed; script text comes back as text."""
    ada = await at("ada")
    page = await ada.submit(await ada.get(EXPLAIN), EXPLAIN, subject=subject, reason="lost_phone")
    assert page.codes == [code]
    assert 'id="refusal-subject"' in page.html
    assert HOSTILE not in page.html


async def test_auditors_do_not_explain(at: At) -> None:
    """R6: looking up accounts needs another role."""
    ivy = await at("ivy")
    page = await ivy.submit(await ivy.get(EXPLAIN), EXPLAIN, subject="kim.reyes", reason="lost_phone")
    assert (page.status, page.codes) == (403, ["role_missing"])


async def test_looking_changes_nothing(w: World, at: At) -> None:
    """B05: no GET of these pages leaves anything behind, and every one has labels."""
    await proposed(w, at)
    ari = await at("ari")
    before = await rows(w)
    for path in (f"{BASE}/settings", POLICY, STEP_UP, DOCUMENT, PROVE, APPLY, PROPOSALS, EXPLAIN, f"{POLICY}/versions"):
        page = await ari.get(path)
        assert page.status == 200, path
        assert not page.unlabelled, path
        assert not page.repeated_ids, path
    assert await rows(w) == before
