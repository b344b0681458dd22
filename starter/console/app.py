"""Which path leads to which page; a refusal that no page shows itself becomes a page here."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from pydantic import ValidationError

from domain.errors import NotSignedIn, RecoveryError
from postgres.errors import DatabaseError
from postgres.outages import BUSY, UNREACHABLE
from service.sessions import require_active
from starter.console import refusals
from starter.console.pages import PAGES
from starter.console.refusals import field_refusal, form_refusal, refusal
from starter.console.routes import Route
from starter.console.site import BASE, Console, Site, make_site
from starter.console.visit import Visit, own_path
from web.forms import FormInvalid, FormStale, is_embedded_elsewhere, is_foreign

if TYPE_CHECKING:
    from fastapi import FastAPI
    from starlette.requests import Request
    from starlette.responses import Response

    from starter.console.refusals import Refusal

_AWAY: tuple[type[Exception], ...] = (*UNREACHABLE, *BUSY, DatabaseError)


def mount(app: FastAPI, console: Console) -> None:
    """Add the console to the application of the API; it stands in no OpenAPI document.

    Its paths are asked before the API's: a page is looked for far more often, and no path belongs to both.
    """
    site = make_site(console)
    others = list(app.router.routes)
    app.router.routes.clear()
    for name in site.assets.names():
        app.add_route(f"{BASE}/assets/{name}", site.assets.endpoint(name), methods=["GET"], include_in_schema=False)
    shown = {route.path for page in PAGES for route in page.ROUTES if not route.post}
    for page in PAGES:
        for route in page.ROUTES:
            _add(app, route.path, _endpoint(site, route), "POST" if route.post else "GET")
            if route.post and route.path not in shown:
                # Where a reload of a form's answer, or the way back to it, leads.
                shown.add(route.path)
                _add(app, route.path, _endpoint(site, _reloaded(route)), "GET")
    _add(app, BASE + "/{anything:path}", _endpoint(site, _nowhere()), "GET")
    app.router.routes.extend(others)


def _add(app: FastAPI, path: str, endpoint: Callable[[Request], Awaitable[Response]], method: str) -> None:
    full = path if path.startswith(BASE) else BASE + path
    app.add_route(full, endpoint, methods=[method], include_in_schema=False)


def _endpoint(site: Site, route: Route) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        visit = Visit(site, request)
        try:
            return await _answer(visit, route)
        except NotSignedIn:
            return _to_sign_in(visit)
        except RecoveryError as error:
            return _refused(visit, refusal(error))
        except (FormInvalid, FormStale) as error:
            return _refused(visit, form_refusal(error))
        except ValidationError as error:
            return _refused(visit, field_refusal(error))
        except _AWAY:
            return _refused(visit, refusals.DATABASE_AWAY)

    return endpoint


async def _answer(visit: Visit, route: Route) -> Response:
    if route.post and is_foreign(visit.request, visit.site.console.origin):
        return _refused(visit, refusals.FOREIGN_FORM)
    if not route.post and is_embedded_elsewhere(visit.request):
        # Before the session is looked at: it would count as used, and as a look at the person whom the address names.
        return _refused(visit, refusals.FOREIGN_FORM)
    try:
        await visit.authenticate(by_itself=route.by_itself)
        visit.health = await visit.site.console.engine.health()
        if route.post:
            await require_active(visit.doors, visit.session)
    except NotSignedIn:
        if not route.stranger:
            raise
    return await route.page(visit)


def _to_sign_in(visit: Visit) -> Response:
    if visit.is_part:
        # A part cannot hold a sign-in page: the script goes there with the whole window.
        answer = visit.go_to(f"{BASE}/sign-in")
        answer.status_code = 401
        answer.headers["HX-Redirect"] = f"{BASE}/sign-in"
        return answer
    wanted = own_path(visit.request.url.path)
    return visit.go_to(f"{BASE}/sign-in?{urlencode({'next': wanted})}")


def _refused(visit: Visit, refused: Refusal) -> Response:
    return visit.page("refused.html", refusal=refused)


def _reloaded(route: Route) -> Route:
    async def back(visit: Visit) -> Response:
        return visit.go_to(own_path(visit.request.url.path.rpartition("/")[0]))

    return Route(path=route.path, page=back)


def _nowhere() -> Route:
    async def nowhere(visit: Visit) -> Response:
        return _refused(visit, refusals.NO_SUCH_PAGE)

    return Route(path="/{anything:path}", page=nowhere)
