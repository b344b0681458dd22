"""What no page may do, watched in every test: errors in scripts, broken policies, foreign requests, missing parts."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from playwright.async_api import BrowserContext, ConsoleMessage, Request, Response, WebError

_VIOLATIONS = """
document.addEventListener("securitypolicyviolation", (event) =>
  window.reportViolation(`${event.violatedDirective} ${event.blockedURI || ""} ${event.sample || ""}`));
"""
# Chromium's words for an answer of 4xx or 5xx; the answers themselves are judged below.
_FAILED_ANSWER = "Failed to load resource"
_MAY_BE_REFUSED = {"document", "fetch", "xhr", "eventsource"}


class Guard:
    """Watches one browser context; `problems` is what the test must fail on."""

    def __init__(self, origins: Collection[str]) -> None:
        self.problems: list[str] = []
        self.expected: set[int] = set()
        self.answers: list[Response] = []
        self._origins = origins

    def also_expected(self, url: str) -> None:
        """Another site's page that this test visits on purpose."""
        parts = urlsplit(url)
        self._origins = {*self._origins, f"{parts.scheme}://{parts.netloc}"}

    async def watch(self, context: BrowserContext) -> None:
        """From now on, in every page of the context."""
        await context.expose_binding("reportViolation", self._violation)
        await context.add_init_script(_VIOLATIONS)
        context.on("console", self._console)
        context.on("weberror", self._error)
        context.on("request", self._request)
        context.on("response", self._response)

    def _violation(self, source: Mapping[str, Any], what: str) -> None:
        self.problems.append(f"content policy violated: {what} on {source['page'].url}")

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not message.text.startswith(_FAILED_ANSWER):
            self.problems.append(f"console: {message.text} at {message.location}")

    def _error(self, error: WebError) -> None:
        self.problems.append(f"error in a script: {error.error}")

    def _request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme != "data" and f"{parts.scheme}://{parts.netloc}" not in self._origins:
            self.problems.append(f"foreign request: {request.method} {request.url}")

    def _response(self, response: Response) -> None:
        self.answers.append(response)
        kind = response.request.resource_type
        lowest = HTTPStatus.INTERNAL_SERVER_ERROR if kind in _MAY_BE_REFUSED else HTTPStatus.BAD_REQUEST
        if response.status >= lowest and response.status not in self.expected:
            self.problems.append(f"{response.status} for the {kind} {response.url}")
