"""GET shows the form, POST the case's status: a reference stands in no address, and in no log (R44)."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING

from domain.notice_words import clean
from postgres.errors import DatabaseError
from postgres.outages import BUSY, UNREACHABLE
from service import public_status
from starter.page_limits import PerMinute, client_of
from web.assets import Assets
from web.languages import COOKIE, NAMES, language_of
from web.rendering import Templates

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fastapi import FastAPI, Request, Response

    from store.ledger import Ledger

PATH = "/status"
_HERE = Path(__file__).parent
_LARGEST_FORM = 2_000
_LANGUAGE_SECONDS = 365 * 24 * 3600
_AWAY: tuple[type[Exception], ...] = (*UNREACHABLE, *BUSY, DatabaseError)


@dataclass(frozen=True, kw_only=True)
class StatusPage:
    """What the page stands on; `waiting_url` is the directory's recovery page, `secure` whether TLS leads here.

    Looks are counted before they are answered, and wrong ones once more: a flood of guesses finds no open case. It may
    keep a right one from being answered for a minute, which then says whom to call.
    """

    ledger: Ledger
    secure: bool
    help_line: str
    waiting_url: str
    looks: PerMinute
    wrong: PerMinute


def mount(app: FastAPI, page: StatusPage) -> None:
    """Add the page to an application; it stands in no OpenAPI document."""
    assets = Assets(f"{PATH}/assets")
    values = {"help_line": clean(page.help_line), "waiting_url": page.waiting_url, "path": PATH}
    site = _Site(page, Templates(_HERE / "templates", assets=assets, trusted_types=True, values=values))
    app.add_route(PATH, site.show, methods=["GET"], include_in_schema=False)
    app.add_route(PATH, site.answer, methods=["POST"], include_in_schema=False)
    for name in assets.names():
        app.add_route(f"{PATH}/assets/{name}", assets.endpoint(name), methods=["GET"], include_in_schema=False)


class _Site:
    def __init__(self, page: StatusPage, templates: Templates) -> None:
        self._page = page
        self._templates = templates

    async def show(self, request: Request) -> Response:
        """The empty form."""
        return self._form(language_of(request))

    async def answer(self, request: Request) -> Response:
        """The status, or the form with what is wrong; or, where a language was chosen, the same in that language."""
        if request.headers.get("sec-fetch-site", "same-origin") != "same-origin":
            # Nothing would be changed, but no other page's visitors are to use up a visitor's looks.
            return self._form(language_of(request))
        fields = await _fields(request)
        chosen = fields.get("language", "")
        language = chosen if chosen in NAMES else language_of(request)
        typed = fields.get("reference", "")
        shown = await self._status(request, typed, language) if typed.strip() else self._form(language)
        if chosen in NAMES:
            self._keep_language(shown, chosen)
        return shown

    async def _status(self, request: Request, typed: str, language: str) -> Response:
        client = client_of(request)
        if self._page.wrong.is_spent(client) or not self._page.looks.admit(client):
            return self._form(language, typed, trouble="too_many", status=HTTPStatus.TOO_MANY_REQUESTS)
        try:
            found = await public_status.look(self._page.ledger, typed)
        except _AWAY:
            return self._form(language, typed, trouble="away", status=HTTPStatus.SERVICE_UNAVAILABLE)
        if found is None:
            self._page.wrong.admit(client)
            # The same for one that never was, one of two cases, and one that ended long ago.
            return self._form(language, typed, trouble="unknown", status=HTTPStatus.NOT_FOUND)
        return self._templates.page("status.html", language=language, found=found, reference=found.reference)

    def _form(
        self, language: str, typed: str = "", *, trouble: str = "", status: HTTPStatus = HTTPStatus.OK
    ) -> Response:
        answer = self._templates.page("form.html", language=language, status=status, reference=typed, trouble=trouble)
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            answer.headers["Retry-After"] = "60"
        return answer

    def _keep_language(self, answer: Response, language: str) -> None:
        answer.set_cookie(
            COOKIE,
            language,
            max_age=_LANGUAGE_SECONDS,
            path="/",
            secure=self._page.secure,
            httponly=True,
            samesite="lax",
        )


async def _fields(request: Request) -> Mapping[str, str]:
    """The fields of the form; none for what is no small form, which is then answered with a fresh one."""
    content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if content_type != "application/x-www-form-urlencoded":
        return {}
    body = await request.body()
    if len(body) > _LARGEST_FORM:
        return {}
    form = await request.form(max_files=0)
    return {name: value for name, value in form.multi_items() if isinstance(value, str)}
