"""A provider that is away, slow, broken or not who it says: a clear outcome, nothing lost, on the record (R14, R42)."""

from __future__ import annotations

import asyncio
import base64
import hmac
import json
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from connectors import oidc_provider
from starter.twins.identity_provider import Found
from tests.identity_document.servers import query_of
from tests.identity_document.test_checks import FINISHED, RETURNED, VERIFIED

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from tests.identity_document.conftest import Checking

STARTED = "recovery.identity_check_started"


async def test_no_check_starts_while_the_provider_is_down(at: Checking) -> None:
    """R42: the approver is told that the provider is away, nothing is written but the audit, and later it works."""
    case = await at.world.opened()
    await at.down()
    answer = await at.ask(case)
    assert (answer.status_code, answer.json()["code"]) == (503, "identity_provider_away")
    assert await at.codes(STARTED) == [("failure", "identity_provider_away")]
    assert await at.of(case) == []
    await at.up()
    await at.browser.goes((await at.start(case))["link"], Found.VERIFIED)
    assert await at.one(case) == ("verified", "verified")


async def test_a_provider_that_goes_down_in_between_loses_nothing(at: Checking) -> None:
    """R42: the caller may use the same link, and even the same answer, again."""
    case = await at.world.opened()
    back = await at.browser.asks((await at.start(case))["link"], Found.VERIFIED)
    await at.down()
    assert (await at.browser.http.get(back)).status_code == 503
    assert await at.one(case) == ("waiting", "identity_provider_away")
    assert await at.codes(RETURNED) == [("failure", "identity_provider_away")]
    await at.up()
    assert (await at.browser.http.get(back)).status_code == 200
    assert await at.one(case) == ("verified", "verified")


async def test_a_silent_provider_is_away(at: Checking) -> None:
    """R42: a provider that takes a request and does not answer is given up."""
    stuck = asyncio.Event()

    async def silent(_: Request) -> Response:
        await stuck.wait()
        return JSONResponse({})

    at.provider.instead = silent
    case = await at.world.opened()
    back = await at.browser.asks((await at.start(case))["link"], Found.VERIFIED)
    assert (await at.browser.http.get(back)).status_code == 503
    stuck.set()
    assert await at.one(case) == ("waiting", "identity_provider_away")
    at.provider.instead = None
    await at.browser.http.get(back)
    assert await at.one(case) == ("verified", "verified")


async def test_a_dribbling_provider_is_given_up(at: Checking, monkeypatch: pytest.MonkeyPatch) -> None:
    """R42: small pieces in time do not hold a check for ever: all answers of a step have one patience."""
    assert oidc_provider.patiently.__wrapped__.__defaults__ == (oidc_provider.PATIENCE_SECONDS,)  # type: ignore[attr-defined]
    given_up = asyncio.Event()

    async def dribble(_: Request) -> Response:
        await given_up.wait()
        return JSONResponse({})

    case = await at.world.opened()
    back = await at.browser.asks((await at.start(case))["link"], Found.VERIFIED)
    at.provider.instead = dribble
    # From here on: a machine that is busy may take its time for the steps before, which are not judged.
    monkeypatch.setattr(oidc_provider.patiently.__wrapped__, "__defaults__", (0.2,))  # type: ignore[attr-defined]
    assert (await at.browser.http.get(back)).status_code == 503
    given_up.set()


def answering(make: Callable[[], Response]) -> Callable[[Request], Any]:
    """A token endpoint that always answers so."""

    async def answer(_: Request) -> Response:
        return make()

    return answer


@pytest.mark.parametrize(
    ("make", "status", "found"),
    [
        (lambda: PlainTextResponse("<html>sign in first</html>"), 409, ("failed", "identity_answer_malformed")),
        (lambda: JSONResponse(["id_token"]), 409, ("failed", "identity_answer_malformed")),
        (lambda: JSONResponse({"id_token": 7}), 409, ("failed", "identity_answer_malformed")),
        (lambda: JSONResponse({"id_token": "x" * 300_000}), 409, ("failed", "identity_answer_malformed")),
        (lambda: PlainTextResponse("[" * 200_000), 409, ("failed", "identity_answer_malformed")),
        (lambda: JSONResponse({"id_token": "a.b.c"}), 409, ("failed", "identity_token_untrusted")),
        (lambda: JSONResponse({"id_token": "a.b.c.d.e"}), 409, ("failed", "identity_token_untrusted")),
        (lambda: JSONResponse({"error": "invalid_client"}, 401), 409, ("failed", "identity_login_refused")),
        (lambda: RedirectResponse("http://127.0.0.1:9/"), 409, ("failed", "identity_answer_malformed")),
        (lambda: JSONResponse({}, 500), 503, ("waiting", "identity_provider_away")),
        (lambda: JSONResponse({}, 429), 503, ("waiting", "identity_provider_away")),
    ],
)
async def test_garbage_has_a_clear_outcome(
    at: Checking, make: Callable[[], Response], status: int, found: tuple[str, str]
) -> None:
    """R42: whatever the provider answers to a code, the check has a state and a code, and no act is made."""
    case = await at.world.opened()
    started = await at.start(case)
    at.provider.instead = answering(make)
    assert (await at.browser.goes(started["link"], Found.VERIFIED)).status_code == status
    assert await at.one(case) == found
    assert await at.observed(case) == []
    assert await at.codes(FINISHED if found[0] == "failed" else RETURNED) == [("failure", found[1])]


def by_hand(header: dict[str, Any], claims: dict[str, Any], secret: bytes | None = None) -> str:
    """A token as an attacker writes it: unsigned, or with an HMAC; no library would help with that."""
    parts = [base64.urlsafe_b64encode(json.dumps(one).encode()).rstrip(b"=").decode() for one in (header, claims)]
    mac = hmac.digest(secret, ".".join(parts).encode(), "sha256") if secret else b""
    return ".".join([*parts, base64.urlsafe_b64encode(mac).rstrip(b"=").decode()])


STRANGER = ECKey.generate_key("P-256", {"kid": "stranger"}, private=True)


def signed_by_a_stranger(header: dict[str, Any], claims: dict[str, Any]) -> str:
    """A well-made token under a key that nobody published."""
    return jwt.encode(header, claims, STRANGER)


async def test_a_token_by_another_key_is_refused(at: Checking) -> None:
    """R14: a key that the provider does not publish vouches for nothing, also under the name of one that it does."""
    for kid in (at.provider.key.kid, "stranger"):
        header = {"alg": "ES256", "kid": kid}
        at.provider.signing = partial(signed_by_a_stranger, header)
        await refused(at, "identity_token_untrusted", subject="kim" if kid != "stranger" else "mara")


async def test_an_unsigned_token_is_refused(at: Checking) -> None:
    """R14: `alg` none is no signature."""
    at.provider.signing = lambda claims: by_hand({"alg": "none"}, claims)
    await refused(at, "identity_token_untrusted")


async def test_a_shared_secret_signs_nothing(at: Checking) -> None:
    """R14: HMAC with our own client secret or with the public key as text, which an attacker could have, is refused."""
    secrets = (at.issuer.client.client_secret.encode(), at.provider.key.as_pem(private=False))
    for subject, secret in zip(("kim", "mara"), secrets, strict=True):
        header = {"alg": "HS256", "kid": at.provider.key.kid}
        at.provider.signing = partial(by_hand, header, secret=secret)
        await refused(at, "identity_token_untrusted", subject=subject)


def stated(**more: Any) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """Claims with these instead; None leaves one out."""
    return lambda claims: {name: value for name, value in (claims | more).items() if value is not None}


def later(seconds: int, *names: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """Claims whose times are moved."""
    return lambda claims: claims | {name: claims[name] + seconds for name in names}


def verified(change: Callable[[Any], Any]) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """Claims whose verified claims are changed."""
    return lambda claims: claims | {"verified_claims": change(json.loads(json.dumps(claims["verified_claims"])))}


def without(*path: str) -> Callable[[Any], Any]:
    """Verified claims without the member at this path."""

    def change(content: Any) -> Any:
        place = content
        for name in path[:-1]:
            place = place[name]
        del place[path[-1]]
        return content

    return change


def no_document(content: Any) -> Any:
    """Verified claims that rest on something else."""
    content["verification"]["evidence"][0]["type"] = "vouch"
    return content


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        (stated(aud="somebody-else"), "identity_token_foreign"),
        (stated(aud=["acme", "somebody-else"]), "identity_token_foreign"),
        (stated(azp="somebody-else"), "identity_token_foreign"),
        (stated(aud=None), "identity_token_foreign"),
        (stated(iss="https://elsewhere.example"), "identity_token_foreign"),
        (stated(nonce="another"), "identity_nonce_mismatch"),
        (stated(nonce=None), "identity_nonce_mismatch"),
        (later(-7200, "iat", "exp"), "identity_token_stale"),
        (later(-1200, "iat"), "identity_token_stale"),
        (later(600, "iat", "exp"), "identity_token_stale"),
        (stated(exp=None), "identity_token_stale"),
        (stated(exp="tomorrow"), "identity_token_stale"),
        (stated(iat=None), "identity_token_stale"),
        (stated(nbf=2**40), "identity_token_stale"),
        (stated(sub=""), "identity_claims_missing"),
        (stated(verified_claims=None), "identity_claims_missing"),
        (verified(lambda content: [content, content]), "identity_claims_missing"),
        (verified(no_document), "identity_claims_missing"),
        (verified(without("claims", "family_name")), "identity_claims_missing"),
        (verified(without("verification", "time")), "identity_claims_missing"),
        (verified(without("verification", "trust_framework")), "identity_claims_missing"),
        (verified(without("verification", "evidence")), "identity_claims_missing"),
    ],
)
async def test_a_token_that_is_not_ours_is_refused(
    at: Checking, changes: Callable[[dict[str, Any]], dict[str, Any]], code: str
) -> None:
    """R14: issuer, audience, nonce, times and every claim that is judged must be there and be right."""
    at.provider.changes = changes
    await refused(at, code)


async def test_another_cases_answer_is_refused(at: Checking) -> None:
    """R14: a code from one case's link brings nothing to another's, by PKCE and, without it, by the nonce."""
    case, other = await at.world.opened(), await at.world.opened(subject="mara")
    theirs, ours = await at.start(case), await at.start(other)
    for careless, found in (
        (False, ("waiting", "identity_code_refused")),
        (True, ("failed", "identity_nonce_mismatch")),
    ):
        at.provider.careless = careless
        back = query_of(await at.browser.asks(theirs["link"], Found.VERIFIED, ("Mara", "Lindqvist")))
        mixed = back | {"state": query_of(ours["link"])["state"]}
        await at.browser.http.get(at.provider.redirect_uri, params=mixed)
        assert await at.one(other) == found
        assert await at.one(case) == ("waiting", None)
    assert await at.codes(RETURNED) == [("failure", "identity_code_refused")]
    assert await at.codes(FINISHED) == [("failure", "identity_nonce_mismatch")]


async def test_a_replayed_code_is_refused(at: Checking) -> None:
    """R14: a code that has served brings nothing to a fresh link of the same case, and does not use that link up."""
    case = await at.world.opened()
    first, second = await at.start(case), await at.start(case)
    back = query_of(await at.browser.asks(first["link"], Found.VERIFIED))
    await at.browser.http.get(at.provider.redirect_uri, params=back)
    replayed = back | {"state": query_of(second["link"])["state"]}
    assert (await at.browser.http.get(at.provider.redirect_uri, params=replayed)).status_code == 503
    states = {one["reference"]: (one["state"], one["code"]) for one in await at.of(case)}
    assert states[second["reference"]] == ("waiting", "identity_code_refused")
    assert await at.observed(case) == [VERIFIED]
    assert await at.codes(RETURNED) == [("failure", "identity_code_refused")]


async def test_a_row_moved_by_an_insider_is_worth_nothing(at: Checking) -> None:
    """R14: an owner of the database cannot turn one case's check into another's: the nonce holds case and check."""
    case, other = await at.world.opened(), await at.world.opened(subject="mara")
    started = await at.start(case)
    await at.world.owner.execute(
        "UPDATE recovery.identity_checks SET case_id = $2 WHERE id = $1",
        UUID(started["reference"]),
        UUID(other["id"]),
    )
    at.provider.careless = True
    await at.browser.goes(started["link"], Found.VERIFIED, ("Mara", "Lindqvist"))
    assert await at.one(other) == ("failed", "identity_nonce_mismatch")
    assert await at.observed(other) == []


async def test_new_keys_are_looked_for(at: Checking, monkeypatch: pytest.MonkeyPatch) -> None:
    """R14: after the provider has changed its key, a token under the new one is believed at once."""
    monkeypatch.setattr(oidc_provider, "KEYS_REST_SECONDS", -1.0)
    await at.issuer.keys()
    at.provider.key = ECKey.generate_key("P-256", {"kid": "new", "use": "sig", "alg": "ES256"}, private=True)
    case = await at.world.opened()
    await at.browser.goes((await at.start(case))["link"], Found.VERIFIED)
    assert await at.one(case) == ("verified", "verified")


@pytest.mark.parametrize(
    "changed",
    [
        {"issuer": "https://elsewhere.example"},
        {"token_endpoint": "http://elsewhere.example/token"},
        {"authorization_endpoint": "file:///etc/hostname"},
        {"jwks_uri": None},
    ],
)
async def test_a_configuration_that_is_not_the_issuers_is_refused(at: Checking, changed: dict[str, Any]) -> None:
    """R14: another issuer's document, or an address without TLS elsewhere, is not followed; the approver is told."""

    async def configuration(_: Request) -> Response:
        issuer = at.provider.issuer
        names = ("authorization_endpoint", "token_endpoint", "jwks_uri")
        return JSONResponse({"issuer": issuer, **dict.fromkeys(names, f"{issuer}/x"), **changed})

    await at.down()
    at.provider.app.router.routes.insert(0, Route("/.well-known/openid-configuration", configuration))
    await at.up()
    case = await at.world.opened()
    answer = await at.ask(case)
    assert (answer.status_code, answer.json()["code"]) == (502, "identity_answer_malformed")
    assert await at.codes(STARTED) == [("failure", "identity_answer_malformed")]
    assert await at.of(case) == []


async def refused(at: Checking, code: str, *, subject: str = "kim") -> None:
    """Go through the provider as it is now: the check ends as failed, with this code and without an act."""
    case = await at.world.opened(subject=subject)
    started = await at.start(case)
    assert (await at.browser.goes(started["link"], Found.VERIFIED)).status_code == 409
    assert await at.one(case) == ("failed", code)
    assert await at.observed(case) == []
    assert (await at.codes(FINISHED))[-1] == ("failure", code)
    assert (await at.verdict(case, started["reference"])).json()["code"] == "method_not_observed"
