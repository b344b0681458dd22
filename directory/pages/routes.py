"""Which path leads to which page; a refusal that no page shows itself becomes a page here."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from http import HTTPStatus

import asyncpg
from fastapi import FastAPI, Request, Response

from directory import errors
from directory.api.cookies import Cookies
from directory.errors import DirectoryError
from directory.pages import profile, profile_factors, sign_in, waiting
from directory.pages.enrolment import EnrolmentPages
from directory.pages.first_enrolment import FirstEnrolmentPages
from directory.pages.refusals import Refusal, refusal
from directory.pages.rendering import read_assets, read_templates
from directory.pages.visit import LANGUAGE_FORM, Site, Visit, page_of
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
    "/enrol/codes/download": enrolment.download_codes,
    "/enrol/finish": enrolment.finish,
    "/first-factor/app": first_enrolment.offer_app,
    "/first-factor/app/confirm": first_enrolment.confirm_app,
    "/first-factor/key": first_enrolment.offer_key,
    "/first-factor/key/confirm": first_enrolment.confirm_key,
    "/first-factor/codes": first_enrolment.issue_codes,
    "/first-factor/codes/download": first_enrolment.download_codes,
    "/first-factor/finish": first_enrolment.finish,
    "/profile/app": profile_factors.offer_app,
    "/profile/app/confirm": profile_factors.confirm_app,
    "/profile/key": profile_factors.offer_key,
    "/profile/key/confirm": profile_factors.confirm_key,
    "/profile/codes": profile_factors.regenerate_codes,
    "/profile/codes/download": profile_factors.download_codes,
    "/profile/codes/saved": profile_factors.codes_saved,
    "/profile/factors/rename": profile_factors.rename,
    "/profile/factors/remove": profile_factors.remove,
    "/profile/sessions/end": profile.end_session,
    "/profile/sessions/end-others": profile.end_other_sessions,
    "/profile/password": profile.change_password,
}
_LANGUAGE = "/language"
_UNREACHABLE = (OSError, DatabaseError, asyncpg.PostgresConnectionError, asyncpg.InterfaceError)
_NO_DATABASE = Refusal(
    sentence="The directory cannot be reached at the moment, so nothing was done. Try again shortly.",
    code="database_unreachable",
    status=HTTPStatus.SERVICE_UNAVAILABLE,
)


def mount(app: FastAPI, services: DirectoryServices) -> None:
    """Add the pages to the directory's application, beside its JSON API."""
    assets = read_assets()
    site = Site(
        services=services,
        cookies=Cookies(secure=services.settings.secure_cookies),
        templates=read_templates(assets, site_name=services.settings.rp_name),
    )
    for path, page in SHOWN.items():
        _add(app, path, _endpoint(site, page), "GET")
    for path, page in POSTED.items():
        _add(app, path, _endpoint(site, page), "POST")
    _add(app, _LANGUAGE, _endpoint(site, _choose_language), "POST")
    for path in {"/", _LANGUAGE, *POSTED} - set(SHOWN):
        _add(app, path, _endpoint(site, _to_its_page), "GET")
    for name in assets.names():
        _add(app, f"{assets.path}/{name}", assets.endpoint(name), "GET")


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


def _refused(visit: Visit, refused: Refusal) -> Response:
    return visit.page("refused.html", refusal=refused, page=page_of(visit.request.url.path))


async def _to_its_page(visit: Visit) -> Response:
    return visit.go_to(page_of(visit.request.url.path))


async def _choose_language(visit: Visit) -> Response:
    fields = await visit.form(bound_to=LANGUAGE_FORM)
    answer = visit.go_to(page_of(fields.get("back", "/")))
    visit.speak(answer, fields.get("language", ""))
    return answer
