"""Signing in by pages."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from tests.directory.world import BACKUP_CODES, ORIGIN, World
from tests.directory_pages.browser import Browser

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'><svg onload=alert(1)>",
    "{{ 7 * 7 }}",
    "[x](javascript:alert(1))",
    "a\r\nSet-Cookie: x=y",
    "\x1b[2J",
    "\u202e\u2028\u0085",
    "nul\0byte",
    "a" * 40_000,
]


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("name", ["login", "tenant", "password", "next", "transaction", "kinds", "options", "code"])
async def test_hostile_text_is_shown_as_text(browser: Browser, text: str, name: str) -> None:
    """B26: whatever is typed or sent comes back as text or not at all."""
    page = await browser.get("/sign-in")
    fields = {"tenant": browser.tenant, "login": "ann", "password": "x", "kind": "totp"}
    for action in ("/sign-in", "/sign-in/factor"):
        sent = {**page.form("/sign-in").fields, **fields, name: text}
        answer = await browser.send(action, sent)
        assert answer.status in {400, 409, 413, 422}
        assert set(answer.read.elements) <= set(page.read.elements) | {"small", "span"}
        assert "49" not in answer.text
        assert "set-cookie: x" not in str(answer.answer.headers).lower()
        shown = [form.fields.get(name) for form in answer.read.forms]
        if name == "login" and action == "/sign-in":
            assert [one and one.replace("\r\n", "\n") for one in shown] == [text.replace("\r\n", "\n")]


async def test_unknown_login_and_wrong_password_are_answered_alike(world: World, browser: Browser) -> None:
    """B06: login, password, organisation or status: the same sentence beside the same field."""
    answers = [
        await browser.sign_in("ann", "wrong password"),
        await browser.sign_in("nobody", "wrong password"),
        await browser.sign_in("ann\0", "wrong password"),
    ]
    browser.tenant = "no-such-tenant"
    answers.append(await browser.sign_in("ann", "wrong password"))
    assert {(one.status, *one.codes) for one in answers} == {(422, "sign_in_refused")}
    assert len({one.text for one in answers}) == 1
    assert browser.cookie("session") == ""


@pytest.mark.parametrize(
    "wanted",
    [
        "//evil.example",
        "/\\evil.example",
        "/%09/evil.example",
        "/\t/evil.example",
        "/.//evil.example",
        "https:evil.example",
        "https://evil.example/profile",
        "/profile\r\nX: y",
        "/profile@evil.example",
        "javascript:alert(1)",
        "/sign-out",
        "",
    ],
)
async def test_a_sign_in_leads_to_own_pages_only(world: World, browser: Browser, wanted: str) -> None:
    """R01 (faults): ?next= is one of our pages or ignored, in the link and in the form alike."""
    page = await browser.get("/sign-in")
    first = page.form("/sign-in").fields
    answer = await browser.client.get("/sign-in", params={"next": wanted})
    assert 'name="next" value="/profile"' in answer.text
    sent = {**first, "tenant": world.slug, "login": "ann", "password": "correct horse battery", "next": wanted}
    page = await browser.send("/sign-in", sent)
    world.clock.next_step()
    factor = {**page.form("/sign-in/factor", kind="totp").fields, "next": wanted, "code": world.code()}
    assert (await browser.send("/sign-in/factor", factor)).path == "/profile"


async def test_a_sign_in_leads_where_the_link_said(world: World, browser: Browser) -> None:
    """A link to one of our own pages is followed after the second factor."""
    page = await browser.sign_in(path=f"/sign-in?next=/waiting&tenant={world.slug}")
    world.clock.next_step()
    page = await browser.submit(page, "/sign-in/factor", having={"kind": "totp"}, code=world.code())
    assert page.path == "/waiting"


async def test_a_wrong_second_factor_may_be_tried_again_until_braked(world: World, browser: Browser) -> None:
    """B14: the error stands beside the field that was used; after five tries even the right code waits."""
    page = await browser.sign_in()
    for _ in range(5):
        page = await browser.submit(page, "/sign-in/factor", having={"kind": "totp"}, code="000000")
        assert (page.status, page.codes) == (422, ["wrong_code"])
    world.clock.next_step()
    page = await browser.submit(page, "/sign-in/factor", having={"kind": "totp"}, code=world.code())
    assert (page.status, page.codes, page.answer.headers["retry-after"]) == (429, ["throttled"], "60")
    assert browser.cookie("session") == ""


async def test_a_late_second_factor_begins_again(world: World, browser: Browser) -> None:
    """An attempt lasts five minutes; afterwards the password is asked for again, and the sentence says why."""
    page = await browser.sign_in()
    await world.pass_time(timedelta(minutes=6))
    world.clock.next_step()
    late = await browser.submit(page, "/sign-in/factor", having={"kind": "totp"}, code=world.code())
    assert (late.status, late.title, late.codes) == (409, "Sign in", ["transaction_unusable"])


async def test_signing_in_with_a_backup_code(world: World, browser: Browser) -> None:
    """R10: a backup code opens the profile, where new codes and a new app can be made."""
    page = await browser.submit(
        await browser.sign_in(), "/sign-in/factor", having={"kind": "backup_code"}, code=BACKUP_CODES[0].lower()
    )
    assert page.title == "Your profile"
    assert "7 left." in page.text
    assert (await browser.submit(page, "/profile/app")).title == "Change the authenticator app"


async def test_signing_in_with_a_key(world: World, browser: Browser) -> None:
    """The script hands a key's answer to an ordinary form; a bad one may be tried again."""
    page = await browser.sign_in("kim")
    page = await browser.submit(page, "/sign-in/factor", having={"kind": "webauthn"}, credential="{}")
    assert page.codes == ["credential_refused"]
    form = page.form("/sign-in/factor", kind="webauthn")
    answer = json.dumps(world.key.get(form.options, ORIGIN))
    page = await browser.submit(page, "/sign-in/factor", having={"kind": "webauthn"}, credential=answer)
    assert page.title == "Your profile"


async def test_a_trusted_browser_needs_the_password_only(world: World, browser: Browser) -> None:
    """Trust is given by a tick on the page, and shows as a factor that can be removed."""
    page = await browser.sign_in()
    world.clock.next_step()
    typed = {"code": world.code(), "trust_browser": "yes"}
    page = await browser.submit(page, "/sign-in/factor", having={"kind": "totp"}, **typed)
    await browser.submit(page, "/sign-out")
    page = await browser.sign_in()
    assert page.title == "Your profile"
    assert "Trusted browser" in page.text


async def test_after_a_wipe_the_page_says_what_to_do(world: World, browser: Browser) -> None:
    """R35: the password alone reaches nothing, and the page names the way that is left."""
    await world.wipe(world.ann)
    page = await browser.sign_in()
    assert (page.status, page.codes) == (403, ["enrolment_required"])
    assert 'href="/waiting"' in page.html
    assert browser.cookie("session") == ""


async def test_the_organisation_is_remembered(world: World, browser: Browser) -> None:
    """Who signed in once need not type the organisation again; a link's word goes first, and only if it is one."""
    assert (await browser.get("/sign-in?tenant=<b>")).form("/sign-in").fields["tenant"] == ""
    await browser.sign_in()
    assert (await browser.get("/sign-in")).form("/sign-in").fields["tenant"] == world.slug
    assert (await browser.get("/sign-in?tenant=other")).form("/sign-in").fields["tenant"] == "other"
