"""One case: what comes next and by whom, what is known, and what happened; it keeps itself up to date."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from domain.errors import CaseNotFound, Refused
from domain.messages import Phase
from service import reading
from service.health import Health
from service.whole_case import check_readable, read_whole_case
from starter.console import live, proving
from starter.console.routes import shown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.responses import Response

    from service.whole_case import WholeCase
    from starter.console.refusals import Refusal
    from starter.console.visit import Visit


async def show(visit: Visit) -> Response:
    """The whole page."""
    return await case_page(visit)


async def now(visit: Visit) -> Response:
    """The part that changes; as a page of its own it leads to the whole."""
    if not visit.is_part:
        return visit.go_to_case(visit.path("case"))
    return visit.page("case_now.html", **await _content(visit, {}))


async def news(visit: Visit) -> Response:
    """News of the case for as long as the page is open."""
    case_id = await reading.find_case(visit.doors, visit.session, visit.path("case"))
    await check_readable(visit.doors, visit.session, case_id)
    return await live.stream(visit, case_id, since=visit.query("since"))


async def case_page(
    visit: Visit, *, refused: Refusal | None = None, typed: Mapping[str, str] | None = None
) -> Response:
    """The case's page, with what was typed into one of its forms and why that was refused."""
    return visit.page("case.html", refusal=refused, **await _content(visit, typed or {}))


async def whole_case_of(visit: Visit) -> WholeCase:
    """What the page of the case shows that the path names. Raises `CaseNotFound`, for one's own too."""
    try:
        read = await visit.case()
    except Refused:
        # A thief with the subject's own device learns nothing by trying references (R23).
        raise CaseNotFound from None
    return await read_whole_case(visit.doors, visit.session, read)


async def _content(visit: Visit, typed: Mapping[str, str]) -> dict[str, Any]:
    whole = await whole_case_of(visit)
    case = whole.case
    return {
        "page": whole,
        "case": case,
        "names": whole.names,
        "seen": proving.seen_of(case),
        "typed": typed,
        "phases": list(Phase),
        "at_phase": list(Phase).index(case.phase),
        # Where nothing runs at all, the head of every page says so.
        "unheard_since": whole.unheard_since if visit.health in {"", Health.MOVING} else None,
        "heard_later": visit.query("heard") == "later",
        "status_page": f"{visit.site.console.origin}/status",
        "is_part": visit.is_part,
    }


ROUTES = (
    shown("/cases/{case}", show),
    shown("/cases/{case}/now", now),
    shown("/cases/{case}/live", news, by_itself=True),
)
