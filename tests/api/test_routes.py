"""Properties of every route at once: methods, tokens, keys, headers, and the OpenAPI document."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from starter.api.app import create_app

if TYPE_CHECKING:
    from fastapi import FastAPI

    from tests.api.world import ApiWorld

ROUTES = {
    "POST /api/v1/sign-in",
    "POST /api/v1/sign-in/finish",
    "POST /api/v1/sign-out",
    "GET /api/v1/me",
    "POST /api/v1/cases",
    "GET /api/v1/cases",
    "GET /api/v1/cases/{case}",
    "POST /api/v1/cases/{case}/codes",
    "POST /api/v1/cases/{case}/verdicts",
    "POST /api/v1/cases/{case}/presence-checks",
    "POST /api/v1/cases/{case}/presence",
    "POST /api/v1/cases/{case}/reset",
    "POST /api/v1/cases/{case}/cancel",
    "POST /api/v1/cases/{case}/step-ups",
    "POST /api/v1/cases/{case}/contacts/{contact_id}/reveal",
    "POST /api/v1/cases/{case}/identity-checks",
    "GET /api/v1/cases/{case}/identity-checks",
    "POST /api/v1/cases/{case}/ruling",
    "POST /api/v1/cases/{case}/release",
    "POST /api/v1/cases/{case}/break-glass",
    "POST /api/v1/cases/{case}/break-glass/review",
    "GET /api/v1/reviews",
    "GET /api/v1/directory/accounts",
    "POST /api/v1/directory/imports",
    "GET /api/v1/audit/check",
    "GET /api/v1/audit/events",
    "GET /api/v1/audit/export",
    "GET /api/v1/audit/keys",
    "GET /api/v1/policy",
    "POST /api/v1/campaigns",
    "GET /api/v1/campaigns",
    "GET /api/v1/campaigns/{campaign}",
    "POST /api/v1/campaigns/{campaign}/pause",
    "POST /api/v1/campaigns/{campaign}/resume",
    "POST /api/v1/campaigns/{campaign}/call-off",
    "GET /api/v1/policy/document",
    "GET /api/v1/policy/versions",
    "POST /api/v1/policy/check",
    "POST /api/v1/policy/step-ups",
    "POST /api/v1/policy/apply",
    "GET /api/v1/policy/proposals",
    "POST /api/v1/policy/proposals/{proposal}/step-ups",
    "POST /api/v1/policy/proposals/{proposal}/second",
    "POST /api/v1/policy/proposals/{proposal}/withdraw",
    "POST /api/v1/policy/explain",
    "GET /healthz",
}
OPEN = {"POST /api/v1/sign-in", "POST /api/v1/sign-in/finish", "GET /healthz"}
CHANGING = sorted(one for one in ROUTES if one.startswith("POST"))


def path_of(route: str) -> str:
    """The route with something in its places."""
    return re.sub(r"\{[a-z_]+\}", "3f2b8c1e-0000-4000-8000-000000000000", route.split()[1]).removeprefix("/api/v1")


def document() -> dict[str, Any]:
    """The OpenAPI document."""
    return create_app(None).openapi()  # type: ignore[arg-type] # the document needs no services


def test_document_lists_exactly_these_routes() -> None:
    """What the API offers is what its OpenAPI document says and what clients were promised."""
    documented = {f"{method.upper()} {path}" for path, item in document()["paths"].items() for method in item}
    assert documented == ROUTES


def test_document_tells_of_tokens_keys_and_problems() -> None:
    """Every operation but sign-in and health names the bearer scheme, every POST its key and a problem answer."""
    for path, item in document()["paths"].items():
        for method, operation in item.items():
            route = f"{method.upper()} {path}"
            assert bool(operation.get("security")) is (route not in OPEN), route
            headers = [one["name"] for one in operation.get("parameters", []) if one["in"] == "header"]
            assert ("Idempotency-Key" in headers) is (method == "post"), route
            if route != "GET /healthz":
                refused = operation["responses"]["401"]["content"]
                assert refused["application/problem+json"]["schema"] == {"$ref": "#/components/schemas/Problem"}


def test_document_speaks_of_the_api_alone() -> None:
    """What a docstring says to docs/rules.md ("R29: …") is no part of what clients read."""
    assert re.findall(r"R\d{1,2}: [A-Z][^\"]{0,40}", json.dumps(document())) == []


async def test_document_is_served(world: ApiWorld) -> None:
    """A stranger may read the document."""
    answer = await world.stranger().get("/openapi.json")
    assert answer.status_code == 200
    assert answer.json()["openapi"].startswith("3.")


@pytest.mark.parametrize("route", sorted(ROUTES - OPEN))
async def test_no_token_no_answer(route: str, world: ApiWorld) -> None:
    """Every route but sign-in and health answers 401 without a token, whatever else is sent."""
    method = route.split(maxsplit=1)[0]
    http = world.stranger().http
    for headers in ({}, {"Authorization": "Bearer rec_x"}, {"Authorization": "Basic eDp5"}):
        answer = await http.request(method, path_of(route), headers=headers, content=b"{not json")
        assert (answer.status_code, answer.json()["code"]) == (401, "not_signed_in")
        assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("route", CHANGING)
async def test_changes_need_post(route: str, world: ApiWorld) -> None:
    """A route that changes something refuses GET and HEAD, so that no link and no prefetch triggers it."""
    caller = await world.signed_in("ada")
    if path_of(route) in {"/cases", *(path_of(one) for one in ROUTES if one.startswith("GET"))}:
        return
    for method in ("GET", "HEAD", "PUT", "DELETE"):
        answer = await caller.http.request(method, path_of(route))
        assert answer.status_code in {404, 405}
        assert method == "HEAD" or answer.json()["code"] in {"method_not_allowed", "case_not_found"}


@pytest.mark.parametrize("route", CHANGING)
async def test_changes_need_a_key(route: str, world: ApiWorld) -> None:
    """Every POST without a proper Idempotency-Key is refused before its body is looked at."""
    http = (await world.signed_in("ari")).http
    answer = await http.post(path_of(route), content=b"{not json")
    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_missing")
    for key in ("", "x" * 201, "caf\xe9"):
        answer = await http.post(path_of(route), content=b"{}", headers={b"Idempotency-Key": key.encode("latin-1")})
        assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_malformed")
    answer = await http.post(path_of(route), headers=[("Idempotency-Key", "a"), ("Idempotency-Key", "b")])
    assert answer.json()["code"] == "idempotency_key_malformed"


@pytest.mark.parametrize("route", [one for one in CHANGING if not one.endswith("imports")])
async def test_unknown_fields_are_refused(route: str, world: ApiWorld) -> None:
    """B04: a field nobody asked for is refused on every POST, and its name and value are not echoed."""
    caller = await world.signed_in("ada")
    answer = await caller.post(path_of(route), {"approver_zz": "canary-value"})
    assert answer.status_code == 422
    assert answer.json()["code"] == "invalid_request"
    assert "canary" not in answer.text
    assert "approver_zz" not in answer.text


@pytest.mark.parametrize("route", sorted(ROUTES))
async def test_unknown_query_parameters_are_refused(route: str, world: ApiWorld) -> None:
    """B23: a tenant, role or actor in the query is refused on every route, not quietly ignored."""
    method, path = route.split()
    caller = await world.signed_in("ada")
    url = "http://api.test/healthz" if path == "/healthz" else path_of(route)
    answer = await caller.http.request(
        method, url, params={"tenant": "canary"}, headers={"Idempotency-Key": "k"}, content=b"{}"
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
    assert "canary" not in answer.text


async def test_every_answer_is_private(world: ApiWorld) -> None:
    """Answers of every kind forbid caches, frames and other origins, and CORS is never granted."""
    caller = await world.signed_in("ada")
    origin = {"Origin": "https://evil.example"}
    answers = [
        await caller.http.get("/me", headers=origin),
        await caller.http.get("/nowhere", headers=origin),
        await world.stranger().http.get("/me", headers=origin),
        await caller.http.post("/cases", content=b"x" * 70_000, headers=origin),
        await caller.http.options("/cases", headers={**origin, "Access-Control-Request-Method": "POST"}),
    ]
    for answer in answers:
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        assert not [name for name in answer.headers if name.startswith("access-control")]
    assert [answer.status_code for answer in answers] == [200, 404, 401, 413, 405]


async def test_health_says_what_answers(world: ApiWorld, app: FastAPI) -> None:
    """Without Temporal the doors stay open: acts are committed and delivered later."""
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://api.test") as http:
        world.bell.answers = False
        answer = await http.get("/healthz")
    assert answer.status_code == 200
    assert answer.json() == {"status": "ok", "database": "ok", "temporal": "unreachable"}
