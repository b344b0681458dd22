"""The directory's own web origin: its JSON API under /api; its pages are mounted by `directory.pages`."""

from __future__ import annotations

from fastapi import APIRouter, FastAPI
from starlette.middleware.body_limit import RequestBodyLimitMiddleware

from directory.api import problems
from directory.api.cookies import Cookies
from directory.api.enrolment_steps import steps_router
from directory.api.guards import LARGEST_BODY_BYTES, PrivateAnswers, SameOriginOnly
from directory.api.profile import account_router, factors_router
from directory.api.recovery import enrolment_router, presence_router
from directory.api.sign_in import first_enrolment_router, sign_in_router
from directory.pages import routes as pages
from directory.services import DirectoryServices


def create_app(services: DirectoryServices) -> FastAPI:
    """The web application of one directory; the caller owns the pool behind the services."""
    app = FastAPI(title="Directory", docs_url=None, redoc_url=None, openapi_url="/api/openapi.json")
    cookies = Cookies(secure=services.settings.secure_cookies)
    api = APIRouter(prefix="/api")
    for router in (
        sign_in_router(services, cookies),
        presence_router(services, cookies),
        enrolment_router(services, cookies),
        steps_router("/enrolment", services.enrolment, cookies.presence),
        steps_router("/first-enrolment", services.first_enrolment, cookies.first_enrolment),
        first_enrolment_router(services, cookies),
        factors_router(services, cookies),
        account_router(services, cookies),
    ):
        api.include_router(router)
    app.include_router(api)
    pages.mount(app, services)
    problems.install(app)
    # The last one added is met first.
    app.add_middleware(RequestBodyLimitMiddleware, max_body_size=LARGEST_BODY_BYTES)
    app.add_middleware(SameOriginOnly, origin=services.settings.origin)
    app.add_middleware(PrivateAnswers)
    return app
