"""Where requests enter: who it is comes from the bearer token alone, before a body is read (B04)."""

from __future__ import annotations

import re
from collections.abc import Callable, Coroutine
from typing import Annotated, Any, cast

from fastapi import Depends, Header, Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from fastapi.security import HTTPBearer

from domain.errors import InputRefused, NotSignedIn
from domain.refusal_codes import Code
from service.doors import Doors
from service.sessions import Session, authenticate, require_active
from starter.web_services import WebServices, services_of

_BEARER = re.compile(r"Bearer +([A-Za-z0-9_-]{1,200})", re.IGNORECASE | re.ASCII)
_KEY = re.compile(r"[\x20-\x7e]{1,200}")

Handler = Callable[[Request], Coroutine[Any, Any, Response]]
bearer = HTTPBearer(auto_error=False, description="The token that a sign-in returns")


class OpenDoor(APIRoute):
    """A route for everybody: unknown query parameters are refused, and every POST needs its Idempotency-Key."""

    def get_route_handler(self) -> Handler:
        """The usual handler behind the checks."""
        inner = super().get_route_handler()
        known = _query_names(self.dependant)

        async def handler(request: Request) -> Response:
            await self.enter(request)
            # Neither echoed nor believed.
            if not known.issuperset(request.query_params):
                raise RequestValidationError([{"type": "extra_forbidden", "loc": ("query", ""), "msg": ""}])
            return await inner(request)

        return handler

    async def enter(self, request: Request) -> None:
        """Raises what stops this request at the door."""
        if request.method == "POST":
            request.state.key = _key(request)


class SignedInDoor(OpenDoor):
    """A route for signed-in members, with their roles of this moment; a disabled account changes nothing."""

    async def enter(self, request: Request) -> None:
        """Raises `NotSignedIn` first of all."""
        doors = services_of(request).doors
        session = await authenticate(doors, _token(request))
        request.state.session = session
        await super().enter(request)
        if request.method == "POST":
            await require_active(doors, session)


def _query_names(dependant: Dependant) -> set[str]:
    names = {one.alias for one in dependant.query_params}
    return names.union(*(_query_names(inner) for inner in dependant.dependencies))


def _token(request: Request) -> str:
    given = request.headers.getlist("authorization")
    match = _BEARER.fullmatch(given[0]) if len(given) == 1 else None
    if match is None:
        raise NotSignedIn
    return match[1]


def _key(request: Request) -> str:
    given = request.headers.getlist("idempotency-key")
    if not given:
        raise InputRefused(Code.IDEMPOTENCY_KEY_MISSING, "Every POST needs a header Idempotency-Key.")
    if len(given) > 1 or not _KEY.fullmatch(given[0]):
        raise InputRefused(Code.IDEMPOTENCY_KEY_MALFORMED, "An Idempotency-Key is 1 to 200 printable ASCII characters.")
    return given[0]


def _session(request: Request) -> Session:
    return cast("Session", request.state.session)


def _doors(request: Request) -> Doors:
    return services_of(request).doors


Key = Annotated[
    str,
    Header(
        alias="Idempotency-Key",
        description="1 to 200 printable ASCII characters; the same key with the same content is one act",
        examples=["8a6f8d8e-3f4a-4c68-9a0e-5d6f0c1b2a3d"],
    ),
]
SignedIn = Annotated[Session, Depends(_session)]
TheDoors = Annotated[Doors, Depends(_doors)]
Services = Annotated[WebServices, Depends(services_of)]
