"""A recovery as its subject sees it, by pages alone."""

from __future__ import annotations

import json
import logging
from datetime import timedelta
from uuid import uuid4

import pytest

from directory import totp
from directory.errors import PresenceCodeWrong
from tests.directory.world import ORIGIN, PASSWORD, World
from tests.directory_pages.browser import Browser, backup_codes_on, code_on, secret_on, without_nonces
from tests.directory_pages.conftest import OpenBrowser
from tests.directory_pages.journey import at_the_factor, confirm, let_on, with_new_app


async def test_the_whole_way_by_pages(world: World, browser: Browser, caplog: pytest.LogCaptureFixture) -> None:
    """R35, R36, R44: nothing opens before the grant, then app, codes and session; no secret in an address or log."""
    caplog.set_level(logging.DEBUG)
    waiting = await browser.wait()
    assert (waiting.title, waiting.path, waiting.read.refresh) == ("Your code", "/waiting", "5; url=/waiting")
    assert (await browser.get("/enrol")).codes == ["enrolment_not_granted"]
    presence_id = await confirm(world, waiting)
    assert (await browser.get("/waiting")).title == "Please wait"
    assert (await browser.get("/enrol")).status == 403
    await let_on(world, presence_id)
    page = await browser.get("/waiting")
    assert (page.path, page.title) == ("/enrol", "Set up your new factor")
    page = await browser.submit(page, "/enrol/begin")
    offered = await browser.submit(page, "/enrol/app")
    assert "<svg" in offered.html
    wrong = await browser.submit(offered, "/enrol/app/confirm", code="not it")
    assert (wrong.status, wrong.codes, "<svg" in wrong.html) == (422, ["wrong_code"], False)
    seed = totp.parse_seed(secret_on(offered))
    page = await browser.submit(wrong, "/enrol/app/confirm", code=world.code(seed))
    saved = await browser.submit(page, "/enrol/codes")
    assert len(backup_codes_on(saved)) == 10
    assert (await browser.submit(saved, "/enrol/finish")).codes == ["codes_not_saved"]
    done = await browser.submit(saved, "/enrol/finish", saved="yes")
    assert (done.title, done.path) == ("Done", "/enrol/done")
    assert (browser.cookie("presence"), browser.cookie("code")) == ("", "")
    profile = await browser.get("/profile")
    assert "10 left." in profile.text
    assert (await browser.submit(profile, "/sign-out")).path == "/sign-in"
    assert (await browser.get("/profile")).path == "/sign-in"
    world.clock.next_step()
    page = await browser.submit(
        await browser.sign_in(), "/sign-in/factor", having={"kind": "totp"}, code=world.code(seed)
    )
    assert page.title == "Your profile"
    secrets = [PASSWORD, code_on(waiting), code_on(waiting).replace(" ", "-"), secret_on(offered).replace(" ", "")]
    secrets += [*backup_codes_on(saved), browser.cookie("session"), browser.cookie("browser")]
    seen = "\n".join([*browser.urls, caplog.text])
    assert [one for one in secrets if not one or one in seen] == []


async def test_another_browser_gets_nowhere(world: World, browser: Browser, open_browser: OpenBrowser) -> None:
    """R36: with the same password, a second browser neither goes on nor enrols, whatever it sends."""
    other = open_browser()
    await other.wait()
    page = await at_the_factor(world, browser)
    assert (await other.get("/waiting")).title in {"Your code", "No longer waiting"}
    assert (await other.get("/enrol")).status == 403
    for form in page.read.forms:
        assert (await other.send(form.action, form.fields)).status == 403
    assert (await other.sign_in()).codes == ["enrolment_required"]
    assert (await browser.submit(page, "/enrol/app")).title == "Set up your app"


async def test_hostile_recovery_by_pages(world: World, browser: Browser) -> None:
    """R29, R30: by identifier alone, a new password is chosen, and the session comes only once the account is open."""
    await world.administration.disable(world.ann, "hostile", uuid4())
    await world.administration.invalidate_password(world.ann, uuid4())
    presence_id = await confirm(world, await browser.wait(password=None), password_required=False)
    await let_on(world, presence_id, choose_password=True)
    page = await browser.submit(await browser.get("/enrol"), "/enrol/begin")
    new = "a wholly new secret"
    for first, second, code in (
        (new, "another one typed", "repetition_differs"),
        (PASSWORD, PASSWORD, "password_reused"),
        ("short", "short", "password_unsuitable"),
    ):
        page = await browser.submit(page, "/enrol/password", new=first, again=second)
        assert (page.status, page.codes) == (422, [code])
    page = await browser.submit(page, "/enrol/password", new=new, again=new)
    offered = await browser.submit(page, "/enrol/app")
    seed = totp.parse_seed(secret_on(offered))
    page = await browser.submit(offered, "/enrol/app/confirm", code=world.code(seed))
    page = await browser.submit(await browser.submit(page, "/enrol/codes"), "/enrol/finish", saved="yes")
    assert page.title == "Almost done"
    assert (await browser.submit(page, "/enrol/finish")).title == "Almost done"
    assert browser.cookie("session") == ""
    await world.administration.enable(world.ann, uuid4())
    assert (await browser.submit(page, "/enrol/finish")).title == "Done"
    assert (await browser.get("/profile")).title == "Your profile"


async def test_enrolling_a_key_by_pages(world: World, browser: Browser) -> None:
    """R35: the script hands a key's answer to an ordinary form; a bad answer leads back to the choice."""
    page = await at_the_factor(world, browser)
    asked = await browser.submit(page, "/enrol/key")
    bad = await browser.submit(asked, "/enrol/key/confirm", credential='{"rawId": 7}')
    assert (bad.title, bad.codes) == ("Choose your new factor", ["credential_refused"])
    asked = await browser.submit(bad, "/enrol/key")
    made = world.key.create(asked.form("/enrol/key/confirm").options, ORIGIN)
    page = await browser.submit(asked, "/enrol/key/confirm", credential=json.dumps(made))
    assert page.title == "Get your backup codes"
    saved = await browser.submit(page, "/enrol/codes")
    assert (await browser.submit(saved, "/enrol/finish", saved="yes")).title == "Done"


async def test_the_code_stays_on_the_page_until_a_new_one_is_asked_for(world: World, browser: Browser) -> None:
    """R36: looking again shows the same code, a new one voids it, and an expired one can be replaced in place."""
    first = await browser.wait()
    again = await browser.get("/waiting")
    assert code_on(again) == code_on(first) != ""
    second = await browser.submit(again, "/waiting/renew")
    assert code_on(second) not in {"", code_on(first)}
    with pytest.raises(PresenceCodeWrong):
        await confirm(world, first)
    await world.pass_time(timedelta(minutes=10))
    over = await browser.get("/waiting")
    assert (over.title, over.read.refresh) == ("No longer waiting", "")
    third = await browser.submit(over, "/waiting/renew")
    await confirm(world, third)


async def test_who_did_not_ask_can_stop(world: World, browser: Browser) -> None:
    """R36: stopping voids the code that may have been read out already, and says whom to call."""
    page = await browser.wait()
    assert "Nobody will ask for your password" in page.text
    assert "I did not ask for this" in page.text
    stopped = await browser.submit(page, "/waiting/stop")
    assert "Call your help desk" in stopped.text
    with pytest.raises(PresenceCodeWrong):
        await confirm(world, page)
    assert (await browser.get("/waiting")).title == "Lost factor: begin"


async def test_a_planted_code_is_never_shown(world: World, browser: Browser, open_browser: OpenBrowser) -> None:
    """R36: an attacker's own code, put into the subject's browser, is not there to be read out."""
    attacker = open_browser()
    theirs = await attacker.wait()
    await browser.wait()
    for planted in (attacker.cookie("code"), code_on(theirs).replace(" ", "-"), "AAAA", "é"):
        await browser.get("/waiting")
        browser.client.cookies.delete("__Host-directory_code")
        header = f"__Host-directory_presence={browser.cookie('presence')}; __Host-directory_code={planted}"
        answer = await browser.client.get("/waiting", headers=[(b"Cookie", header.encode())])
        assert answer.status_code == 200
        assert "cannot be shown again" in answer.text
        assert code_on(theirs).split(" ")[0] not in answer.text


async def test_an_unknown_login_waits_like_any_other(browser: Browser) -> None:
    """B06: by identifier alone nobody learns who exists, and a wrong password sounds like an unknown login."""
    page = await browser.wait("nobody-of-that-name", None)
    assert (page.title, len(code_on(page))) == ("Your code", 14)
    await browser.submit(page, "/waiting/stop")
    unknown = await browser.wait("nobody-of-that-name", "wrong password")
    wrong = await browser.wait("ann", "wrong password")
    assert unknown.status == wrong.status == 422
    assert unknown.codes == wrong.codes == ["sign_in_refused"]
    assert without_nonces(unknown.html.replace("nobody-of-that-name", "ann")) == without_nonces(wrong.html)


async def test_an_old_page_sent_again_says_where_one_is(world: World, browser: Browser) -> None:
    """R35: with the back button an enrolment page can be sent again, changes nothing and gets a clear answer."""
    chosen = await at_the_factor(world, browser)
    offered = await browser.submit(chosen, "/enrol/app")
    seed = totp.parse_seed(secret_on(offered))
    codes_page = await browser.submit(offered, "/enrol/app/confirm", code=world.code(seed))
    for page, action in ((chosen, "/enrol/app"), (chosen, "/enrol/key"), (offered, "/enrol/app/confirm")):
        again = await browser.submit(page, action, code=world.code(seed))
        assert (again.status, again.codes) == (409, ["enrolment_step_invalid"])
        assert again.title == "Get your backup codes"
    saved = await browser.submit(codes_page, "/enrol/codes")
    await browser.submit(saved, "/enrol/finish", saved="yes")
    left = (await world.administration.read(world.ann)).backup_codes_left
    for page, action in ((chosen, "/enrol/app"), (codes_page, "/enrol/codes"), (saved, "/enrol/finish")):
        again = await browser.submit(page, action, saved="yes")
        assert (again.status, again.title, again.codes) == (403, "Nothing to set up here", ["enrolment_not_granted"])
    account = await world.administration.read(world.ann)
    assert (account.backup_codes_left, len(account.factors)) == (left, 2)
    assert (await browser.get("/enrol/app/confirm")).path == "/enrol"


async def test_lost_codes_can_be_shown_anew(world: World, browser: Browser) -> None:
    """R12: a subject who closed the page before saving gets ten other codes, until they say that they are saved."""
    page, _ = await with_new_app(world, browser)
    first = backup_codes_on(await browser.submit(page, "/enrol/codes"))
    page = await browser.get("/enrol")
    assert page.title == "Have you saved your backup codes?"
    second = backup_codes_on(await browser.submit(page, "/enrol/codes"))
    assert len({*first, *second}) == 20


async def test_past_the_window_the_pages_say_so(world: World, browser: Browser) -> None:
    """R37: after fifteen minutes neither a look nor a form gets any further."""
    page = await at_the_factor(world, browser)
    await world.pass_time(timedelta(minutes=15))
    for late in (await browser.get("/enrol"), await browser.submit(page, "/enrol/app")):
        assert (late.status, late.title, late.codes) == (403, "The time is over", ["enrolment_window_closed"])
    over = await browser.get("/waiting")
    assert over.title == "No longer waiting"
    begun = await browser.submit(over, "/waiting/renew")
    assert (begun.status, begun.codes, begun.title) == (409, ["presence_unusable"], "Lost factor: begin")
