"""Signing in and out of the console: password, then a factor; the same answer for every unknown login (R02)."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import TYPE_CHECKING

from domain.errors import RecoveryError
from service import sessions
from starter.console.factor_forms import factor_response
from starter.console.refusals import TOO_MANY, refusal
from starter.console.routes import posted, shown
from starter.console.site import BASE
from starter.console.visit import own_path

if TYPE_CHECKING:
    from starlette.responses import Response

    from domain.ports import Challenge
    from starter.console.refusals import Refusal
    from starter.console.visit import Visit

MOST_A_MINUTE = 120
"""Steps of a sign-in from one address, behind which a whole help desk may be; the directory counts each account's."""


async def show(visit: Visit) -> Response:
    """The form for login and password."""
    if visit.is_signed_in:
        return visit.go_to(own_path(visit.query("next")))
    return _form(visit, wanted=own_path(visit.query("next")))


async def start(visit: Visit) -> Response:
    """Check the password and ask for a factor."""
    fields = await visit.form()
    wanted = own_path(fields.get("next", ""))
    if not visit.site.console.attempts.admit("sign_in", visit.client, most=MOST_A_MINUTE):
        return _form(visit, wanted=wanted, refused=TOO_MANY)
    tenant, login = fields.get("tenant", "").strip(), fields.get("login", "").strip()
    try:
        challenge = await sessions.start_sign_in(visit.doors, tenant, login, fields.get("password", ""))
    except RecoveryError as error:
        return _form(visit, wanted=wanted, refused=refusal(error), tenant=tenant, login=login)
    return _factor(visit, challenge, tenant=tenant, wanted=wanted)


async def finish(visit: Visit) -> Response:
    """Check the factor; then this browser is signed in, under a new session of its own."""
    fields = await visit.form()
    wanted = own_path(fields.get("next", ""))
    if not visit.site.console.attempts.admit("sign_in", visit.client, most=MOST_A_MINUTE):
        return _form(visit, wanted=wanted, refused=TOO_MANY)
    tenant = fields.get("tenant", "")
    try:
        response = factor_response(fields)
        signed_in = await sessions.finish_sign_in(visit.doors, tenant, fields.get("transaction", ""), response)
    except RecoveryError as error:
        return _form(visit, wanted=wanted, refused=refusal(error), tenant=tenant)
    answer = visit.go_to(wanted)
    visit.keep_session(answer, signed_in)
    visit.remember_tenant(answer, tenant)
    return answer


async def sign_out(visit: Visit) -> Response:
    """End the session; its token is dead at once."""
    await visit.form()
    await sessions.sign_out(visit.doors, visit.session)
    answer = visit.go_to(f"{BASE}/sign-in")
    visit.drop_session(answer)
    return answer


def _form(
    visit: Visit, *, wanted: str, refused: Refusal | None = None, tenant: str | None = None, login: str = ""
) -> Response:
    answer = visit.page(
        "sign_in.html", refusal=refused, wanted=wanted, tenant=visit.tenant if tenant is None else tenant, login=login
    )
    if refused is not None and refused.status is HTTPStatus.TOO_MANY_REQUESTS:
        answer.headers["Retry-After"] = "60"
    return answer


def _factor(visit: Visit, challenge: Challenge, *, tenant: str, wanted: str) -> Response:
    return visit.page(
        "sign_in_factor.html",
        kinds=challenge.kinds,
        options=challenge.webauthn_options or json.dumps(None),
        hidden={"transaction": challenge.transaction, "tenant": tenant, "next": wanted},
    )


ROUTES = (
    shown("/sign-in", show, stranger=True),
    posted("/sign-in", start, stranger=True),
    posted("/sign-in/factor", finish, stranger=True),
    posted("/sign-out", sign_out),
)
