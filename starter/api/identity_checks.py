"""Identity-document checks: approvers start and follow them, and the provider sends the caller's browser back here."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from uuid import UUID

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, Field

from domain.errors import Refused
from domain.refusal_codes import Code
from domain.texts import Text
from service import identity_checks, reading
from service.dry_run import file_of
from service.identity_checks import CheckView, Ending, IdentityChecks, Returned
from service.repeating import check_key, request_of
from starter.api.entry import Key, Services, SignedIn, SignedInDoor, bearer
from starter.api.problems import documented
from starter.identity_client import CALLBACK
from starter.web_services import WebServices
from starter.wishes.fields import Nothing
from web.languages import language_of, translated

_LONGEST_CODE = 2048
# A title, and a sentence below it, both in the browser's language.
PAGES = {
    Ending.FINISHED: (
        HTTPStatus.OK,
        Text("Thank you"),
        Text("The check is finished. Go on with the person who helps you."),
    ),
    Ending.TRY_AGAIN: (
        HTTPStatus.SERVICE_UNAVAILABLE,
        Text("No result yet"),
        Text("Nothing is lost. Open the same link again in a moment."),
    ),
    Ending.NEW_LINK: (
        HTTPStatus.CONFLICT,
        Text("This did not work"),
        Text("Ask the person who helps you for a new link, or for another way."),
    ),
    Ending.UNKNOWN: (
        HTTPStatus.NOT_FOUND,
        Text("Nothing to do here"),
        Text("This check is over, or its link was never valid. Go back to the person who helps you."),
    ),
}
_WARNING = Text(
    "This was about access to your account at work. If nobody of your help desk is talking to you right now, "
    "tell them at a number that you already know."
)

router = APIRouter(
    prefix="/cases/{case}/identity-checks",
    tags=["identity checks"],
    route_class=SignedInDoor,
    dependencies=[Depends(bearer)],
    responses=documented(401, 403, 404, 409, 422),
)


class CheckStarted(BaseModel):
    """A link for the caller, over the verified channel and for nobody else; it is shown here only."""

    reference: UUID
    link: str = Field(repr=False)
    expires_at: datetime


class Checks(BaseModel):
    """A case's checks, newest first."""

    checks: list[CheckView]


@router.post("", status_code=201, responses=documented(400, 502, 503))
async def start_check(
    case: str,
    *,
    services: Services,
    session: SignedIn,
    key: Key,
    body: Nothing | None = None,  # noqa: ARG001 - an empty object is part of the contract
) -> CheckStarted:
    """As an approver of this case: start a check of an identity document with liveness (R14), each time a new one."""
    case_id = await reading.find_case(services.doors, session, case)
    await check_key(services.doors, request_of(session, key, "identity-check", case=str(case_id)))
    file = await file_of(services.doors, session, case_id)
    started = await identity_checks.start(_checks(services), session, file)
    return CheckStarted(reference=started.id, link=started.link, expires_at=started.expires_at)


@router.get("")
async def list_checks(case: str, *, services: Services, session: SignedIn) -> Checks:
    """What became of the checks of this case; a passed one is quoted by its reference in a verdict's evidence."""
    case_id = await reading.find_case(services.doors, session, case)
    file = await file_of(services.doors, session, case_id)
    return Checks(checks=await identity_checks.of_case(_checks(services), session, file))


def mount(app: FastAPI) -> None:
    """Add the page that the provider sends browsers to; it stands in no OpenAPI document."""
    app.add_route(CALLBACK, _callback, methods=["GET"], include_in_schema=False)


async def _callback(request: Request) -> HTMLResponse:
    """Providers add parameters of their own, so unknown ones are no mistake; those we read may stand there once."""
    checks: IdentityChecks | None = request.app.state.services.identity_checks
    given = {name: request.query_params.getlist(name) for name in ("state", "code", "error")}
    once = all(len(values) <= 1 for values in given.values())
    state, code, error = (values[0] if values else None for values in given.values())
    ending = Ending.UNKNOWN
    if checks is not None and once and state and (code is None) != (error is None) and len(code or "") <= _LONGEST_CODE:
        ending = await identity_checks.returned(checks, Returned(state, code))
    return _page(ending, language_of(request))


def _page(ending: Ending, language: str) -> HTMLResponse:
    status, *words = PAGES[ending]
    title, sentence, warning = (translated(one, language) for one in (*words, _WARNING))
    text = (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8"><meta name="robots" content="noindex">'
        f'<meta name="viewport" content="width=device-width"><title>{title}</title></head>'
        f"<body><main><h1>{title}</h1><p>{sentence}</p><p>{warning}</p></main></body></html>"
    )
    return HTMLResponse(text, status_code=status)


def _checks(services: WebServices) -> IdentityChecks:
    if services.identity_checks is None:
        raise Refused(Code.IDENTITY_PROVIDER_MISSING, "No verification provider is set up here.", {"rule": "R14"})
    return services.identity_checks
