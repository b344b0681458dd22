"""Members and their roles on their pages: who has what since when, and changing it by the rules of the import."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from domain.people import Role
from starter.console.site import BASE
from tests.console.test_security import rows

if TYPE_CHECKING:
    from tests.console.conftest import At
    from tests.support.world import World

MEMBERS = f"{BASE}/settings/members"
IMPORT = f"{MEMBERS}/import"
HOSTILE = "<script>alert(1)</script>"


async def roles_of(w: World, key: str) -> set[str]:
    """The roles that count for this person."""
    member = await w.parts.ledger.member_of_account(w.tenant_id, w.accounts[key])
    return {role.value for role in member.roles} if member else set()


async def is_founding(w: World, key: str) -> bool:
    """Whether this person's roles count as given at set-up."""
    member = await w.parts.ledger.member_of_account(w.tenant_id, w.accounts[key])
    return member is not None and member.founding


async def changes(w: World) -> int:
    """How many changes of roles are on record."""
    return int(await w.owner("SELECT count(*) FROM recovery.audit_events WHERE type = 'recovery.roles_changed'"))


def path_of(w: World, key: str) -> str:
    """This member's page."""
    return f"{MEMBERS}/{w.accounts[key]}"


@pytest.mark.parametrize("key", ["ari", "sol", "ivy"])
async def test_who_has_which_role_since_when(w: World, at: At, key: str) -> None:
    """R21: names, roles, age and who gave them; a young one says until when, an unsigned row that it gives nothing."""
    await w.give_roles("lee", Role.AGENT, founding=False, granted_by="ari")
    await w.owner(
        "INSERT INTO recovery.members (tenant_id, account_id, person_id, roles, since) "
        "VALUES ($1, $2, 'nobody', '{approver}', now())",
        w.tenant_id, w.accounts["nia"],
    )  # fmt: skip
    page = await (await at(key)).get(MEMBERS)
    assert page.status == 200
    assert "Founding member" in page.text
    assert "Role too young until" in page.text
    assert "Not signed: gives no role" in page.text
    assert "Ari Novak" in page.text
    assert page.has_form(MEMBERS) is (key == "ari")
    assert not page.unlabelled
    assert not page.repeated_ids


@pytest.mark.parametrize("key", ["ada", "cleo"])
async def test_others_do_not_see_it(w: World, at: At, key: str) -> None:
    """R6: who could be talked into something is nobody else's business."""
    desk = await at(key)
    for path in (MEMBERS, path_of(w, "ari"), IMPORT):
        page = await desk.get(path)
        assert (page.status, page.codes) == (403, ["role_missing"])


async def test_a_role_given_starts_young_and_one_taken_leaves_the_rest(w: World, at: At) -> None:
    """R21, R42: adding starts the age of all of them anew, taking away does not; both are on record."""
    ari = await at("ari")
    page = await ari.get(path_of(w, "bo"))
    page = await ari.submit(page, path_of(w, "bo"), role="approver")
    assert (page.path, await roles_of(w, "bo")) == (MEMBERS, {"approver"})
    assert await is_founding(w, "bo")
    page = await ari.get(path_of(w, "bo"))
    await ari.send(path_of(w, "bo"), {**page.form(path_of(w, "bo")).fields, "role": "approver\nsecurity"})
    assert (await roles_of(w, "bo"), await is_founding(w, "bo")) == ({"approver", "security"}, False)
    assert "Role too young until" in (await ari.get(path_of(w, "bo"))).text
    assert await changes(w) == 2


async def test_nobody_changes_their_own(w: World, at: At) -> None:
    """R6: there is no form, and sending one is refused and on record."""
    ari = await at("ari")
    page = await ari.get(path_of(w, "ari"))
    assert not page.has_form(path_of(w, "ari"))
    fields = (await ari.get(path_of(w, "bo"))).form(path_of(w, "bo")).fields
    page = await ari.send(path_of(w, "ari"), {**fields, "seen": "admin", "role": "admin\napprover"})
    assert (page.status, page.codes) == (403, ["own_roles"])
    assert await roles_of(w, "ari") == {"admin"}
    denied = "SELECT count(*) FROM recovery.audit_events WHERE type = 'recovery.access_refused'"
    assert await w.owner(denied) == 1


async def test_an_auditor_changes_none(w: World, at: At) -> None:
    """R6: past the page the service refuses."""
    ivy = await at("ivy")
    page = await ivy.get(path_of(w, "bo"))
    assert not page.has_form(path_of(w, "bo"))
    fields = {"form_token": page.forms[0].fields["form_token"], "key": "k-1", "seen": "agent approver", "role": "admin"}
    page = await ivy.send(path_of(w, "bo"), fields)
    assert (page.status, page.codes) == (403, ["role_missing"])
    assert await roles_of(w, "bo") == {"agent", "approver"}


async def test_a_stale_form_and_a_double_click(w: World, at: At) -> None:
    """B07, B13: the second click is the same change; a form from before another's change does nothing."""
    ari = await at("ari")
    form = (await ari.get(path_of(w, "bo"))).form(path_of(w, "bo"))
    for _ in range(2):
        page = await ari.send(form.action, {**form.fields, "role": "agent"})
        assert page.path == MEMBERS
    assert await changes(w) == 1
    page = await ari.send(form.action, {**form.fields, "key": "another", "role": "agent\nadmin"})
    assert (page.status, page.codes) == (409, ["roles_changed_meanwhile"])
    assert await roles_of(w, "bo") == {"agent"}


async def test_a_role_for_somebody_new(w: World, at: At) -> None:
    """R2: by exact login; unknown, already a member, or no role ticked is said beside the field."""
    ari = await at("ari")
    page = await ari.get(MEMBERS)
    for login, role, code in (
        (HOSTILE, "agent", "subject_not_found"),
        ("bo.hansen", "agent", "roles_changed_meanwhile"),
        ("lee.okafor", "", "no_role_chosen"),
    ):
        fields = {**page.form(MEMBERS).fields, "key": code, "login": login, **({"role": role} if role else {})}
        refused = await ari.send(MEMBERS, fields)
        assert refused.codes == [code]
        assert HOSTILE not in refused.html
        assert refused.form(MEMBERS).fields["login"] == login
    page = await ari.submit(page, MEMBERS, login="lee.okafor", role="agent")
    assert page.path == MEMBERS
    assert await roles_of(w, "lee") == {"agent"}


async def test_what_is_no_role_changes_nothing(w: World, at: At) -> None:
    """B26: a made-up role is refused whole."""
    ari = await at("ari")
    form = (await ari.get(path_of(w, "bo"))).form(path_of(w, "bo"))
    page = await ari.send(form.action, {**form.fields, "role": "agent\nroot"})
    assert page.status == 422
    assert await changes(w) == 0


async def test_a_forged_row_is_given_nothing(w: World, at: At) -> None:
    """adr/0011: a row that no door signed cannot be blessed by changing it; its page says what to do."""
    await w.owner(
        "INSERT INTO recovery.members (tenant_id, account_id, person_id, roles, since) "
        "VALUES ($1, $2, 'other', '{agent}', now())",
        w.tenant_id, w.accounts["nia"],
    )  # fmt: skip
    ari = await at("ari")
    page = await ari.get(path_of(w, "nia"))
    assert "Tell security" in page.text
    fields = {"form_token": page.forms[0].fields["form_token"], "key": "k-1", "seen": "agent", "role": "agent\nadmin"}
    page = await ari.send(path_of(w, "nia"), fields)
    assert page.codes == ["not_a_member"]
    assert await roles_of(w, "nia") == set()


async def test_importing_people_from_a_document(w: World, at: At) -> None:
    """An administrator imports; twice the same click is one import, and errors say where without the values (B09)."""
    ari = await at("ari")
    form = (await ari.get(IMPORT)).form(IMPORT)
    person = {"key": "zoe", "login": "zoe.new", "display_name": "Zoe New", "roles": ["agent"]}
    bad = {"tenant": {"slug": "acme", "name": "Acme"}, "people": [{**person, "login": HOSTILE, "roles": ["root"]}]}
    for text, code in (("{", "body_malformed"), ("[]", "body_malformed"), (json.dumps(bad), "import_refused")):
        page = await ari.send(IMPORT, {**form.fields, "key": f"k-{len(text)}", "document": text})
        assert page.codes == [code]
        assert page.form(IMPORT).fields["document"] == text
        assert HOSTILE not in page.html
        assert "root" not in page.text
    good = json.dumps({"tenant": {"slug": "acme", "name": "Acme"}, "people": [person]})
    pages = [await ari.send(IMPORT, {**form.fields, "document": good}) for _ in range(2)]
    for page in pages:
        assert page.path == MEMBERS
        assert "Imported: 1 people, 1 of them new." in page.text
        assert "Zoe New" in page.text


async def test_looking_changes_nothing(w: World, at: At) -> None:
    """B05: no GET of these pages leaves anything behind."""
    ari = await at("ari")
    before = await rows(w)
    for path in (MEMBERS, IMPORT, path_of(w, "bo"), path_of(w, "ari"), f"{MEMBERS}/nobody"):
        page = await ari.get(path)
        assert page.status == (404 if path.endswith("nobody") else 200)
        assert not page.unlabelled
    assert await rows(w) == before


async def test_a_young_role_ages(w: World, at: At) -> None:
    """R21: after the days of the policy it counts like the others."""
    await w.give_roles("lee", Role.AGENT, founding=False, granted_by="ari")
    await w.forward(timedelta(days=8))
    sol = await at("sol")
    assert "Role too young until" not in (await sol.get(path_of(w, "lee"))).text
