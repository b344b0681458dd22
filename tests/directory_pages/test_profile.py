"""The profile by pages."""

from __future__ import annotations

from datetime import timedelta

import pytest_asyncio

from directory import totp
from tests.directory.world import PASSWORD, World
from tests.directory_pages.browser import Browser, Page, backup_codes_on, secret_on
from tests.directory_pages.conftest import OpenBrowser


async def sign_in(world: World, browser: Browser, seed: bytes | None = None) -> Page:
    """Ann, with password and an app."""
    page = await browser.sign_in()
    world.clock.next_step()
    code = world.code(seed) if seed else world.code()
    return await browser.submit(page, "/sign-in/factor", having={"kind": "totp"}, code=code)


@pytest_asyncio.fixture(loop_scope="session")
async def profile(world: World, browser: Browser) -> Page:
    """Ann's profile, just signed in."""
    return await sign_in(world, browser)


async def test_the_profile_needs_a_session(browser: Browser) -> None:
    """Without one every look and every form leads to the sign-in, and back to the profile from there."""
    page = await browser.get("/profile")
    assert (page.path, page.form("/sign-in").fields["next"]) == ("/sign-in", "/profile")
    assert (await browser.send("/profile/codes", {})).path == "/sign-in"


async def test_changing_the_app_after_a_fresh_proof(world: World, browser: Browser, profile: Page) -> None:
    """R3: a stale sign-in needs a fresh proof, a wrong one changes nothing, then the new app replaces the old."""
    await world.pass_time(timedelta(minutes=11))
    asked = await browser.submit(profile, "/profile/app")
    assert (asked.title, asked.codes) == ("Show that it is you", [])
    asked = await browser.submit(asked, "/profile/app", having={"kind": "totp"}, code="000000")
    assert (asked.title, asked.codes) == ("Show that it is you", ["wrong_code"])
    world.clock.next_step()
    offered = await browser.submit(asked, "/profile/app", having={"kind": "totp"}, code=world.code())
    assert offered.title == "Change the authenticator app"
    wrong = await browser.submit(offered, "/profile/app/confirm", code="000000")
    assert wrong.codes == ["wrong_code"]
    seed = totp.parse_seed(secret_on(offered))
    assert (await browser.submit(wrong, "/profile/app/confirm", code=world.code(seed))).title == "Your profile"
    again = await browser.submit(offered, "/profile/app/confirm", code=world.code(seed))
    assert (again.status, again.codes, again.title) == (409, ["enrolment_step_invalid"], "Your profile")
    await browser.submit(again, "/sign-out")
    assert (await sign_in(world, browser, seed)).title == "Your profile"


async def test_a_broken_proof_is_asked_for_again(world: World, browser: Browser, profile: Page) -> None:
    """A proof of no transaction, or of another session, does nothing and leads to a fresh one."""
    await world.pass_time(timedelta(minutes=11))
    for transaction in ("nonsense", "00000000-0000-0000-0000-000000000000"):
        fields = {**profile.form("/profile/codes").fields, "transaction": transaction, "kind": "totp", "code": "1"}
        page = await browser.send("/profile/codes", fields)
        assert (page.title, page.codes) == ("Show that it is you", ["transaction_unusable"])
    assert (await world.administration.read(world.ann)).backup_codes_left == 8


async def test_regenerating_backup_codes(world: World, browser: Browser, profile: Page) -> None:
    """R12: ten new codes, shown once; the old set is dead."""
    shown = await browser.submit(profile, "/profile/codes")
    assert len(set(backup_codes_on(shown))) == 10
    page = await browser.get("/profile")
    assert "10 left." in page.text
    assert backup_codes_on(shown)[0] not in page.html


async def test_sessions_are_listed_and_ended(
    world: World, browser: Browser, open_browser: OpenBrowser, profile: Page
) -> None:
    """One's other sessions can be ended; another owner's cannot, and nobody learns whether it was there."""
    other = open_browser()
    await sign_in(world, other)
    page = await browser.get("/profile")
    assert "Another session" in page.text
    foreign = str((await world.session("kim")).session_id)
    token = page.form("/profile/sessions/end").fields["form_token"]
    for session in (foreign, "nonsense"):
        assert (await browser.send("/profile/sessions/end", {"form_token": token, "session": session})).status == 200
    assert (
        len(await world.owner.fetch("SELECT FROM directory.sessions WHERE id = $1 AND ended_at IS NULL", foreign)) == 1
    )
    page = await browser.submit(page, "/profile/sessions/end")
    assert "Another session" not in page.text
    assert (await other.get("/profile")).path == "/sign-in"
    assert (await browser.get("/profile")).path == "/profile"


async def test_changing_the_password(world: World, browser: Browser, profile: Page) -> None:
    """The sentence stands beside the field at fault; the old password stops working and typed ones never come back."""
    new = "a wholly new secret"
    for old, first, second, code in (
        (PASSWORD, new, "something else here", "repetition_differs"),
        ("wrong password", new, new, "sign_in_refused"),
        (PASSWORD, "short", "short", "password_unsuitable"),
        (PASSWORD, PASSWORD, PASSWORD, "password_reused"),
    ):
        page = await browser.submit(profile, "/profile/password", old=old, new=first, again=second)
        assert (page.status, page.codes, page.title) == (422, [code], "Your profile")
        assert new not in page.html
    await browser.submit(profile, "/profile/password", old=PASSWORD, new=new, again=new)
    await browser.submit(profile, "/sign-out")
    assert (await browser.sign_in()).codes == ["sign_in_refused"]
    assert (await browser.sign_in(password=new)).title == "Sign in: second factor"


async def test_the_last_authenticator_stays(world: World, browser: Browser, profile: Page) -> None:
    """B21: other factors can be removed, the last authenticator cannot, and an id of nobody's says so."""
    factors = {one.kind: str(one.id) for one in (await world.administration.read(world.ann)).factors}
    page = await browser.submit(profile, "/profile/factors/remove", having={"factor": factors["trusted_browser"]})
    assert (page.path, "Trusted browser" in page.text) == ("/profile", False)
    page = await browser.submit(page, "/profile/factors/remove", having={"factor": factors["totp"]})
    assert (page.status, page.codes) == (409, ["last_factor"])
    page = await browser.submit(page, "/profile/factors/remove", factor="nonsense")
    assert page.codes == ["factor_unknown"]


async def test_an_old_session_cannot_enrol_in_the_subjects_place(world: World, browser: Browser, profile: Page) -> None:
    """R36: while a recovery waits for its enrolment, the profile shows and changes nothing."""
    await world.wipe(world.ann)
    for action in ("/profile/app", "/profile/codes"):
        page = await browser.submit(profile, action)
        assert (page.status, page.codes) == (403, ["enrolment_required"])
    assert (await world.administration.read(world.ann)).factors == []


async def test_names_are_shown_as_text(world: World, browser: Browser, profile: Page) -> None:
    """B26: markup in a display name or a factor's label is text on the profile."""
    hostile = "<img src=x onerror=alert(1)>"
    await world.owner.execute("UPDATE directory.accounts SET display_name = $2 WHERE id = $1", world.ann, hostile)
    await world.owner.execute("UPDATE directory.factors SET label = $2 WHERE account_id = $1", world.ann, hostile)
    page = await browser.get("/profile")
    assert page.text.count(hostile) > 2
    assert "img" not in page.read.elements
