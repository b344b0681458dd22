"""What every request meets first and every answer last: a bounded body, private headers, one line in the log."""

from __future__ import annotations

import time
from http import HTTPStatus

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from starter.api.problems import PRIVATE_HEADERS, problem
from starter.wishes.limits import LARGEST_IMPORT_BYTES

LARGEST_BODY_BYTES = 65_536
IMPORT_PATH = "/api/v1/directory/imports"

_LOG = structlog.get_logger(__name__)


class BoundedBodies:
    """Refuses a body that is too long before it is in memory: by its announced length, or as it arrives."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer 413."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        most = LARGEST_IMPORT_BYTES if scope["path"] == IMPORT_PATH else LARGEST_BODY_BYTES
        if _announced(scope) > most:
            answer = problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "body_too_large", headers={"Connection": "close"})
            await answer(scope, receive, send)
            return
        seen = 0

        async def receive_bounded() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > most:
                raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, headers={"Connection": "close"})
            return message

        await self._app(scope, receive_bounded, send)


class PrivateAnswers:
    """Completes the headers of every answer and writes one line about it; the path is the route's own, without ids."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status = time.monotonic(), 0

        async def send_private(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = int(message["status"])
                headers = MutableHeaders(scope=message)
                for name, value in PRIVATE_HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            await self._app(scope, receive, send_private)
        finally:
            path = getattr(scope.get("route"), "path", "unknown")
            duration = round((time.monotonic() - began) * 1000)
            _LOG.info("request", method=scope["method"][:10], path=path, status=status, duration_ms=duration)


def _announced(scope: Scope) -> int:
    text = Headers(scope=scope).get("content-length", "")
    return int(text) if text.isascii() and text.isdecimal() else 0
