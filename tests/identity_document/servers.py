"""A provider and our API as real HTTP servers on loopback, and the caller's browser between them."""

from __future__ import annotations

import asyncio
import re
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import httpx2

from starter import serving
from starter.twins.identity_provider import Found, Grant, Twin
from tests.support import waiting

if TYPE_CHECKING:
    import socket
    from collections.abc import AsyncIterator, Awaitable, Callable

    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import ASGIApp

    Answer = Callable[[Request], Awaitable[Response]]


class Provider(Twin):
    """The twin, which misbehaves where a test says so."""

    instead: Answer | None = None
    changes: Callable[[dict[str, Any]], dict[str, Any]] | None = None
    signing: Callable[[dict[str, Any]], str] | None = None
    careless = False
    redeemed = 0

    async def token(self, request: Request) -> Response:
        self.redeemed += 1
        return await (self.instead(request) if self.instead else super().token(request))

    def is_proved(self, grant: Grant, verifier: str) -> bool:
        return self.careless or super().is_proved(grant, verifier)

    def claims(self, grant: Grant) -> dict[str, Any]:
        claims = super().claims(grant)
        return self.changes(claims) if self.changes else claims

    def signed(self, claims: dict[str, Any]) -> str:
        return self.signing(claims) if self.signing else super().signed(claims)


@asynccontextmanager
async def served(app: ASGIApp, bound: socket.socket) -> AsyncIterator[None]:
    """Serve the application on a bound socket."""
    server = serving._Server(serving._config(serving.Door("test", app, "127.0.0.1", 0)))
    task = asyncio.create_task(server.serve(sockets=[bound]))

    async def started() -> bool:
        return server.started

    try:
        await waiting.until(started)
        yield
    finally:
        server.should_exit = server.force_exit = True
        async with asyncio.timeout(10):
            await task


@dataclass
class Browser:
    """The caller's browser: opens the link, presses a button, and is sent back to us or not."""

    http: httpx2.AsyncClient

    async def asks(self, link: str, found: Found, name: tuple[str, str] = ("Kim", "Reyes")) -> str:
        """Go through the provider; returns the address that it sends the browser to."""
        page = await self.http.get(link)
        assert page.status_code == 200, page.text
        fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page.text))
        form = {**fields, "found": found.value, "given_name": name[0], "family_name": name[1]}
        target = urlsplit(link)
        answer = await self.http.post(f"{target.scheme}://{target.netloc}/authorize", data=form)
        assert answer.status_code == 303, answer.text
        return answer.headers["location"]

    async def goes(self, link: str, found: Found, name: tuple[str, str] = ("Kim", "Reyes")) -> httpx2.Response:
        """Go through the provider and back to us."""
        return await self.http.get(await self.asks(link, found, name))


def query_of(url: str) -> dict[str, str]:
    """The query's parameters."""
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
