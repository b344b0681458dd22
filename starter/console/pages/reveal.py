"""A number to call back, shown in full on one answer, once, to the approver who dials it (R16)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import TypeAdapter

from domain.acts import Method
from domain.errors import Refused
from service import reading
from service.repeating import request_of
from starter.console.refusals import refusal
from starter.console.routes import posted, shown
from starter.console.site import BASE
from starter.console.verify_page import Brought, verify_page
from starter.wishes.fields import Identifier

if TYPE_CHECKING:
    from starlette.responses import Response

    from starter.console.visit import Visit

_ID: TypeAdapter[str] = TypeAdapter(Identifier)


async def reveal(visit: Visit) -> Response:
    """The approver's page with the number on it; the form's own key shows it again if the answer was lost."""
    fields = await visit.form()
    key, contact_id = visit.key(fields), _ID.validate_python(fields.get("contact_id", ""))
    file = await visit.file()
    request = request_of(visit.session, key, "reveal", case=str(file.case.id), contact=contact_id)
    try:
        number = await reading.reveal_number(visit.doors, visit.session, file.case.id, contact_id, request, file=file)
    except Refused as error:
        refused = refusal(error, field=f"{Method.CALLBACK.value}-contact_id")
        return await verify_page(visit, Brought(refused=refused, typed={"form": Method.CALLBACK.value}))
    return await verify_page(visit, Brought(contact=contact_id, number=number))


async def back(visit: Visit) -> Response:
    """A reload asks for nothing anew."""
    return visit.go_to(f"{BASE}/cases/{visit.path('case')}/verify")


ROUTES = (
    posted("/cases/{case}/reveal", reveal),
    shown("/cases/{case}/reveal", back),
)
