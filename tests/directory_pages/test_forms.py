"""What changes something must come from a page of ours in this very browser; looking changes nothing."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

import asyncpg
import pytest

from directory.pages.routes import POSTED, SHOWN
from tests.directory.world import ORIGIN, World
from tests.directory_pages.browser import Browser
from tests.directory_pages.conftest import OpenBrowser
from tests.directory_pages.journey import at_the_factor, confirm, let_on

FORM = "application/x-www-form-urlencoded"
SAME = {"Origin": ORIGIN, "Sec-Fetch-Site": "same-origin"}


async def everything(owner: asyncpg.Connection) -> dict[str, Any]:
    """All rows of the directory, but for when something was last seen."""
    tables = await owner.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'directory' ORDER BY 1")
    return {
        name: await owner.fetchval(
            f"SELECT jsonb_agg(row ORDER BY row) FROM "
            f"(SELECT to_jsonb(t) - 'last_seen_at' - 'idle_until' AS row FROM directory.{name} AS t) AS rows"
        )
        for (name,) in tables
    }


async def signed_in(world: World, browser: Browser) -> None:
    """Ann, with password and app."""
    page = await browser.sign_in()
    world.clock.next_step()
    await browser.submit(page, "/sign-in/factor", having={"kind": "totp"}, code=world.code())
    assert browser.cookie("session")


async def prepared(world: World, browser: Browser, state: str) -> None:
    """A browser that has something to lose."""
    if state == "waiting":
        await browser.wait()
    elif state == "let on":
        await let_on(world, await confirm(world, await browser.wait()))
    elif state == "enrolling":
        page = await at_the_factor(world, browser)
        await browser.submit(page, "/enrol/app")
    elif state == "signed in":
        await signed_in(world, browser)


@pytest.mark.parametrize("state", ["new", "waiting", "let on", "enrolling", "signed in"])
async def test_looking_changes_nothing(world: World, browser: Browser, owner: asyncpg.Connection, state: str) -> None:
    """B20, B22: GET and HEAD on every path, three times and with method overrides, leave every row as it was."""
    await prepared(world, browser, state)
    before, cookie = await everything(owner), browser.cookie("session")
    for path in sorted({"/", *SHOWN, *POSTED}):
        for _ in range(3):
            for method in ("GET", "HEAD", "OPTIONS"):
                answer = await browser.client.request(
                    method, path, headers={"X-HTTP-Method-Override": "POST", "User-Agent": "MailScanner"}
                )
                assert answer.status_code < 500
                assert method == "OPTIONS" or answer.status_code in {200, 303, 403}
    assert await everything(owner) == before
    assert browser.cookie("session") == cookie


def refused_forms(own: str, foreign: str, stale: str) -> list[tuple[dict[str, str], dict[str, str]]]:
    """Headers and token of every post that must not count, though `own` is the right one."""
    return [
        (SAME, {}),
        (SAME, {"form_token": ""}),
        (SAME, {"form_token": foreign}),
        (SAME, {"form_token": stale}),
        (SAME, {"form_token": own[:-1]}),
        ({**SAME, "Sec-Fetch-Site": "cross-site"}, {"form_token": own}),
        ({**SAME, "Sec-Fetch-Site": "same-site"}, {"form_token": own}),
        ({"Origin": "null"}, {"form_token": own}),
        ({"Origin": "https://evil.example"}, {"form_token": own}),
        ({**SAME, "Content-Type": "text/plain"}, {"form_token": own}),
    ]


@pytest.mark.parametrize("state", ["new", "waiting", "let on", "enrolling", "signed in"])
async def test_a_form_of_another_page_does_nothing(
    world: World, browser: Browser, open_browser: OpenBrowser, owner: asyncpg.Connection, state: str
) -> None:
    """B22: a POST without this browser's token, or from another origin, is refused and leaves every row as it was."""
    anonymous = (await browser.get("/sign-in")).read.forms[0].fields["form_token"]
    await prepared(world, browser, state)
    foreign = (await open_browser().get("/sign-in")).read.forms[0].fields["form_token"]
    stale = "0" * 64 if state == "new" else anonymous
    own = await browser.get("/profile" if state == "signed in" else "/waiting")
    cases = refused_forms(own.read.forms[0].fields["form_token"], foreign, stale)
    before, cookie = await everything(owner), browser.cookie("session")
    for path in POSTED:
        for headers, token in cases:
            if stale == anonymous == token.get("form_token") and path in {"/sign-in", "/waiting", "/sign-in/factor"}:
                continue
            fields = {"tenant": world.slug, "login": "ann", "password": "x", "way": "identifier", **token}
            answer = await browser.client.post(
                path, content=urlencode(fields), headers={"Content-Type": FORM, **headers}
            )
            # 303 where there is no session or presence to act on.
            assert answer.status_code in {303, 400, 403, 409}, (path, headers, token)
    assert await everything(owner) == before
    assert browser.cookie("session") == cookie


async def test_a_token_ends_with_its_session(world: World, browser: Browser) -> None:
    """B22: a page kept from an earlier session of the same browser does nothing in the next one."""
    await signed_in(world, browser)
    old = await browser.get("/profile")
    await browser.submit(old, "/sign-out")
    await signed_in(world, browser)
    stale = await browser.submit(old, "/profile/codes")
    assert (stale.status, stale.codes, stale.title) == (403, ["form_stale"], "Your profile")
    assert (await browser.submit(stale, "/profile/codes")).title == "Save your new backup codes"


@pytest.mark.parametrize(
    "body",
    [
        b"login=%ED%A0%80",
        b"login=\xff",
        b"login=a&login=b",
        b"&".join(b"f%d=1" % number for number in range(30)),
        json.dumps({"login": "ann"}).encode(),
        b"",
    ],
)
async def test_a_broken_form_is_a_plain_refusal(browser: Browser, body: bytes) -> None:
    """B26: what no page of ours sends is refused with a page, never with a crash."""
    await browser.get("/sign-in")
    answer = await browser.client.post("/sign-in", content=body, headers={"Content-Type": FORM, **SAME})
    assert answer.status_code in {400, 403}
    assert "<h1>" in answer.text


async def test_every_page_keeps_out_of_caches_and_frames(world: World, browser: Browser) -> None:
    """B22: strict content policy, no frame, no cache, no referrer elsewhere; cookies out of reach of scripts."""
    await signed_in(world, browser)
    for path in SHOWN:
        answer = await browser.client.get(path)
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["cache-control"] == "no-store"
        # no-referrer would make browsers post our own forms with `Origin: null`.
        assert answer.headers["referrer-policy"] == "same-origin"
        assert "style=" not in answer.text
        assert "<script>" not in answer.text
        assert " on" + "click" not in answer.text
    fresh = await browser.client.get("/sign-in", headers={"Cookie": "x=y"})
    cookies = fresh.headers.get_list("set-cookie")
    assert len(cookies) == 1
    assert all(word in cookies[0].lower() for word in ("__host-", "httponly", "secure", "path=/", "samesite=lax"))


async def test_pages_name_their_step_and_label_their_fields(world: World, browser: Browser) -> None:
    """Every field has a label and says what a password manager may fill in; every title names the step."""
    pages = [await browser.get("/sign-in"), await browser.get("/waiting"), await browser.sign_in()]
    await signed_in(world, browser)
    pages.append(await browser.get("/profile"))
    assert len({page.title for page in pages}) == len(pages)
    for page in pages:
        assert page.read.lang == "en"
        assert page.read.visible_inputs
        assert page.read.visible_inputs <= page.read.labels
    wanted = {"username", "current-password", "new-password", "one-time-code"}
    found = {value for page in pages for form in page.read.forms for value in form.autocomplete.values()}
    assert wanted <= found


async def test_assets_are_ours_and_may_be_kept(browser: Browser) -> None:
    """The stylesheet and the one script come from our origin under an address that changes with their content."""
    page = await browser.get("/sign-in")
    address = page.html.partition('href="')[2].partition('"')[0]
    answer = await browser.client.get(address)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/css; charset=utf-8")
    assert "immutable" in answer.headers["cache-control"]
    assert "http" + "://" not in answer.text
    script = await browser.client.get("/assets/passkeys.js")
    assert script.headers["content-type"].startswith("text/javascript")
