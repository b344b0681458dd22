"""One's own factors and sessions by pages: add, name, remove, and codes that can be saved without a script."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
import pytest_asyncio

from directory import totp
from starter.soft_authenticator import SoftAuthenticator
from tests.directory.world import ORIGIN, World
from tests.directory_pages.browser import Browser, Page, backup_codes_on, secret_on
from tests.directory_pages.conftest import OpenBrowser
from tests.directory_pages.journey import with_new_app
from tests.directory_pages.test_profile import sign_in

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest_asyncio.fixture(loop_scope="session")
async def profile(world: World, browser: Browser) -> Page:
    """Ann's profile, just signed in with Firefox."""
    browser.client.headers["User-Agent"] = FIREFOX
    return await sign_in(world, browser)


async def labels(world: World, kind: str) -> list[str]:
    """The names of Ann's factors of a kind."""
    return [one.label for one in (await world.administration.read(world.ann)).factors if one.kind == kind]


async def test_adding_an_app_beside_the_old_one(world: World, browser: Browser, profile: Page) -> None:
    """R3: one more app, with a name, after a fresh proof; the old one stays, and both sign in."""
    await world.pass_time(timedelta(minutes=11))
    asked = await browser.submit(profile, "/profile/app", having={"purpose": "add"})
    assert asked.title == "Show that it is you"
    world.clock.next_step()
    offered = await browser.submit(asked, "/profile/app", having={"kind": "totp"}, code=world.code())
    assert offered.title == "Add an authenticator app"
    seed = totp.parse_seed(secret_on(offered))
    wrong = await browser.submit(offered, "/profile/app/confirm", code="000000", name="Work phone")
    assert (wrong.codes, wrong.form("/profile/app/confirm").fields["name"]) == (["wrong_code"], "Work phone")
    await browser.submit(wrong, "/profile/app/confirm", code=world.code(seed))
    assert sorted(await labels(world, "totp")) == ["Phone", "Work phone"]
    await browser.submit(await browser.get("/profile"), "/sign-out")
    assert (await sign_in(world, browser)).title == "Your profile"
    await browser.submit(await browser.get("/profile"), "/sign-out")
    assert (await sign_in(world, browser, seed)).title == "Your profile"


async def test_adding_a_key(world: World, browser: Browser, profile: Page) -> None:
    """R3: a passkey beside the app; an answer that does not fit, or one sent again, adds nothing."""
    asked = await browser.submit(profile, "/profile/key")
    assert asked.title == "Add a passkey or security key"
    bad = await browser.submit(asked, "/profile/key/confirm", credential='{"rawId": 7}')
    assert (bad.title, bad.codes) == ("Your profile", ["credential_refused"])
    asked = await browser.submit(bad, "/profile/key")
    made = json.dumps(SoftAuthenticator().create(asked.form("/profile/key/confirm").options, ORIGIN))
    page = await browser.submit(asked, "/profile/key/confirm", credential=made, name="")
    assert (page.title, await labels(world, "webauthn")) == ("Your profile", ["Security key"])
    again = await browser.submit(asked, "/profile/key/confirm", credential=made)
    assert (again.status, again.codes) == (409, ["enrolment_step_invalid"])
    assert await labels(world, "webauthn") == ["Security key"]


async def test_adding_a_key_needs_a_fresh_proof(world: World, browser: Browser, profile: Page) -> None:
    """R3: without one there are no options, and nothing was offered that could be answered."""
    await world.pass_time(timedelta(minutes=11))
    assert (await browser.submit(profile, "/profile/key")).title == "Show that it is you"
    token = profile.form("/sign-out").fields["form_token"]
    page = await browser.send("/profile/key/confirm", {"form_token": token, "credential": "{}"})
    assert page.codes == ["enrolment_step_invalid"]


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  My   phone\t", "My phone"),
        ("\u202eenohp\u2066", "enohp"),
        ("a\u200bb\x07\r\nc", "ab c"),
        ("Te\u0301le\u0301phone", "T\u00e9l\u00e9phone"),
        ("<b>\u2028", "<b>"),
    ],
)
async def test_names_are_cleaned(world: World, browser: Browser, profile: Page, typed: str, kept: str) -> None:
    """B26: a name is one line in which nothing hides or turns the rest around."""
    app = next(one for one in (await world.administration.read(world.ann)).factors if one.kind == "totp")
    page = await browser.submit(profile, "/profile/factors/rename", having={"factor": str(app.id)}, name=typed)
    assert (page.status, await labels(world, "totp")) == (200, [kept])
    assert "b" not in page.read.elements


@pytest.mark.parametrize("typed", ["", "   ", "\u202e", "x" * 61, "\u0301", "\0"])
async def test_what_is_no_name_is_refused_beside_its_field(
    world: World, browser: Browser, profile: Page, typed: str
) -> None:
    """An empty, invisible or endless name changes nothing and is told at the field."""
    app = next(one for one in (await world.administration.read(world.ann)).factors if one.kind == "totp")
    page = await browser.submit(profile, "/profile/factors/rename", having={"factor": str(app.id)}, name=typed)
    assert (page.status, page.codes) == (422, ["name_unsuitable"])
    assert f'id="refusal-name-{app.id}"' in page.html
    assert await labels(world, "totp") == ["Phone"]


async def test_nobody_elses_factor_gets_a_name(world: World, browser: Browser, profile: Page) -> None:
    """Only one's own present factors; the others look as if they were not there."""
    [key] = (await world.administration.read(world.kim)).factors
    codes = next(one for one in (await world.administration.read(world.ann)).factors if one.kind == "backup_codes")
    for factor in (str(key.id), str(codes.id), "nonsense"):
        page = await browser.submit(profile, "/profile/factors/rename", factor=factor, name="Mine")
        assert page.codes == ["factor_unknown"]
    assert [one.label for one in (await world.administration.read(world.kim)).factors] == ["Key"]


async def test_a_recovery_stops_names_and_keys_too(world: World, browser: Browser, profile: Page) -> None:
    """R36: while a recovery waits for its enrolment, an old session adds and names nothing."""
    offered = await browser.submit(profile, "/profile/key")
    await world.wipe(world.ann)
    made = json.dumps(SoftAuthenticator().create(offered.form("/profile/key/confirm").options, ORIGIN))
    for page in (
        await browser.submit(offered, "/profile/key/confirm", credential=made),
        await browser.submit(profile, "/profile/key"),
        await browser.submit(profile, "/profile/factors/rename", name="x"),
    ):
        assert (page.status, page.codes) == (403, ["enrolment_required"])
    assert (await world.administration.read(world.ann)).factors == []


async def test_where_sessions_are_and_ending_all_others(
    world: World, browser: Browser, open_browser: OpenBrowser, profile: Page
) -> None:
    """B15: one sees browser and address of each session; ending the others ends kept sign-ins too."""
    assert "Firefox, Linux" in profile.text
    assert "127.0.0.1" in profile.text
    assert FIREFOX not in profile.html
    other = open_browser()
    await sign_in(world, other)
    kept = await world.session(remember=True)
    page = await browser.get("/profile")
    assert page.text.count("Another session") == 2
    page = await browser.submit(page, "/profile/sessions/end-others")
    assert "Another session" not in page.text
    assert (await other.get("/profile")).path == "/sign-in"
    assert kept.refresh_token is not None
    assert (await world.administration.read(world.ann)).refresh_token_count == 0
    assert (await world.events(world.ann))[-1].data == {"sessions": 2, "refresh_tokens": 1, "by": "self"}


async def test_codes_as_a_file_without_a_script(world: World, browser: Browser) -> None:
    """R12: after enrolment and from the profile alike; a file, kept by no cache, that names nobody."""
    page, seed = await with_new_app(world, browser)
    shown = await browser.submit(page, "/enrol/codes")
    file = (await browser.submit(shown, "/enrol/codes/download")).answer
    assert file.status_code == 200
    assert file.headers["content-type"] == "text/plain; charset=utf-8"
    assert file.headers["content-disposition"] == 'attachment; filename="backup-codes.txt"'
    assert file.headers["cache-control"] == "no-store"
    assert file.text.split()[-10:] == backup_codes_on(shown)
    assert "ann" not in file.text.lower().replace("cannot", "")
    await browser.submit(shown, "/enrol/finish", saved="yes")
    world.clock.next_step()
    anew = await browser.submit(await browser.get("/profile"), "/profile/codes")
    assert (await browser.submit(anew, "/profile/codes/download")).answer.text.split()[-10:] == backup_codes_on(anew)
    asked = await browser.submit(anew, "/profile/codes/saved")
    assert (asked.title, asked.codes) == ("Have you saved your backup codes?", ["codes_not_saved"])
    assert (await browser.submit(asked, "/profile/codes/saved", saved="yes")).title == "Your profile"
    assert seed


@pytest.mark.parametrize("codes", ["", "hello", "<script>alert(1)</script> " * 10, "AAAA-BBBB-CCCC-DDDD " * 10])
async def test_no_file_of_anything_else(browser: Browser, profile: Page, codes: str) -> None:
    """Nobody can make our origin hand out a file of theirs: ten codes go back, in our own spelling, or nothing."""
    token = profile.form("/sign-out").fields["form_token"]
    page = await browser.send("/profile/codes/download", {"form_token": token, "codes": codes})
    assert (page.status, page.codes) == (400, ["form_invalid"])
    assert "content-disposition" not in page.answer.headers
