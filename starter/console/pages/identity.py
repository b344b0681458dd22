"""Checks of an identity document: the approver starts one and gives its link to the caller (R14)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.errors import ProviderRefused, ProviderUnavailable, Refused
from domain.refusal_codes import Code
from service import identity_checks
from service.repeating import check_key, request_of
from starter.console.refusals import refusal
from starter.console.routes import posted, shown
from starter.console.site import BASE
from starter.console.verify_page import Brought, verify_page

if TYPE_CHECKING:
    from starlette.responses import Response

    from starter.console.visit import Visit


async def start(visit: Visit) -> Response:
    """The approver's page with the link on it, once; each start is a check of its own."""
    fields = await visit.form()
    key = visit.key(fields)
    file = await visit.file()
    await check_key(visit.doors, request_of(visit.session, key, "identity-check", case=str(file.case.id)))
    checks = visit.services.identity_checks
    if checks is None:
        raise Refused(Code.IDENTITY_PROVIDER_MISSING, "No verification provider is set up here.", {"rule": "R14"})
    try:
        started = await identity_checks.start(checks, visit.session, file)
    except (Refused, ProviderUnavailable, ProviderRefused) as error:
        return await verify_page(visit, Brought(refused=refusal(error)))
    return await verify_page(visit, Brought(started=started))


async def back(visit: Visit) -> Response:
    """A reload starts nothing."""
    return visit.go_to(f"{BASE}/cases/{visit.path('case')}/verify")


ROUTES = (
    posted("/cases/{case}/identity-check", start),
    shown("/cases/{case}/identity-check", back),
)
