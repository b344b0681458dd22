"""Ending a case without a reset: a page of its own, so that no agent does it by a slip."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import ValidationError

from domain.acts import CancelBody, CancelReason
from domain.errors import CaseNotFound, RecoveryError
from service import deciding
from starter.console.pages.case import whole_case_of
from starter.console.refusals import field_refusal, refusal
from starter.console.routes import posted, shown
from starter.console.site import BASE
from starter.wishes.decisions import Cancel

if TYPE_CHECKING:
    from starlette.responses import Response

    from starter.console.refusals import Refusal
    from starter.console.visit import Visit


async def ask(visit: Visit) -> Response:
    """Why the case shall end."""
    return await _form(visit)


async def cancel(visit: Visit) -> Response:
    """End it; after the claim it is told that the reset has begun (R34)."""
    fields = await visit.form()
    key = visit.key(fields)
    try:
        reason = Cancel.model_validate({"reason": fields.get("reason", "")}).reason
        act, file = CancelBody(reason=reason), await visit.file()
        recorded = await deciding.decide(visit.doors, visit.session, file.case.id, act, key=key, file=file)
    except ValidationError as error:
        return await _form(visit, refused=field_refusal(error))
    except CaseNotFound:
        raise
    except RecoveryError as error:
        return await _form(visit, refused=refusal(error), chosen=fields.get("reason", ""))
    heard = "" if recorded.delivered else "?heard=later"
    return visit.go_to(f"{BASE}/cases/{visit.path('case')}{heard}")


async def _form(visit: Visit, *, refused: Refusal | None = None, chosen: str = "") -> Response:
    page = await whole_case_of(visit)
    return visit.page(
        "case_cancel.html",
        refusal=refused,
        case=page.case,
        names=page.names,
        no_cancel=page.offers.no_cancel,
        reasons=list(CancelReason),
        chosen=chosen,
    )


ROUTES = (
    shown("/cases/{case}/cancel", ask),
    posted("/cases/{case}/cancel", cancel),
)
