"""A case's workflow history, decrypted; shown on request only, because every reading is put on record."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote

from domain.ids import case_reference
from service import history, reading
from starter.console.refusals import refusal
from starter.console.routes import posted, shown
from transport.errors import TemporalUnreachable

if TYPE_CHECKING:
    from uuid import UUID

    from starlette.responses import Response

    from service.history import HistoryView
    from starter.console.refusals import Refusal
    from starter.console.visit import Visit

_NUMBER = re.compile(r"[0-9]{1,6}", re.ASCII)


async def show(visit: Visit) -> Response:
    """Which workflows the case has had, each with a button that shows its history."""
    return await _page(visit, await _case(visit))


async def read(visit: Visit) -> Response:
    """One page of one history."""
    fields = await visit.form()
    part, after = fields.get("part", ""), fields.get("after", "")
    case_id = await _case(visit)
    try:
        found = await history.read_history(
            visit.doors, visit.site.console.histories, visit.session, case_id,
            part=part, after=int(after) if _NUMBER.fullmatch(after) else 0,
        )  # fmt: skip
    except TemporalUnreachable as error:
        return await _page(visit, case_id, part=part, refused=refusal(error))
    return await _page(visit, case_id, part=part, found=found)


async def _page(
    visit: Visit, case_id: UUID, *, part: str = "", found: HistoryView | None = None, refused: Refusal | None = None
) -> Response:
    choices = await history.workflows_of(visit.doors, visit.session, case_id)
    return visit.page(
        "history.html",
        refusal=refused,
        reference=case_reference(case_id),
        choices=choices,
        part=part or choices[0].part,
        history=found,
        interface=lambda workflow: _in_temporal(visit, workflow),
    )


def _in_temporal(visit: Visit, workflow: str) -> str:
    """The workflow in the Temporal UI; empty where settings name none."""
    console = visit.site.console
    if not console.temporal_ui:
        return ""
    namespace = quote(console.histories.namespace, safe="")
    return f"{console.temporal_ui.rstrip('/')}/namespaces/{namespace}/workflows/{quote(workflow, safe='')}"


async def _case(visit: Visit) -> UUID:
    return await reading.find_case(visit.doors, visit.session, visit.path("case"))


ROUTES = (
    shown("/cases/{case}/history", show),
    posted("/cases/{case}/history", read),
)
