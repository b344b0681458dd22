"""The acting admin's request for the reset: the plan item by item, who verified, and how long that holds (R27)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.acts import ActKind, ExecuteBody
from domain.errors import Refused
from service import dry_run
from service.naming import names_of
from starter.console import proving
from starter.console.refusals import PageStale, refusal
from starter.console.routes import posted, shown

if TYPE_CHECKING:
    from starlette.responses import Response

    from starter.console.refusals import Refusal
    from starter.console.visit import Visit


async def show(visit: Visit) -> Response:
    """Everything that will be signed, and what is still missing for it."""
    return await _page(visit)


async def ask(visit: Visit) -> Response:
    """On to the proof over exactly the plan that the page has shown."""
    fields = await visit.form()
    key = visit.key(fields)
    try:
        return await proving.begin(visit, {"kind": ActKind.EXECUTE.value}, key=key, seen=fields.get("seen", ""))
    except (Refused, PageStale) as error:
        return await _page(visit, refused=refusal(error))


async def _page(visit: Visit, *, refused: Refusal | None = None) -> Response:
    read = await visit.case()
    case = read.view()
    people = [case.agent_id, case.acting_admin_id, *(one.approver_id for one in case.verification.verdicts)]
    return visit.page(
        "reset_part.html" if visit.is_part else "reset.html",
        refusal=refused,
        case=case,
        seen=proving.seen_of(case),
        pulse=read.pulse,
        hindered=dry_run.would_refuse(read.file, visit.session.actor, ExecuteBody()),
        names=await names_of(visit.doors, people),
    )


ROUTES = (
    shown("/cases/{case}/reset", show),
    posted("/cases/{case}/reset", ask),
)
