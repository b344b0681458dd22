"""Setting up a first factor by pages, between the password and the session."""

from __future__ import annotations

import json
from datetime import timedelta
from uuid import uuid4

import pytest

from directory import totp
from starter.soft_authenticator import SoftAuthenticator
from tests.directory.world import ORIGIN, World
from tests.directory_pages.browser import Browser, backup_codes_on, secret_on
from tests.directory_pages.conftest import OpenBrowser


@pytest.fixture(autouse=True)
async def tightened(world: World) -> None:
    """Opal, who has a password alone, is put under the policy."""
    await world.rollout.require_mfa(world.opal, uuid4())


async def test_from_the_password_to_the_profile_with_an_app(world: World, browser: Browser) -> None:
    """R40: the password leads to the choice, an app and the codes to a session; no secret is in any address."""
    page = await browser.sign_in("opal")
    assert (page.path, page.title) == ("/first-factor", "Choose your new factor")
    assert "now asks for a second factor" in page.text
    assert browser.cookie("session") == ""
    offered = await browser.submit(page, "/first-factor/app")
    secret = secret_on(offered)
    seed = totp.parse_seed(secret)
    again = await browser.submit(offered, "/first-factor/app/confirm", code="000000")
    assert (again.status, again.codes) == (422, ["wrong_code"])
    page = await browser.submit(again, "/first-factor/app/confirm", code=world.code(seed))
    assert (page.path, page.title) == ("/first-factor", "Get your backup codes")
    page = await browser.submit(page, "/first-factor/codes")
    codes = backup_codes_on(page)
    assert len(codes) == 10
    assert browser.cookie("session") == ""
    page = await browser.submit(page, "/first-factor/finish")
    assert page.codes == ["codes_not_saved"]
    page = await browser.submit(page, "/first-factor/finish", saved="yes")
    assert (page.path, page.title) == ("/first-factor/done", "Done")
    assert "72 hours" not in page.text
    assert (await browser.get("/profile")).title == "Your profile"
    assert browser.cookie("first_enrolment") == ""
    assert not any(one in url for one in (secret, *codes) for url in browser.urls)


async def test_with_a_key(browser: Browser) -> None:
    """The script hands the new key's answer to an ordinary form; a bad one leads back to the choice."""
    page = await browser.submit(await browser.sign_in("opal"), "/first-factor/key")
    refused = await browser.submit(page, "/first-factor/key/confirm", credential="{}")
    assert (refused.path, refused.codes) == ("/first-factor/key/confirm", ["credential_refused"])
    page = await browser.submit(refused, "/first-factor/key")
    made = SoftAuthenticator().create(page.form("/first-factor/key/confirm").options, ORIGIN)
    page = await browser.submit(page, "/first-factor/key/confirm", credential=json.dumps(made))
    assert page.title == "Get your backup codes"


async def test_another_browser_has_nothing_to_set_up(world: World, browser: Browser, open_browser: OpenBrowser) -> None:
    """It belongs to the browser that gave the password, and to none that only knows its form."""
    page = await browser.sign_in("opal")
    other = open_browser()
    await other.get("/sign-in")
    for shown in (
        await other.get("/first-factor"),
        await other.send("/first-factor/app", page.form("/first-factor/app").fields),
        await other.send("/first-factor/finish", {"saved": "yes"}),
    ):
        assert (shown.status, shown.codes) == (403, ["first_enrolment_over"])
        assert 'href="/sign-in"' in shown.html
    assert (await world.administration.read(world.opal)).factors == []


async def test_a_foreign_form_changes_nothing(world: World, browser: Browser) -> None:
    """B22: without the form's own token the step is shown again, and nothing was done."""
    await browser.sign_in("opal")
    page = await browser.send("/first-factor/codes", {"form_token": "x"})
    assert (page.status, page.codes) == (403, ["form_stale"])
    assert (await world.administration.read(world.opal)).factors == []


@pytest.mark.parametrize("ended", ["late", "recovery"])
async def test_what_is_over_leads_to_the_sign_in(world: World, browser: Browser, ended: str) -> None:
    """R35: after ten minutes, or when a recovery takes hold, the page says so and enrols nothing."""
    page = await browser.submit(await browser.sign_in("opal"), "/first-factor/app")
    seed = totp.parse_seed(secret_on(page))
    if ended == "late":
        await world.pass_time(timedelta(minutes=10))
    else:
        await world.granted(world.opal, "opal")
    page = await browser.submit(page, "/first-factor/app/confirm", code=world.code(seed))
    assert (page.status, page.title, page.codes) == (403, "Sign in again", ["first_enrolment_over"])
    assert (await world.administration.read(world.opal)).factors == []
    page = await browser.sign_in("opal")
    assert page.path == "/first-factor" if ended == "late" else page.codes == ["enrolment_required"]


async def test_after_it_the_factor_is_asked_for(world: World, browser: Browser) -> None:
    """A browser closed before the codes were saved is no second chance to set up a factor."""
    offered = await browser.submit(await browser.sign_in("opal"), "/first-factor/app")
    seed = totp.parse_seed(secret_on(offered))
    await browser.submit(offered, "/first-factor/app/confirm", code=world.code(seed))
    browser.client.cookies.clear()
    page = await browser.sign_in("opal")
    assert page.title == "Sign in: second factor"
    world.clock.next_step()
    page = await browser.submit(page, "/sign-in/factor", having={"kind": "totp"}, code=world.code(seed))
    assert page.title == "Your profile"
