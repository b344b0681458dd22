"""Accounts by exact text, and importing people."""

from __future__ import annotations

import asyncio
import json
from http import HTTPStatus
from typing import Annotated, NoReturn

from fastapi import APIRouter, Depends, Query, Request
from starlette.exceptions import HTTPException

from domain.errors import InputRefused
from domain.policy.access import Access
from domain.refusal_codes import Code
from service import importing, reading
from service.repeating import Answer, once, request_of
from starter.api.bodies import Accounts, ImportDone
from starter.api.entry import Key, Services, SignedIn, SignedInDoor, TheDoors, bearer
from starter.api.problems import documented
from starter.wishes.fields import Line

_DOCUMENT = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {"type": "object", "required": ["tenant", "people"]},
                "example": {
                    "tenant": {"slug": "acme", "name": "Acme"},
                    "people": [{"key": "ada", "login": "ada.osei", "display_name": "Ada Osei", "roles": ["agent"]}],
                },
            }
        },
    }
}

router = APIRouter(
    tags=["directory"], route_class=SignedInDoor, dependencies=[Depends(bearer)], responses=documented(401, 422, 503)
)


@router.get("/directory/accounts", responses=documented(403))
async def find_accounts(
    doors: TheDoors, session: SignedIn, exact: Annotated[Line, Query(min_length=1, description="Login or address")]
) -> Accounts:
    """Accounts that answer to exactly this text; contacts are masked."""
    return Accounts(accounts=await reading.find_accounts(doors, session, exact))


@router.post("/directory/imports", responses=documented(400, 403, 413), openapi_extra=_DOCUMENT)
async def import_people(request: Request, services: Services, session: SignedIn, key: Key) -> ImportDone:
    """As an administrator: create people all or nothing, and set the roles that the document states."""
    doors = services.doors
    # Asked before up to 20 MB are read.
    await reading.require(doors, session, Access.IMPORT_PEOPLE)
    raw = await request.body()
    document = await asyncio.to_thread(_document, raw)

    async def apply() -> Answer:
        done = await importing.import_people(doors, services.people, session, document)
        return {"people": done.people, "created": done.created, "members": done.members}

    answer = await once(doors, request_of(session, key, "import", document=raw.decode()), apply)
    return ImportDone.model_validate(answer)


def _document(raw: bytes) -> dict[str, object]:
    try:
        document = json.loads(raw.decode(), parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise HTTPException(HTTPStatus.BAD_REQUEST) from None
    if not isinstance(document, dict):
        raise InputRefused(Code.INVALID_REQUEST, "An import document is a JSON object.")
    return document


def _no_number(_: str) -> NoReturn:
    raise ValueError
