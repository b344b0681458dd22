"""Talking to the HTTP API: one key for each act, reused when a connection breaks, and refusals told by their codes."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import quote, urlsplit
from uuid import uuid4

import httpx2

from starter.cli.errors import AnswerLost, AnswerUnreadable, ApiInsecure, ApiRefused, ApiUnreachable, ExitCode
from starter.cli.language import language, spoken

if TYPE_CHECKING:
    from types import TracebackType

Json = dict[str, Any]
TRIES = 3
_PAUSES_SECONDS = (0.2, 1.0)
_ANSWER_SECONDS = 60.0
_CONNECT_SECONDS = 5.0
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}
_CODE = re.compile(r"[a-z][a-z0-9_]{0,63}")
_EXIT_CODES = {
    401: ExitCode.NOT_SIGNED_IN,
    502: ExitCode.UNREACHABLE,
    503: ExitCode.UNREACHABLE,
    504: ExitCode.UNREACHABLE,
}


class Api:
    """The HTTP API under /api/v1 at one address, with or without a signed-in person's token."""

    def __init__(self, url: str, *, token: str | None = None, pause: Callable[[float], None] = time.sleep) -> None:
        local = urlsplit(url).hostname in _LOOPBACK
        if not local and urlsplit(url).scheme != "https":
            raise ApiInsecure
        self._pause = pause
        self._http = httpx2.Client(
            base_url=f"{url.rstrip('/')}/api/v1",
            headers={"Accept-Language": language(), **({"Authorization": f"Bearer {token}"} if token else {})},
            timeout=httpx2.Timeout(_ANSWER_SECONDS, connect=_CONNECT_SECONDS),
            # What is meant for this machine must not go through a proxy.
            trust_env=not local,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._http.close()

    def get(self, path: str, **parameters: object) -> Json:
        """GET. Raises `ApiRefused`, `ApiUnreachable`, `AnswerLost`, `AnswerUnreadable`."""
        given = {name: str(value) for name, value in parameters.items() if value is not None}
        return _content(self._send("GET", path, params=given))

    def post(self, path: str, body: Mapping[str, object] | None = None) -> Json:
        """POST once, however often the connection breaks: every try carries the same Idempotency-Key."""
        return _content(self._send("POST", path, json=dict(body or {}), headers={"Idempotency-Key": str(uuid4())}))

    @contextmanager
    def stream(self, path: str, **parameters: object) -> Iterator[Iterator[bytes]]:
        """GET something long, piece by piece; a connection that breaks within raises `AnswerLost`."""
        given = {name: str(value) for name, value in parameters.items() if value is not None}
        try:
            with self._http.stream("GET", path, params=given) as answer:
                if answer.is_error:
                    answer.read()
                    _content(answer)
                yield answer.iter_bytes()
        except httpx2.ConnectError:
            raise ApiUnreachable from None
        except httpx2.TransportError:
            raise AnswerLost from None

    def _send(self, method: str, path: str, **request: Any) -> httpx2.Response:
        sent = False
        for attempt in range(TRIES):
            if attempt:
                self._pause(_PAUSES_SECONDS[attempt - 1])
            try:
                return self._http.request(method, path, **request)
            except (httpx2.ConnectError, httpx2.ConnectTimeout):
                continue
            except httpx2.TransportError:
                sent = True
            except (httpx2.HTTPError, httpx2.InvalidURL):
                raise AnswerUnreadable from None
        # From None: the text of the cause may hold the address with its query.
        raise (AnswerLost if sent and method != "GET" else ApiUnreachable) from None


def part(text: str) -> str:
    """A value as one part of a path."""
    return quote(text, safe="")


def _content(answer: httpx2.Response) -> Json:
    if answer.status_code == httpx2.codes.NO_CONTENT:
        return {}
    try:
        content = answer.json()
    except ValueError:
        content = None
    if answer.is_error:
        raise _refusal(answer.status_code, content if isinstance(content, dict) else {})
    if not answer.is_success or not isinstance(content, dict):
        raise AnswerUnreadable
    return content


def _refusal(status: int, problem: Json) -> Exception:
    code = problem.get("code")
    if not isinstance(code, str) or not _CODE.fullmatch(code):
        return AnswerUnreadable()
    sentence = next(
        (text for name in ("detail", "title") if isinstance(text := problem.get(name), str) and text),
        spoken("Refused."),
    )
    named = ("case_id", "campaign_id", "rule")
    facts = [f"{name} {problem[name]}" for name in named if isinstance(problem.get(name), str)]
    if facts:
        sentence = f"{sentence} ({', '.join(facts)})"
    return ApiRefused(code, sentence, exit_code=_EXIT_CODES.get(status, ExitCode.REFUSED))
