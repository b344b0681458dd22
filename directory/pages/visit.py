"""One request of a browser to a page: its cookies, its form, and the answer that goes back."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from typing import Any
from uuid import UUID

from fastapi import Request, Response
from fastapi.responses import RedirectResponse

from directory import codes, sealing
from directory.api.cookies import Cookies
from directory.api.signed_in import keep_session
from directory.errors import DirectoryError, SealBroken
from directory.pages.forms import form_token, read_form
from directory.pages.refusals import Refusal
from directory.presence import CODE_LIFETIME
from directory.records import IssuedSession, PresenceStarted
from directory.services import DirectoryServices
from web.languages import COOKIE as LANGUAGE_COOKIE
from web.languages import NAMES, language_of
from web.rendering import Templates

# R01: where a sign-in may lead is one of these, compared as a whole; nothing is parsed.
DESTINATIONS = frozenset({"/profile", "/waiting", "/enrol"})
PAGES = frozenset({"/sign-in", "/waiting", "/enrol", "/first-factor", "/profile"})
LANGUAGE_FORM = "language"
_BROWSER_LIFETIME = timedelta(days=30)
_TENANT_LIFETIME = timedelta(days=365)
_LANGUAGE_LIFETIME = timedelta(days=365)
_TENANT = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_TOKEN = re.compile(r"[\w-]{43}", re.ASCII)
_CODE_OWNER = b"presence-code"


@dataclass(frozen=True)
class Site:
    """What every page needs."""

    services: DirectoryServices
    cookies: Cookies
    templates: Templates


class Visit:
    """A request and what is known from it; nothing here is taken from a form before its token was checked."""

    def __init__(self, site: Site, request: Request) -> None:
        self.services = site.services
        self.cookies = site.cookies
        self.request = request
        self.language = language_of(request)
        self._templates = site.templates
        known = request.cookies.get(site.cookies.name("browser"), "")
        self._known_browser = known if _TOKEN.fullmatch(known) else None
        self._browser = self._known_browser or codes.new_token()

    @property
    def tenant(self) -> str:
        """The organisation that the link or the last visit named; a suggestion, never an authority."""
        named = self.request.query_params.get("tenant") or self.request.cookies.get(self.cookies.name("tenant"), "")
        return named if _TENANT.fullmatch(named) else ""

    @property
    def destination(self) -> str:
        """Where a sign-in from this link leads."""
        return own_path(self.request.query_params.get("next", ""))

    async def form(self, *, bound_to: str = "") -> dict[str, str]:
        """The posted fields; raises `FormStale` unless they come from a page of ours to this very browser."""
        return await read_form(self.request, browser=self._known_browser, bound_to=bound_to)

    async def tenant_id(self, fields: dict[str, str], *, unknown: type[DirectoryError]) -> UUID:
        """The tenant that a form names; raises `unknown` where there is none."""
        found = await self.services.administration.tenant_id(fields.get("tenant", ""))
        if found is None:
            raise unknown
        return found

    def page(
        self,
        template: str,
        *,
        refusal: Refusal | None = None,
        bound_to: str = "",
        **context: Any,
    ) -> Response:
        """A page whose forms carry this browser's token; with a refusal, that one's status."""
        answer = self._templates.page(
            template,
            language=self.language,
            status=refusal.status if refusal else HTTPStatus.OK,
            form_token=form_token(self._browser, bound_to),
            # What answers a form cannot be had again by its address, so its language is not changed there.
            language_token="" if self.request.method == "POST" else form_token(self._browser, LANGUAGE_FORM),
            here=page_of(self.request.url.path),
            refusal=refusal,
            **context,
        )
        if self._known_browser is None:
            # Lax, so that a link from elsewhere does not make the forms of other tabs stale.
            self._keep(answer, "browser", self._browser, _BROWSER_LIFETIME)
        if refusal and refusal.status == HTTPStatus.TOO_MANY_REQUESTS:
            answer.headers["Retry-After"] = "60"
        return answer

    async def keep_session(self, answer: Response, issued: IssuedSession) -> None:
        """Give the browser its session, and keep where it was signed in from."""
        await keep_session(self.services, self.cookies, self.request, answer, issued)

    def go_to(self, path: str) -> Response:
        """On to another page of ours, by GET."""
        return RedirectResponse(path, status_code=HTTPStatus.SEE_OTHER, headers={"Cache-Control": "no-store"})

    def speak(self, answer: Response, language: str) -> None:
        """Use this language from now on, if it is one of ours."""
        if language in NAMES:
            answer.set_cookie(
                LANGUAGE_COOKIE,
                language,
                max_age=int(_LANGUAGE_LIFETIME.total_seconds()),
                path="/",
                secure=self.cookies.secure,
                httponly=True,
                samesite="lax",
            )

    def remember_tenant(self, answer: Response, slug: str) -> None:
        """Suggest the organisation again next time."""
        if _TENANT.fullmatch(slug):
            self._keep(answer, "tenant", slug, _TENANT_LIFETIME)

    def keep_waiting(self, answer: Response, started: PresenceStarted) -> None:
        """Make this the browser that waits, and let it show its code again on every refresh.

        The code is stored nowhere on our side. It stays with the browser, sealed under the browser's own
        presence token, so a code planted by an attacker is never shown as one to read out (R36, R44).
        """
        self.cookies.keep_presence(answer, started.browser_token)
        sealed = sealing.seal(started.code.encode(), key=_code_key(started.browser_token), owner=_CODE_OWNER)
        self._keep(answer, "code", base64.urlsafe_b64encode(sealed).decode(), CODE_LIFETIME)

    def presence_code(self, presence_token: str) -> str | None:
        """The code this browser was given, unless it is gone or not this presence's."""
        kept = self.request.cookies.get(self.cookies.name("code"), "")
        try:
            sealed = base64.urlsafe_b64decode(kept.encode("ascii"))
            return sealing.unseal(sealed, key=_code_key(presence_token), owner=_CODE_OWNER).decode()
        except (SealBroken, UnicodeEncodeError, binascii.Error):
            return None

    def stop_waiting(self, answer: Response) -> None:
        """Make the browser forget presence and code."""
        self.cookies.drop(answer, "presence")
        self.cookies.drop(answer, "code")

    def _keep(self, answer: Response, what: str, value: str, lifetime: timedelta) -> None:
        answer.set_cookie(
            self.cookies.name(what),
            value,
            max_age=int(lifetime.total_seconds()),
            path="/",
            secure=self.cookies.secure,
            httponly=True,
            samesite="strict" if what == "code" else "lax",
        )


def own_path(wanted: str) -> str:
    """The wanted destination if it is one of ours, else the profile (R01)."""
    return wanted if wanted in DESTINATIONS else "/profile"


def page_of(path: str) -> str:
    """The page that a path belongs to: its first segment, where there is such a page."""
    first = "/" + path.split("/")[1]
    if first == "/sign-out":
        return "/sign-in"
    return first if first in PAGES else "/profile"


def _code_key(presence_token: str) -> bytes:
    return hashlib.sha256(b"presence code shown\0" + presence_token.encode("utf-8", "backslashreplace")).digest()
