"""Cases: opening, listing and reading them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from service import opening, reading, reviews
from service.case_view import CaseView
from service.next_steps import WaitingFor
from service.repeating import request_of
from starter.api.bodies import Cases, Number
from starter.api.entry import Key, Services, SignedIn, SignedInDoor, TheDoors, bearer
from starter.api.problems import documented
from starter.wishes.cases import ListedState, OpenCase
from starter.wishes.fields import Identifier, Nothing
from starter.wishes.limits import LONGEST_WAIT_SECONDS, MOST_CASES, USUAL_CASES

router = APIRouter(
    prefix="/cases",
    tags=["cases"],
    route_class=SignedInDoor,
    dependencies=[Depends(bearer)],
    responses=documented(401, 422, 503),
)


@router.post("", status_code=201, responses=documented(400, 403, 409))
async def open_case(body: OpenCase, doors: TheDoors, session: SignedIn, key: Key, response: Response) -> CaseView:
    """Open a case about exactly one subject (R1 to R9); a refusal says by which rule."""
    case_id = await opening.open_case(doors, session, subject=body.subject, intake=body.intake(), key=key)
    response.headers["Location"] = f"/api/v1/cases/{case_id}"
    return await reading.read_case(doors, session, case_id)


@router.get("")
async def list_cases(
    doors: TheDoors,
    session: SignedIn,
    state: ListedState = ListedState.OPEN,
    waiting_for: WaitingFor | None = None,
    limit: Annotated[int, Query(ge=1, le=MOST_CASES)] = USUAL_CASES,
) -> Cases:
    """The tenant's cases, newest first; with `waiting_for` those in which they have to act, the oldest first.

    For `security` these are also ended cases whose recovered account was objected to, so `state` then says nothing.
    """
    if waiting_for is not None:
        return Cases(cases=await reviews.cases_waiting_for(doors, session, waiting_for, limit=limit))
    is_open = None if state is ListedState.ALL else state is ListedState.OPEN
    return Cases(cases=await reading.read_cases(doors, session, is_open=is_open, limit=limit))


@router.get("/{case}", responses=documented(404))
async def read_case(
    case: str,
    *,
    services: Services,
    session: SignedIn,
    request: Request,
    after_version: Annotated[int | None, Query(ge=0, le=2**31 - 1)] = None,
    wait: Annotated[float, Query(ge=0, le=LONGEST_WAIT_SECONDS)] = 0,
) -> CaseView:
    """A case by its id or reference; with `after_version` and `wait` (seconds) the answer waits for news."""
    case_id = await reading.find_case(services.doors, session, case)

    async def stop() -> bool:
        return services.stopping.is_set() or await request.is_disconnected()

    if after_version is not None and wait > 0:
        await reading.wait_for_news(
            services.doors, session, case_id, after_version=after_version, seconds=wait, stop=stop
        )
    return await reading.read_case(services.doors, session, case_id)


@router.post("/{case}/contacts/{contact_id}/reveal", responses=documented(400, 403, 404, 409))
async def reveal_number(
    case: str,
    contact_id: Identifier,
    *,
    doors: TheDoors,
    session: SignedIn,
    key: Key,
    body: Nothing | None = None,  # noqa: ARG001 - an empty object is part of the contract
) -> Number:
    """A callback number in full, once, for an approver who may verify this case (R16)."""
    case_id = await reading.find_case(doors, session, case)
    request = request_of(session, key, "reveal", case=str(case_id), contact=contact_id)
    return Number(value=await reading.reveal_number(doors, session, case_id, contact_id, request))
