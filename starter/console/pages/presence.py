"""The presence code: the caller reads out what their browser shows, the approver enters it (R36)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.acts import ActKind, PresenceBody
from domain.errors import PresenceLocked, PresenceRefused, Refused
from service import deciding, dry_run
from service.repeating import Answer, once, request_of
from starter.console import proving
from starter.console.refusals import PageStale, refusal
from starter.console.routes import posted, shown

if TYPE_CHECKING:
    from starlette.responses import Response

    from starter.console.refusals import Refusal
    from starter.console.visit import Visit

_NOTHING_YET = PresenceBody(presence_id="")


async def show(visit: Visit) -> Response:
    """What to say to the caller, and the field for the code."""
    return await _page(visit)


async def check(visit: Visit) -> Response:
    """Match the code, then on to the proof; a code is good for one try, so it is never shown again."""
    fields = await visit.form()
    key, code = visit.key(fields), fields.get("code", "").strip()
    file = await visit.file()
    case_id = file.case.id

    async def match() -> Answer:
        # An old page must not use up the code.
        proving.require_fresh((await visit.case()).view(), fields.get("seen", ""))
        return {"presence": await deciding.confirm_presence(visit.doors, visit.session, case_id, code, file=file)}

    request = request_of(visit.session, key, "presence-check", case=str(case_id), code=code)
    try:
        found = await once(visit.doors, request, match)
        decision = {"kind": ActKind.PRESENCE.value, "presence_id": str(found["presence"])}
        return await proving.begin(visit, decision, key=key, seen=fields.get("seen", ""))
    except (PresenceRefused, PresenceLocked) as error:
        return await _page(visit, refused=refusal(error, field="code"))
    except (Refused, PageStale) as error:
        return await _page(visit, refused=refusal(error))


async def _page(visit: Visit, *, refused: Refusal | None = None) -> Response:
    read = await visit.case()
    case = read.view()
    return visit.page(
        "presence_part.html" if visit.is_part else "presence.html",
        refusal=refused,
        case=case,
        seen=proving.seen_of(case),
        pulse=read.pulse,
        heard_later=visit.query("heard") == "later",
        hindered=dry_run.would_refuse(read.file, visit.session.actor, _NOTHING_YET),
    )


ROUTES = (
    shown("/cases/{case}/presence", show),
    posted("/cases/{case}/presence", check),
)
