"""The API's own routes, bodies, answers and problems, with what a test tells them in place of the services behind.

A request is judged by the models that judge it in the product, an answer has to be what its route gives, and a
refusal one that its route is documented to give: what drifts apart, on either side, fails the test that uses it.
"""

from __future__ import annotations

import asyncio
import re
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cache, partial, wraps
from http import HTTPStatus
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import httpx2
from fastapi import FastAPI
from fastapi.responses import StreamingResponse
from fastapi.routing import APIRoute
from pydantic import BaseModel

from domain.errors import CaseNotFound, RecoveryError
from starter.api import problems
from starter.api.app import PREFIX, ROUTERS
from starter.api.guards import BoundedBodies
from starter.statuses import status_of

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from starlette.routing import BaseRoute

Answer = BaseModel | RecoveryError | bytes | None
"""A body of the API's, a refusal, the bytes of a stream, or nothing where the route answers nothing."""


@dataclass(frozen=True)
class Asked:
    """One request as it arrived."""

    method: str
    path: str
    headers: dict[str, str]
    body: Any


@dataclass(frozen=True)
class Foreign:
    """What our API would never say: from a proxy, from another product's server, or from one that is no longer ours."""

    status: int
    content: bytes


_TOLD: ContextVar[Callable[[], Said]] = ContextVar("told")
"""What gives the answer to the request at hand."""


@dataclass(frozen=True)
class HeardLater:
    """A decision that is recorded, and whose case's workflow has not heard of it: 202 with the same body."""

    body: BaseModel


Said = Answer | HeardLater | Foreign


@dataclass
class StandIn:
    """Answers by method and path; the last answer told for a place is repeated, and what was not told is not there."""

    url: str = ""
    answers: dict[str, list[Said]] = field(default_factory=dict)
    requests: list[Asked] = field(default_factory=list)
    drop: int = 0
    """So many requests are read and then hung up on."""

    def tell(self, method: str, path: str, *answers: Said) -> None:
        """Answer so at /api/v1<path>."""
        route = _route(method, path)
        for answer in answers:
            _belongs(route, answer)
        self.answers.setdefault(f"{method} {PREFIX}{path}", []).extend(answers)

    def asked(self, method: str, path: str) -> list[Asked]:
        """The requests to a place."""
        return [one for one in self.requests if (one.method, one.path.partition("?")[0]) == (method, f"{PREFIX}{path}")]

    def respond(self, method: str, target: str, headers: dict[str, str], content: bytes) -> tuple[int, bytes]:
        """The status and body for one request: a foreign answer as it is, anything else through the real route."""
        place = f"{method} {target.partition('?')[0]}"
        if isinstance(foreign := self.answers.get(place, [None])[0], Foreign):
            self._next(place)
            return foreign.status, foreign.content
        _TOLD.set(partial(self._answer, place))
        return asyncio.run(_through_the_route(method, target, headers, content))

    def _answer(self, place: str) -> Said:
        if place not in self.answers:
            raise CaseNotFound
        answer = self._next(place)
        if isinstance(answer, RecoveryError):
            raise answer
        return answer

    def _next(self, place: str) -> Said:
        told = self.answers[place]
        return told.pop(0) if len(told) > 1 else told[0]


async def _through_the_route(method: str, target: str, headers: dict[str, str], content: bytes) -> tuple[int, bytes]:
    passed = {name: value for name, value in headers.items() if name.lower() not in {"host", "content-length"}}
    transport = httpx2.ASGITransport(_app(), raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url="http://api.test") as http:
        answer = await http.request(method, target, headers=passed, content=content)
    return answer.status_code, answer.content


@cache
def _app() -> FastAPI:
    """The API's routes with their bounds and problems, and what was told in place of what each asks the services."""
    app = FastAPI()
    app.state.services = SimpleNamespace(doors=None, stopping=None)
    for route in _routes():
        app.router.add_api_route(
            f"{PREFIX}{route.path}",
            _told(route),
            methods=sorted(route.methods or ()),
            response_model=route.response_model,
            response_class=route.response_class,
            status_code=route.status_code,
            responses=route.responses,
            route_class_override=type(route),
        )
    problems.install(app)
    app.add_middleware(BoundedBodies)
    return app


def _told(route: APIRoute) -> Callable[..., Coroutine[Any, Any, Any]]:
    @wraps(route.endpoint)
    async def told(**given: Any) -> object:
        found = _TOLD.get()()
        if isinstance(found, HeardLater):
            given["response"].status_code = HTTPStatus.ACCEPTED
            return found.body
        return StreamingResponse(iter([found])) if isinstance(found, bytes) else found

    return told


def _routes() -> list[APIRoute]:
    everything: list[BaseRoute] = [one for router in ROUTERS for one in router.routes]
    return [one for one in everything if isinstance(one, APIRoute)]


def _route(method: str, path: str) -> APIRoute:
    """The first route that fits, as the product's own matching takes it."""
    for route in _routes():
        if method in (route.methods or ()) and re.fullmatch(re.sub(r"\{[^}]+\}", "[^/]+", route.path), path):
            return route
    raise AssertionError(f"the API has no {method} {path}")


def _belongs(route: APIRoute, answer: Said) -> None:
    """An answer of ours is of the route's own model, and a refusal one that its documentation knows."""
    where = f"{sorted(route.methods or ())} {route.path}"
    if isinstance(answer, RecoveryError):
        assert status_of(answer) in route.responses, f"{where} is not documented to refuse with {answer.code}"
    elif isinstance(answer, BaseModel):
        assert isinstance(answer, route.response_model), f"{where} does not answer a {type(answer).__name__}"
    elif isinstance(answer, HeardLater):
        heard = route.responses.get(HTTPStatus.ACCEPTED, {}).get("model")
        assert heard
        assert isinstance(answer.body, heard), f"{where} is never heard later"
    elif isinstance(answer, bytes):
        assert route.response_class is StreamingResponse, f"{where} streams nothing"
    elif answer is None:
        assert route.status_code == HTTPStatus.NO_CONTENT, f"{where} answers something"
