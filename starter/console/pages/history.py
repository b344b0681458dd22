"""A case's workflow history, decrypted; shown on request only, because every reading is put on record."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote

from domain.ids import case_reference
from service import history
from starter.console.refusals import refusal
from starter.console.routes import posted, shown
from transport.errors import TemporalUnreachable

if TYPE_CHECKING:
    from starlette.responses import Response

    from service.history import HistoryView
    from starter.console.refusals import Refusal
    from starter.console.visit import Visit

_NUMBER = re.compile(r"[0-9]{1,6}", re.ASCII)


async def show(visit: Visit) -> Response:
    """Which workflows the case has had, each with a button that shows its history."""
    return await _page(visit)


async def read(visit: Visit) -> Response:
    """One page of one history."""
    fields = await visit.form()
    part, after = fields.get("part", ""), fields.get("after", "")
    try:
        found = await history.read_history(
            visit.doors, visit.site.console.histories, visit.session, await visit.file(),
            part=part, after=int(after) if _NUMBER.fullmatch(after) else 0,
        )  # fmt: skip
    except TemporalUnreachable as error:
        return await _page(visit, part=part, refused=refusal(error))
    return await _page(visit, part=part, found=found)


async def _page(
    visit: Visit, *, part: str = "", found: HistoryView | None = None, refused: Refusal | None = None
) -> Response:
    file = await visit.file()
    choices = await history.workflows_of(visit.doors, visit.session, file)
    return visit.page(
        "history.html",
        refusal=refused,
        reference=case_reference(file.case.id),
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


ROUTES = (
    shown("/cases/{case}/history", show),
    posted("/cases/{case}/history", read),
)
