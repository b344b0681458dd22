"""The API as one application: doors under /api/v1, /healthz beside them, problems for everything that goes wrong."""

from __future__ import annotations

from functools import cache
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.openapi.utils import get_openapi

from starter.api import (
    audit,
    campaigns,
    cases,
    decisions,
    directory,
    health,
    identity_checks,
    policy,
    problems,
    reviews,
    signing_in,
)
from starter.api.guards import BoundedBodies, PrivateAnswers
from starter.web_services import WebServices

PREFIX = "/api/v1"
_DESCRIPTION = (
    "Force-MFA-reset as an enforced, auditable case. Actors come from the bearer token alone. Every POST carries an "
    "Idempotency-Key. Times are UTC. Errors are RFC 9457 problems with a stable `code`."
)

ROUTERS = (
    signing_in.strangers,
    signing_in.members,
    cases.router,
    decisions.router,
    reviews.router,
    directory.router,
    audit.router,
    campaigns.router,
    identity_checks.router,
    policy.router,
)
"""Everything under `PREFIX`."""


def create_app(services: WebServices) -> FastAPI:
    """The web application; the caller owns the pools behind the services."""
    app = FastAPI(
        title="mfa-recovery", version="1", docs_url=None, redoc_url=None, openapi_url=f"{PREFIX}/openapi.json"
    )
    app.state.services = services
    # What FastAPI works out about a route is kept with the router: shared by every application of a process.
    app.router.routes.extend(_doors().routes)
    identity_checks.mount(app)
    problems.install(app)
    # The last one added is met first.
    app.add_middleware(BoundedBodies)
    app.add_middleware(PrivateAnswers)
    app.openapi = lambda: _document(app)  # type: ignore[method-assign]
    return app


@cache
def _doors() -> APIRouter:
    api = APIRouter(prefix=PREFIX)
    for router in ROUTERS:
        api.include_router(router)
    doors = APIRouter()
    doors.include_router(api)
    doors.include_router(health.router)
    return doors


def _document(app: FastAPI) -> dict[str, Any]:
    if app.openapi_schema is None:
        document = get_openapi(title=app.title, version=app.version, description=_DESCRIPTION, routes=app.routes)
        schema = problems.Problem.model_json_schema(ref_template="#/components/schemas/{model}")
        document["components"]["schemas"] |= {**schema.pop("$defs", {}), "Problem": schema}
        app.openapi_schema = document
    return app.openapi_schema
