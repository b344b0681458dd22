"""Which path leads to which page; a refusal that no page shows itself becomes a page here."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from http import HTTPStatus

import asyncpg
from fastapi import FastAPI, Request, Response

from directory import errors
from directory.api.cookies import Cookies
from directory.errors import DirectoryError
from directory.pages import profile, sign_in, waiting
from directory.pages.enrolment import EnrolmentPages
from directory.pages.first_enrolment import FirstEnrolmentPages
from directory.pages.refusals import Refusal, refusal
from directory.pages.rendering import Assets, Renderer
from directory.pages.visit import Site, Visit
from directory.services import DirectoryServices
from postgres.errors import DatabaseError

Page = Callable[[Visit], Awaitable[Response]]

enrolment = EnrolmentPages()
first_enrolment = FirstEnrolmentPages()

SHOWN: dict[str, Page] = {
    "/sign-in": sign_in.show,
    "/waiting": waiting.show,
    "/enrol": enrolment.show,
    "/enrol/done": enrolment.show_done,
    "/first-factor": first_enrolment.show,
    "/first-factor/done": first_enrolment.show_done,
    "/profile": profile.show,
}
# Every change is a POST. The page of the same name is where a reload of the address leads.
POSTED: dict[str, Page] = {
    "/sign-in": sign_in.start,
    "/sign-in/factor": sign_in.finish,
    "/sign-out": sign_in.sign_out,
    "/waiting": waiting.begin,
    "/waiting/renew": waiting.renew,
    "/waiting/stop": waiting.stop,
    "/enrol/begin": enrolment.begin,
    "/enrol/password": enrolment.choose_password,
    "/enrol/app": enrolment.offer_app,
    "/enrol/app/confirm": enrolment.confirm_app,
    "/enrol/key": enrolment.offer_key,
    "/enrol/key/confirm": enrolment.confirm_key,
    "/enrol/codes": enrolment.issue_codes,
    "/enrol/finish": enrolment.finish,
    "/first-factor/app": first_enrolment.offer_app,
    "/first-factor/app/confirm": first_enrolment.confirm_app,
    "/first-factor/key": first_enrolment.offer_key,
    "/first-factor/key/confirm": first_enrolment.confirm_key,
    "/first-factor/codes": first_enrolment.issue_codes,
    "/first-factor/finish": first_enrolment.finish,
    "/profile/app": profile.offer_app,
    "/profile/app/confirm": profile.confirm_app,
    "/profile/codes": profile.regenerate_codes,
    "/profile/factors/remove": profile.remove_factor,
    "/profile/sessions/end": profile.end_session,
    "/profile/password": profile.change_password,
}
_UNREACHABLE = (OSError, DatabaseError, asyncpg.PostgresConnectionError, asyncpg.InterfaceError)
_NO_DATABASE = Refusal(
    sentence="The directory cannot be reached at the moment, so nothing was done. Try again shortly.",
    code="database_unreachable",
    status=HTTPStatus.SERVICE_UNAVAILABLE,
)


def mount(app: FastAPI, services: DirectoryServices) -> None:
    """Add the pages to the directory's application, beside its JSON API."""
    assets = Assets()
    site = Site(
        services=services,
        cookies=Cookies(secure=services.settings.secure_cookies),
        renderer=Renderer(site_name=services.settings.rp_name, assets=assets),
    )
    for path, page in SHOWN.items():
        _add(app, path, _endpoint(site, page), "GET")
    for path, page in POSTED.items():
        _add(app, path, _endpoint(site, page), "POST")
    for path in {"/", *POSTED} - set(SHOWN):
        _add(app, path, _endpoint(site, _to_its_page), "GET")
    for name in assets.names():
        _add(app, f"/assets/{name}", _asset(assets, name), "GET")


def _add(app: FastAPI, path: str, endpoint: Callable[[Request], Awaitable[Response]], method: str) -> None:
    app.add_route(path, endpoint, methods=[method], include_in_schema=False)


def _endpoint(site: Site, page: Page) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        visit = Visit(site, request)
        try:
            return await page(visit)
        except errors.SessionUnknown:
            return visit.go_to("/sign-in?next=/profile")
        except DirectoryError as error:
            return _refused(visit, refusal(error))
        except _UNREACHABLE:
            return _refused(visit, _NO_DATABASE)

    return endpoint


def _asset(assets: Assets, name: str) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(_: Request) -> Response:
        return assets.answer(name)

    return endpoint


def _refused(visit: Visit, refused: Refusal) -> Response:
    return visit.page("refused.html", refusal=refused, page=_page_of(visit))


async def _to_its_page(visit: Visit) -> Response:
    return visit.go_to(_page_of(visit))


def _page_of(visit: Visit) -> str:
    """The page that a path belongs to: its first segment, where there is such a page."""
    first = "/" + visit.request.url.path.split("/")[1]
    if first == "/sign-out":
        return "/sign-in"
    return first if first in SHOWN else "/profile"
