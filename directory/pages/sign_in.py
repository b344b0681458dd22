"""Signing in by pages: login and password, then a second factor; and signing out."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import Response

from directory.errors import (
    DirectoryError,
    SecondFactorRefused,
    SessionUnknown,
    SignInRefused,
    Throttled,
    TransactionUnusable,
)
from directory.pages.forms import factor_response, transaction_id
from directory.pages.refusals import FormStale, Refusal, refusal
from directory.pages.visit import Visit, own_path
from directory.records import FirstEnrolmentStarted, IssuedSession


async def show(visit: Visit) -> Response:
    """The form for login and password."""
    return _password_page(visit)


async def start(visit: Visit) -> Response:
    """Check login and password; whatever is wrong with them is answered alike (R35)."""
    fields: dict[str, str] = {}
    try:
        fields = await visit.form()
        tenant_id = await visit.tenant_id(fields, unknown=SignInRefused)
        started = await visit.services.sign_in.start(
            tenant_id,
            fields.get("login", ""),
            fields.get("password", ""),
            trusted_browser=visit.cookies.trusted_browser(visit.request),
        )
    except (SignInRefused, Throttled, FormStale) as error:
        return _password_page(visit, _refusal(error), fields)
    if isinstance(started, IssuedSession):
        answer = visit.go_to(own_path(fields.get("next", "")))
        await visit.keep_session(answer, started)
    elif isinstance(started, FirstEnrolmentStarted):
        answer = visit.go_to("/first-factor")
        visit.cookies.keep_first_enrolment(answer, started)
    else:
        answer = _factor_page(
            visit,
            transaction=str(started.transaction_id),
            kinds=started.kinds,
            options=started.webauthn_options or "",
            destination=own_path(fields.get("next", "")),
        )
    visit.remember_tenant(answer, fields.get("tenant", ""))
    return answer


async def finish(visit: Visit) -> Response:
    """Check the second factor; a refused one may be tried again within the same five minutes."""
    try:
        fields = await visit.form()
    except FormStale as error:
        return _password_page(visit, refusal(error))
    destination = own_path(fields.get("next", ""))
    try:
        issued = await visit.services.sign_in.finish(
            transaction_id(fields), factor_response(fields), trust_browser=fields.get("trust_browser") == "yes"
        )
    except TransactionUnusable as error:
        return _password_page(visit, refusal(error), {"next": destination})
    except (SecondFactorRefused, Throttled) as error:
        return _factor_page(
            visit,
            refusal(error, field=fields.get("kind", "")),
            transaction=fields.get("transaction", ""),
            # Only what to show: which kinds the account has is judged when they are used.
            kinds=fields.get("kinds", "").split(" "),
            options=fields.get("options", ""),
            destination=destination,
        )
    answer = visit.go_to(destination)
    await visit.keep_session(answer, issued)
    return answer


async def sign_out(visit: Visit) -> Response:
    """End the session and forget it; refresh tokens and trust in the browser stay, as in the API."""
    try:
        token = visit.cookies.session(visit.request)
        await visit.form(bound_to=token)
        await visit.services.sessions.end(token)
    except SessionUnknown:
        pass
    answer = visit.go_to("/sign-in")
    visit.cookies.drop(answer, "session")
    return answer


def _refusal(error: DirectoryError) -> Refusal:
    return refusal(error, field="password" if isinstance(error, SignInRefused) else "")


def _password_page(visit: Visit, refused: Refusal | None = None, typed: dict[str, str] | None = None) -> Response:
    typed = typed or {}
    return visit.page(
        "sign_in.html",
        refusal=refused,
        tenant=typed.get("tenant", visit.tenant),
        login=typed.get("login", ""),
        destination=own_path(typed["next"]) if "next" in typed else visit.destination,
    )


def _factor_page(
    visit: Visit,
    refused: Refusal | None = None,
    *,
    transaction: str,
    kinds: Sequence[str],
    options: str,
    destination: str,
) -> Response:
    return visit.page(
        "sign_in_factor.html",
        refusal=refused,
        transaction=transaction,
        kinds=kinds,
        options=options,
        destination=destination,
    )
