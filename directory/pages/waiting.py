"""Presence by pages: the browser waits, shows its code to read out, and goes on by itself once it is let on (R36)."""

from __future__ import annotations

from fastapi import Response

from directory.errors import DirectoryError, PresenceUnusable, SignInRefused, TenantUnknown, Throttled
from directory.pages.refusals import FormInvalid, FormStale, Refusal, refusal
from directory.pages.visit import Visit

REFRESH_SECONDS = 5


async def show(visit: Visit) -> Response:
    """Where this browser stands; looking changes nothing but when it was last seen, which R27 asks for."""
    return await _standing(visit)


async def begin(visit: Visit) -> Response:
    """Start to wait, with the password or, where it will be replaced, the identifier alone."""
    fields: dict[str, str] = {}
    try:
        fields = await visit.form()
        tenant_id = await visit.tenant_id(fields, unknown=TenantUnknown)
        started = await visit.services.presence.begin(tenant_id, fields.get("login", ""), _password(fields))
    except (SignInRefused, TenantUnknown, Throttled, FormStale) as error:
        return _begin_page(visit, refusal(error, field=_field(error, fields)), fields)
    answer = visit.go_to("/waiting")
    visit.keep_waiting(answer, started)
    visit.remember_tenant(answer, fields.get("tenant", ""))
    return answer


async def renew(visit: Visit) -> Response:
    """A new code for this browser; the old one is void, and so is a confirmation of it."""
    token = _presence(visit)
    if token is None:
        return _begin_page(visit, refusal(PresenceUnusable()))
    try:
        await visit.form(bound_to=token)
        started = await visit.services.presence.renew(token)
    except PresenceUnusable as error:
        if (await visit.services.presence.status(token)).state == "go_on":
            return visit.go_to("/enrol")
        answer = _begin_page(visit, refusal(error))
        visit.stop_waiting(answer)
        return answer
    except (Throttled, FormStale) as error:
        return await _standing(visit, refusal(error))
    answer = visit.go_to("/waiting")
    visit.keep_waiting(answer, started)
    return answer


async def stop(visit: Visit) -> Response:
    """Stop waiting and say what to do if no agent asked for this; the code that was shown is void."""
    token = _presence(visit)
    if token is None:
        return visit.go_to("/waiting")
    try:
        await visit.form(bound_to=token)
        # The new code is never shown.
        await visit.services.presence.renew(token)
    except FormStale as error:
        return await _standing(visit, refusal(error))
    except (PresenceUnusable, Throttled):
        # Over or let on already, or too many codes: this browser forgets its token all the same.
        pass
    answer = visit.page("waiting_stopped.html")
    visit.stop_waiting(answer)
    return answer


async def _standing(visit: Visit, refused: Refusal | None = None) -> Response:
    token = _presence(visit)
    if token is None:
        return _begin_page(visit, refused)
    status = await visit.services.presence.status(token)
    if status.state == "go_on":
        return visit.go_to("/enrol")
    if status.state == "ended":
        return visit.page("waiting_over.html", refusal=refused, bound_to=token)
    return visit.page(
        "waiting.html",
        refusal=refused,
        bound_to=token,
        state=status.state,
        code=visit.presence_code(token) if status.state == "waiting" else None,
        until=status.expires_at,
        phrase=status.phrase,
        refresh=REFRESH_SECONDS,
    )


def _presence(visit: Visit) -> str | None:
    return visit.request.cookies.get(visit.cookies.name("presence")) or None


def _password(fields: dict[str, str]) -> str | None:
    match fields.get("way"):
        case "password":
            return fields.get("password", "")
        case "identifier":
            return None
    raise FormInvalid


def _field(error: DirectoryError, fields: dict[str, str]) -> str:
    if isinstance(error, TenantUnknown):
        return "tenant" if fields.get("way") == "password" else "tenant_alone"
    return "password" if isinstance(error, SignInRefused) else ""


def _begin_page(visit: Visit, refused: Refusal | None = None, typed: dict[str, str] | None = None) -> Response:
    typed = typed or {}
    return visit.page(
        "waiting_begin.html",
        refusal=refused,
        tenant=typed.get("tenant", visit.tenant),
        login=typed.get("login", ""),
        way=typed.get("way", "password"),
    )
