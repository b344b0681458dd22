"""One request of a browser to a page: who it is, what it sent, and the answer that goes back."""

from __future__ import annotations

import re
import secrets
from datetime import timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from starlette.responses import RedirectResponse

from domain.errors import InputRefused, NotSignedIn
from domain.refusal_codes import Code
from service import reading, sessions
from service.dry_run import file_of
from starter.console.navigation import entries_for
from starter.console.site import BASE
from starter.page_limits import client_of
from web.forms import form_token, read_form
from web.languages import COOKIE as LANGUAGE_COOKIE
from web.languages import NAMES, language_of, translated

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from domain.case_file import CaseFile
    from domain.texts import Text
    from service.doors import Doors
    from service.reading import Read
    from service.sessions import Session, SignedIn
    from starter.console.refusals import Refusal
    from starter.console.site import Site
    from starter.web_services import WebServices

_TOKEN = re.compile(r"[\w-]{43}", re.ASCII)
_BEARER = re.compile(r"[A-Za-z0-9_-]{1,200}", re.ASCII)
_KEY = re.compile(r"[\x21-\x7e]{1,200}")
# R01: a path of ours by its letters alone; no dot, back-slash, colon, query or second slash gets through.
_OWN_PATH = re.compile(BASE + r"(/[A-Za-z0-9_-]{1,80}){0,6}", re.ASCII)
_BROWSER_LIFETIME = timedelta(days=30)
_PREFERENCE_LIFETIME = timedelta(days=365)
BACKGROUND = "x-recovery-background"
"""Sent by what a page asks by itself, so that it does not count as use of the session."""


class Visit:
    """A request and what is known from it; nothing here is taken from a form before its token was checked."""

    def __init__(self, site: Site, request: Request) -> None:
        self.site = site
        self.request = request
        self.language = language_of(request)
        known = request.cookies.get(self._name("browser"), "")
        self._known_browser = known if _TOKEN.fullmatch(known) else None
        self._browser = self._known_browser or secrets.token_urlsafe(32)
        token = request.cookies.get(self._name("session"), "")
        self._token = token if _BEARER.fullmatch(token) else ""
        self._session: Session | None = None
        self.health = ""
        """Whether cases move at the moment, as `Health` says; empty for strangers."""
        self._successor: SignedIn | None = None
        self._file: CaseFile | None = None
        self._case: Read | None = None

    @property
    def services(self) -> WebServices:
        """What the API stands on, too."""
        return self.site.console.services

    @property
    def doors(self) -> Doors:
        """The doors' logic."""
        return self.services.doors

    @property
    def session(self) -> Session:
        """Who this is. Raises `NotSignedIn` on a page for strangers."""
        if self._session is None:
            raise NotSignedIn
        return self._session

    @property
    def token(self) -> str:
        """The session's token, for what asks again and again."""
        return self._token

    @property
    def is_signed_in(self) -> bool:
        """Whether it is known who this is."""
        return self._session is not None

    @property
    def is_part(self) -> bool:
        """Whether only the part of a page that changes is wanted."""
        return self.request.headers.get("hx-request") == "true"

    @property
    def client(self) -> str:
        """Where the request comes from, for limits only."""
        return client_of(self.request)

    def path(self, name: str) -> str:
        """A part of the request's path, as the route names it."""
        return str(self.request.path_params[name])

    def query(self, name: str) -> str:
        """What the address asks for; empty if nothing."""
        return self.request.query_params.get(name, "")

    def say(self, sentence: Text) -> str:
        """A sentence in the reader's language."""
        return translated(sentence, self.language)

    async def authenticate(self, *, by_itself: bool = False) -> None:
        """Know the person behind the cookie; what a page asks by itself is no use of it. Raises `NotSignedIn`."""
        if not self._token:
            raise NotSignedIn
        in_use = not by_itself and BACKGROUND not in self.request.headers
        self._session = await sessions.authenticate(self.doors, self._token, in_use=in_use)

    async def file(self) -> CaseFile:
        """The case that the path names, read once a request. Raises `CaseNotFound`."""
        if self._file is None:
            case_id = await reading.find_case(self.doors, self.session, self.path("case"))
            self._file = await file_of(self.doors, self.session, case_id)
        return self._file

    async def case(self) -> Read:
        """That case with the rest of what its pages show. Raises `CaseNotFound`, `Refused` for one's own."""
        if self._case is None:
            self._case = await reading.with_the_rest(self.doors, self.session, await self.file())
        return self._case

    async def form(self) -> dict[str, str]:
        """The posted fields. Raises `FormInvalid`, and `FormStale` for a form that is not ours to this browser."""
        return await read_form(self.request, browser=self._known_browser, bound_to=self._bound_to)

    def key(self, fields: dict[str, str]) -> str:
        """The form's own idempotency key: a second click is the same act. Raises `InputRefused`."""
        key = fields.pop("key", "")
        if not _KEY.fullmatch(key):
            raise InputRefused(Code.IDEMPOTENCY_KEY_MISSING, "The form has no key of its own; open the page again.")
        return key

    def page(self, template: str, *, refusal: Refusal | None = None, **context: Any) -> Response:
        """A page whose forms carry this browser's token; with a refusal, that one's status."""
        answer: Response = self.site.templates.page(
            template,
            language=self.language,
            status=refusal.status if refusal else HTTPStatus.OK,
            form_token=form_token(self._browser, self._bound_to),
            new_key=lambda: str(uuid4()),
            me=self._session,
            navigation=entries_for(self._session.actor) if self._session else (),
            here=self.request.url.path,
            refusal=refusal,
            health=self.health,
            **context,
        )
        if self._known_browser is None:
            # Lax, so that a link from elsewhere does not make the forms of other tabs stale.
            self._keep(answer, "browser", self._browser, _BROWSER_LIFETIME)
        return self.finished(answer)

    def go_to(self, path: str) -> Response:
        """On to another page of ours, by GET."""
        answer = RedirectResponse(path, status_code=HTTPStatus.SEE_OTHER, headers={"Cache-Control": "no-store"})
        return self.finished(answer)

    def go_to_case(self, reference: str) -> Response:
        """On to a case's page."""
        return self.go_to(f"{BASE}/cases/{reference}")

    def finished(self, answer: Response) -> Response:
        """The answer, with the cookie of a session that was renewed meanwhile."""
        if self._successor is not None:
            self.keep_session(answer, self._successor)
            self._successor = None
        return answer

    async def renew_session(self) -> None:
        """A new session token after a step-up."""
        self._successor = await sessions.succeed(self.doors, self.session)

    def keep_session(self, answer: Response, signed_in: SignedIn) -> None:
        """Make this browser the one that is signed in; the cookie ends with the browser, the session before."""
        self._keep(answer, "session", signed_in.token, None)

    def drop_session(self, answer: Response) -> None:
        """Make the browser forget who is signed in."""
        answer.delete_cookie(self._name("session"), path="/", secure=self.site.secure, httponly=True, samesite="lax")

    @property
    def tenant(self) -> str:
        """The organisation of the last sign-in; a suggestion, never an authority."""
        return self.request.cookies.get(self._name("tenant"), "")[:63] or self.site.console.tenant

    def remember_tenant(self, answer: Response, slug: str) -> None:
        """Suggest the organisation again next time."""
        self._keep(answer, "tenant", slug, _PREFERENCE_LIFETIME)

    def choose_language(self, answer: Response, language: str) -> None:
        """Speak this language from now on, if we can."""
        if language in NAMES:
            answer.set_cookie(
                LANGUAGE_COOKIE, language, max_age=int(_PREFERENCE_LIFETIME.total_seconds()), path="/",
                secure=self.site.secure, httponly=True, samesite="lax",
            )  # fmt: skip

    @property
    def _bound_to(self) -> str:
        # Not the token: that is renewed by every step-up, and the forms of other tabs shall live on.
        return f"{self._session.tenant_id}\0{self._session.actor.account_id}" if self._session else ""

    def _name(self, what: str) -> str:
        return f"__Host-recovery_{what}" if self.site.secure else f"recovery_{what}"

    def _keep(self, answer: Response, what: str, value: str, lifetime: timedelta | None) -> None:
        answer.set_cookie(
            self._name(what),
            value,
            max_age=None if lifetime is None else int(lifetime.total_seconds()),
            path="/",
            secure=self.site.secure,
            httponly=True,
            samesite="lax",
        )


def own_path(wanted: str) -> str:
    """The wanted destination if it is a path of the console, else its first page (R01)."""
    return wanted if _OWN_PATH.fullmatch(wanted) else BASE
