"""GET shows the page and changes nothing; only a POST of its form objects (R24, B20)."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from fastapi import FastAPI, Request, Response
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException

from domain.notice_words import clean
from postgres.errors import DatabaseError
from postgres.outages import BUSY, UNREACHABLE
from service import objecting
from service.objecting import Objections
from service.stop_tokens import LinkUnknown
from starter.page_limits import PerMinute, client_of
from starter.stop_page.rendering import Renderer
from web.forms import is_foreign
from web.languages import language_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    Page = Callable[[Request], Awaitable[Response]]

PATH = "/stop/{token}"
_AWAY: tuple[type[Exception], ...] = (*UNREACHABLE, *BUSY, DatabaseError)


@dataclass(frozen=True, kw_only=True)
class StopPage:
    """What the page stands on. `origin` is its own as browsers see it: scheme, host and port."""

    door: Objections
    origin: str
    help_line: str
    wrong_tokens: PerMinute


def origin_of(base_url: str) -> str:
    """The origin of the stop page's public address."""
    parts = urlsplit(base_url)
    return f"{parts.scheme}://{parts.netloc}"


def mount(app: FastAPI, page: StopPage) -> None:
    """Add the page to an application; it stands in no OpenAPI document."""
    renderer = Renderer(help_line=clean(page.help_line))
    for method, act in (("GET", _show), ("POST", _confirm)):
        app.add_route(PATH, _guarded(page, renderer, act), methods=[method], include_in_schema=False)


def _guarded(
    page: StopPage, renderer: Renderer, act: Callable[[StopPage, Renderer, Request], Awaitable[Response]]
) -> Page:
    async def endpoint(request: Request) -> Response:
        try:
            return await act(page, renderer, request)
        except LinkUnknown:
            # Guesses cost their sender, and never keep a real link from working.
            if page.wrong_tokens.admit(client_of(request)):
                # The same for a link that expired and for one that never was.
                return renderer.page("unknown.html", language=language_of(request), status=HTTPStatus.NOT_FOUND)
            answer = renderer.page("too_many.html", language=language_of(request), status=HTTPStatus.TOO_MANY_REQUESTS)
            answer.headers["Retry-After"] = "60"
            return answer
        except _AWAY:
            return renderer.page("away.html", language=language_of(request), status=HTTPStatus.SERVICE_UNAVAILABLE)

    return endpoint


async def _show(page: StopPage, renderer: Renderer, request: Request) -> Response:
    token = request.path_params["token"]
    link = await objecting.look(page.door, token)
    return _form(page, renderer, request, link=link)


async def _confirm(page: StopPage, renderer: Renderer, request: Request) -> Response:
    token = request.path_params["token"]
    link = await objecting.look(page.door, token)
    if is_foreign(request, page.origin) or not await _is_our_form(page, request, token):
        return _form(page, renderer, request, link=link, status=HTTPStatus.FORBIDDEN)
    link, answer = await objecting.confirm(page.door, token)
    return renderer.page("done.html", language=language_of(request), link=_shown(link), answer=answer.value)


def _form(
    page: StopPage,
    renderer: Renderer,
    request: Request,
    *,
    link: objecting.StopLink,
    status: HTTPStatus = HTTPStatus.OK,
) -> Response:
    tokens, name = page.door.tokens, _cookie_name(page)
    known = request.cookies.get(name, "")
    cookie = known if tokens.is_cookie(known) else tokens.new_cookie()
    answer = renderer.page(
        "stop.html",
        language=language_of(request),
        status=status,
        link=_shown(link),
        form_token=tokens.form_token(request.path_params["token"], cookie),
        again=status is HTTPStatus.FORBIDDEN,
    )
    if cookie != known:
        answer.set_cookie(
            name, cookie, path="/", secure=page.origin.startswith("https:"), httponly=True, samesite="strict"
        )
    return answer


def _shown(link: objecting.StopLink) -> dict[str, str]:
    return {"tenant": clean(link.tenant), "reference": link.reference}


def _cookie_name(page: StopPage) -> str:
    return "__Host-recovery_stop" if page.origin.startswith("https:") else "recovery_stop"


async def _is_our_form(page: StopPage, request: Request, token: str) -> bool:
    cookie = request.cookies.get(_cookie_name(page), "")
    try:
        fields = await request.form(max_files=0, max_fields=5)
    except HTTPException as error:
        if error.status_code == HTTPStatus.BAD_REQUEST:
            return False
        raise
    given = fields.get("form", "")
    if isinstance(given, UploadFile):
        return False
    tokens = page.door.tokens
    return tokens.is_cookie(cookie) and tokens.is_form_token(given, token=token, cookie=cookie)
