"""The list of cases, and the way to one by its reference."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.errors import CaseNotFound
from service import reading, reviews
from service.naming import names_of
from service.next_steps import WAITING_FOR
from service.whole_case import check_readable
from starter.console.refusals import refusal
from starter.console.routes import shown
from starter.wishes.cases import ListedState

if TYPE_CHECKING:
    from starlette.responses import Response

    from service.case_view import CaseSummary
    from starter.console.refusals import Refusal
    from starter.console.visit import Visit

MOST_SHOWN = 100


async def show(visit: Visit) -> Response:
    """Cases, newest first, or those that wait for an act, oldest first; a reference leads to its case."""
    state = visit.query("state")
    state = state if state in set(ListedState) else ListedState.OPEN.value
    waiting = visit.query("waiting_for")
    found = await _cases(visit, ListedState(state), waiting)
    refused = None
    if wanted := visit.query("reference").strip():
        try:
            case_id = await reading.find_case(visit.doors, visit.session, wanted)
            await check_readable(visit.doors, visit.session, case_id)
        except CaseNotFound as error:
            refused = refusal(error, field="reference")
        else:
            return visit.go_to_case(wanted.upper() if wanted[:1] in "rR" else str(case_id))
    return await _page(visit, found, state=state, waiting=waiting, wanted=wanted, refused=refused)


async def _cases(visit: Visit, state: ListedState, waiting: str) -> list[CaseSummary]:
    if waiting in WAITING_FOR:
        return await reviews.cases_waiting_for(visit.doors, visit.session, waiting, limit=MOST_SHOWN)
    is_open = None if state is ListedState.ALL else state is ListedState.OPEN
    return await reading.read_cases(visit.doors, visit.session, is_open=is_open, limit=MOST_SHOWN)


async def _page(
    visit: Visit, found: list[CaseSummary], *, state: str, waiting: str, wanted: str, refused: Refusal | None
) -> Response:
    return visit.page(
        "cases.html",
        refusal=refused,
        cases=found,
        names=await names_of(visit.doors, [one.agent_id for one in found]),
        state=state,
        waiting=waiting if waiting in WAITING_FOR else "",
        wanted=wanted,
        kinds=[one for one in WAITING_FOR if one != "nobody"],
        most=MOST_SHOWN,
    )


ROUTES = (shown("/cases", show),)
