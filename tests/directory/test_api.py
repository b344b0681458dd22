"""The JSON API: the same services behind cookies, problems and guards."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx2
import pytest

from directory import totp
from directory.app import create_app
from tests.directory.world import BACKUP_CODES, ORIGIN, PASSWORD, World

SAME = {"Origin": ORIGIN, "Sec-Fetch-Site": "same-origin"}


@pytest.fixture
async def browser(world: World) -> AsyncIterator[httpx2.AsyncClient]:
    """A browser at the directory's origin."""
    async with new_browser(world) as client:
        yield client


def new_browser(world: World) -> httpx2.AsyncClient:
    """Another browser, without cookies."""
    transport = httpx2.ASGITransport(app=create_app(world.services), raise_app_exceptions=False)
    return httpx2.AsyncClient(transport=transport, base_url=ORIGIN, headers=SAME, timeout=20)


async def sign_in(world: World, browser: httpx2.AsyncClient, **options: Any) -> httpx2.Response:
    """Ann signs in with her app."""
    started = await browser.post("/api/sign-in", json={"tenant": world.slug, "login": "ann", "password": PASSWORD})
    assert started.status_code == 200, started.text
    response = {"kind": "totp", "code": world.fresh_totp().code}
    return await browser.post(
        "/api/sign-in/finish", json={"transaction": started.json()["transaction"], "response": response, **options}
    )


async def test_sign_in_and_out(world: World, browser: httpx2.AsyncClient) -> None:
    """Session as a `__Host-` cookie that scripts cannot read; after sign-out it is dead."""
    finished = await sign_in(world, browser, remember=True)
    assert finished.json() == {"state": "signed_in"}
    cookies = finished.headers.get_list("set-cookie")
    assert len(cookies) == 2
    for cookie in cookies:
        assert cookie.startswith("__Host-directory_")
        assert {"HttpOnly", "Secure", "Path=/", "SameSite=strict"} <= set(cookie.split("; "))
        assert "domain" not in cookie.lower()
    who = await browser.get("/api/whoami")
    assert who.json()["login"] == "ann"
    assert who.headers["cache-control"] == "no-store"
    session = browser.cookies["__Host-directory_session"]
    await browser.post("/api/sign-out")
    assert (await browser.get("/api/whoami")).json()["code"] == "session_unknown"
    browser.cookies.set("__Host-directory_session", session)
    assert (await browser.get("/api/whoami")).status_code == 401
    browser.cookies.delete("__Host-directory_session")
    assert (await browser.post("/api/token/refresh")).status_code == 200
    assert (await browser.get("/api/whoami")).status_code == 200


async def test_recovery_through_the_api(world: World, browser: httpx2.AsyncClient) -> None:
    """R36: the browser that waited goes on to enrol; another one with the same password does not."""
    begun = await browser.post("/api/presence", json={"tenant": world.slug, "login": "ann", "password": PASSWORD})
    view = await world.administration.confirm_presence(world.ann, begun.json()["code"], password_required=True)
    assert (await browser.get("/api/presence")).json()["state"] == "confirmed"
    await world.wipe(world.ann)
    until = await world.now() + timedelta(minutes=15)
    await world.administration.require_enrolment(world.ann, view.id, until, True, uuid4())
    assert (await browser.get("/api/presence")).json()["state"] == "go_on"
    async with new_browser(world) as other:
        await other.post("/api/presence", json={"tenant": world.slug, "login": "ann", "password": PASSWORD})
        assert (await other.post("/api/enrolment/begin")).json()["code"] == "enrolment_not_granted"
    assert (await browser.post("/api/enrolment/begin")).json()["next"] == "password"
    chosen = await browser.post("/api/enrolment/password", json={"password": "a wholly new secret"})
    assert chosen.json()["next"] == "factor"
    offered = (await browser.post("/api/enrolment/totp")).json()
    code = world.code(totp.parse_seed(offered["secret"]))
    confirmed = await browser.post("/api/enrolment/totp/confirm", json={"code": code})
    assert confirmed.json()["next"] == "backup_codes"
    assert len((await browser.post("/api/enrolment/backup-codes")).json()["codes"]) == 10
    assert (await browser.post("/api/enrolment/finish")).json()["state"] == "signed_in"
    assert (await browser.get("/api/whoami")).json()["login"] == "ann"


async def test_profile_through_the_api(world: World, browser: httpx2.AsyncClient) -> None:
    """R3: change the app, regenerate codes, list and end sessions."""
    await sign_in(world, browser)
    assert len((await browser.get("/api/profile/factors")).json()) == 6
    offered = (await browser.post("/api/profile/totp", json={})).json()
    code = world.code(totp.parse_seed(offered["secret"]))
    assert (await browser.post("/api/profile/totp/confirm", json={"code": code})).status_code == 200
    assert len((await browser.post("/api/profile/backup-codes", json={})).json()["codes"]) == 10
    [session] = (await browser.get("/api/profile/sessions")).json()
    assert (await browser.delete(f"/api/profile/sessions/{session['id']}")).status_code == 200
    assert (await browser.get("/api/profile/sessions")).status_code == 401


async def test_step_up_through_the_api(world: World, browser: httpx2.AsyncClient) -> None:
    """B24: a stale session is asked for a proof, and a backup code will do at one's own profile."""
    await sign_in(world, browser)
    await world.pass_time(timedelta(minutes=11))
    assert (await browser.post("/api/profile/totp", json={})).json()["code"] == "step_up_required"
    started = (await browser.post("/api/profile/step-up")).json()
    answer = {"transaction": started["transaction"], "response": {"kind": "backup_code", "code": BACKUP_CODES[0]}}
    assert (await browser.post("/api/profile/totp", json={"step_up": answer})).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example.test"},
        {"Origin": "null"},
        {"Origin": ORIGIN, "Sec-Fetch-Site": "cross-site"},
        {"Origin": ORIGIN, "Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
    ],
)
async def test_foreign_origins_change_nothing(world: World, headers: dict[str, str]) -> None:
    """A page of another origin, or of a sibling one, is refused before the body is read."""
    transport = httpx2.ASGITransport(app=create_app(world.services))
    async with httpx2.AsyncClient(transport=transport, base_url=ORIGIN, headers=headers) as client:
        answer = await client.post("/api/sign-out")
    assert (answer.status_code, answer.json()["code"]) == (403, "cross_origin")


HOSTILE_BODIES = [
    b"", b"{", b"[]", b"null", b'"x"', b"\xff\xfe", b"[" * 60_000, b'{"tenant":' * 6_000, b"1" * 5_000,
    b'{"tenant":"\\ud800","login":"x","password":"x"}', b'{"tenant":"x","login":"a\\u0000b","password":"x"}',
    b'{"tenant":"x","login":"x","password":"\\udfff"}', b'{"tenant":1,"login":2,"password":3}',
    b'{"tenant":"x","login":"x","password":"x","canary":"canary"}', b"NaN", b'{"tenant":"x"}',
]  # fmt: skip


@pytest.mark.parametrize("path", ["/api/sign-in", "/api/presence", "/api/enrolment/password", "/api/profile/contacts"])
@pytest.mark.parametrize("body", HOSTILE_BODIES)
async def test_hostile_bodies(browser: httpx2.AsyncClient, path: str, body: bytes) -> None:
    """B26: bad JSON, NUL, lone surrogates, depth and unknown fields are 4xx problems that quote nothing."""
    answer = await browser.post(path, content=body, headers={"Content-Type": "application/json"})
    assert 400 <= answer.status_code < 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"]
    assert "canary" not in answer.text


async def test_large_bodies(browser: httpx2.AsyncClient) -> None:
    """B26: more than 64 KB is refused, announced or not."""

    async def trickle() -> AsyncIterator[bytes]:
        for _ in range(70):
            yield b" " * 1024

    for content in (b" " * 70_000, trickle()):
        answer = await browser.post("/api/sign-in", content=content, headers={"Content-Type": "application/json"})
        assert answer.status_code == 413


@pytest.mark.parametrize("code", ["12345", 12345, "０１２３４５", "●●●●●●", None, [], {}, "9" * 1000, "\ud800"])  # noqa: RUF001
async def test_strange_codes_through_the_api(world: World, browser: httpx2.AsyncClient, code: Any) -> None:
    """B28: a clean, counted wrong code, never a 500; a number does not become a string."""
    started = await browser.post("/api/sign-in", json={"tenant": world.slug, "login": "ann", "password": PASSWORD})
    body = {"transaction": started.json()["transaction"], "response": {"kind": "totp", "code": code}}
    content = json.dumps(body).encode()
    answers = [
        await browser.post("/api/sign-in/finish", content=content, headers={"Content-Type": "application/json"})
        for _ in range(6)
    ]
    assert [one.json()["code"] for one in answers] == ["wrong_code"] * 5 + ["throttled"]
    assert answers[5].headers["retry-after"]


async def test_a_strange_cookie_is_no_session(browser: httpx2.AsyncClient) -> None:
    """Rubbish in a cookie is an unknown session, not an error of ours."""
    for value in ("", "x", "%00", "a" * 5000, "\u00e4".encode().decode("latin-1")):
        cookie = f"__Host-directory_session={value}".encode("latin-1")
        answer = await browser.get("/api/whoami", headers={b"Cookie": cookie})
        assert (answer.status_code, answer.json()["code"]) == (401, "session_unknown")


async def test_unknown_paths_and_methods_are_problems(browser: httpx2.AsyncClient) -> None:
    """RFC 9457 also for what is not there."""
    assert (await browser.get("/api/nothing")).json()["code"] == "not_found"
    assert (await browser.get("/api/sign-in")).json()["code"] == "method_not_allowed"


async def test_tenants_that_are_not_there(browser: httpx2.AsyncClient) -> None:
    """An unknown tenant is refused at sign-in like a wrong password, and is unknown for presence."""
    body = {"tenant": "nobody", "login": "ann", "password": PASSWORD}
    assert (await browser.post("/api/sign-in", json=body)).json()["code"] == "sign_in_refused"
    assert (await browser.post("/api/presence", json=body)).json()["code"] == "tenant_unknown"


async def test_a_first_factor_over_the_api(world: World, browser: httpx2.AsyncClient) -> None:
    """R40: the password is answered by the need to enrol; the session comes at the end, to that browser alone."""
    await world.rollout.require_mfa(world.opal, uuid4())
    started = await browser.post("/api/sign-in", json={"tenant": world.slug, "login": "opal", "password": PASSWORD})
    assert started.json()["state"] == "first_enrolment"
    async with new_browser(world) as other:
        assert (await other.post("/api/first-enrolment/totp")).json()["code"] == "first_enrolment_over"
    assert (await browser.get("/api/first-enrolment")).json()["next"] == "factor"
    assert (await browser.get("/api/enrolment")).json()["code"] == "enrolment_not_granted"
    offered = (await browser.post("/api/first-enrolment/totp")).json()
    code = world.code(totp.parse_seed(offered["secret"]))
    confirmed = await browser.post("/api/first-enrolment/totp/confirm", json={"code": code})
    assert confirmed.json()["next"] == "backup_codes"
    assert len((await browser.post("/api/first-enrolment/backup-codes")).json()["codes"]) == 10
    assert (await browser.get("/api/whoami")).status_code == 401
    assert (await browser.post("/api/first-enrolment/finish")).json() == {"state": "signed_in"}
    assert (await browser.get("/api/whoami")).json()["login"] == "opal"
