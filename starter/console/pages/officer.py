"""What a security officer decides in one case: a ruling, a release, break-glass and its review (R24, R25, R39, R41)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from domain.acts import ActKind
from domain.errors import CaseNotFound, InputRefused, Refused
from domain.policy.officers import holds_the_role
from domain.refusal_codes import Code
from service.naming import names_of
from service.offers import offers_of
from starter.console import proving
from starter.console.refusals import field_refusal, refusal
from starter.console.routes import posted, shown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.responses import Response

    from starter.console.refusals import Refusal
    from starter.console.visit import Visit

CHOSEN_IN: Mapping[str, str | None] = {
    ActKind.RULING: "ruling",
    ActKind.RELEASE: None,
    ActKind.BREAK_GLASS: "waives",
    ActKind.REVIEW: None,
}
"""The decisions, and the field beside the reason that each of them has."""


async def show(visit: Visit) -> Response:
    """The officer's part of the case on a page of its own."""
    return await _page(visit)


async def decide(visit: Visit) -> Response:
    """On to the proof of the decision; what is refused is said beside the form, with what was typed still there."""
    kind = visit.path("kind")
    if kind not in CHOSEN_IN:
        raise CaseNotFound
    fields = await visit.form()
    key = visit.key(fields)
    decision: dict[str, Any] = {"kind": kind, "because": fields.get("because", "").strip()}
    chosen = CHOSEN_IN[kind]
    if chosen is not None:
        decision[chosen] = fields.get(chosen, "")
    try:
        return await proving.begin(visit, decision, key=key, seen=fields.get("seen", ""))
    except ValidationError as error:
        return await _page(visit, refused=field_refusal(error), typed=decision)
    except (Refused, InputRefused) as error:
        field = "because" if error.code == Code.REASON_MISSING else ""
        return await _page(visit, refused=refusal(error, field=field), typed=decision)


async def _page(visit: Visit, *, refused: Refusal | None = None, typed: dict[str, Any] | None = None) -> Response:
    read = await visit.case()
    case = read.view()
    people = [case.agent_id, *([case.waiver.by] if case.waiver else [])]
    return visit.page(
        "officer.html",
        refusal=refused,
        case=case,
        offers=offers_of(read.file, visit.session.actor),
        is_officer=holds_the_role(visit.session.actor).allowed,
        seen=proving.seen_of(case),
        typed=typed or {},
        names=await names_of(visit.doors, people),
    )


ROUTES = (
    shown("/cases/{case}/officer", show),
    posted("/cases/{case}/officer/{kind}", decide),
)
