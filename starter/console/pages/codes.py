"""What the agent states of the backup codes: why they cannot be used, or that one was (R10, R11)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import ValidationError

from domain.errors import CaseNotFound, RecoveryError
from domain.refusal_codes import Code
from service import deciding
from starter.console.pages.case import case_page
from starter.console.refusals import field_refusal, refusal
from starter.console.routes import posted
from starter.console.site import BASE
from starter.wishes.decisions import CodesCannotBeUsed, CodeWasUsed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.responses import Response

    from domain.acts import Body
    from starter.console.visit import Visit

_BESIDE: Mapping[str, str] = {Code.STATEMENT_MISSING: "statement"}


async def state(visit: Visit) -> Response:
    """Record it, and back to the case."""
    fields = await visit.form()
    key = visit.key(fields)
    try:
        act, file = _act(fields), await visit.file()
        recorded = await deciding.decide(visit.doors, visit.session, file.case.id, act, key=key, file=file)
    except ValidationError as error:
        return await case_page(visit, refused=field_refusal(error), typed=fields)
    except CaseNotFound:
        raise
    except RecoveryError as error:
        return await case_page(visit, refused=refusal(error, field=_BESIDE.get(error.code, "")), typed=fields)
    heard = "" if recorded.delivered else "?heard=later"
    return visit.go_to(f"{BASE}/cases/{visit.path('case')}{heard}")


def _act(fields: Mapping[str, str]) -> Body:
    if fields.get("used") == "yes":
        return CodeWasUsed(used=True).act()
    given = {name: fields[name] for name in ("unavailable", "statement") if fields.get(name)}
    return CodesCannotBeUsed.model_validate({"statement": "", **given}).act()


ROUTES = (posted("/cases/{case}/codes", state),)
