"""Enrolment by pages, for the browser that was let on: password, authenticator, backup codes (R35, R36, R37).

What to show next is asked of the directory each time, so an old page sent again changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import Response

from directory.errors import (
    DirectoryError,
    EnrolmentStepInvalid,
    PasswordReused,
    PasswordUnsuitable,
    SecondFactorRefused,
    Throttled,
)
from directory.pages.refusals import FormStale, NotSaved, Refusal, RepetitionDiffers, refusal
from directory.pages.visit import Visit

_TEMPLATES = {
    "begin": "enrol_begin.html",
    "password": "enrol_password.html",
    "factor": "enrol_factor.html",
    "backup_codes": "enrol_codes.html",
    "finish": "enrol_codes_again.html",
}
# What leads back to the step whose turn it is; any other refusal ends the enrolment and gets a page of its own.
_GOES_ON = (FormStale, EnrolmentStepInvalid, NotSaved, PasswordReused, PasswordUnsuitable, RepetitionDiffers, Throttled)


async def show(visit: Visit) -> Response:
    """The step whose turn it is."""
    return await _standing(visit)


async def show_done(visit: Visit) -> Response:
    """The last page; says nothing about anybody."""
    return visit.page("enrol_done.html")


async def begin(visit: Visit) -> Response:
    """Go on from the waiting page."""
    try:
        token, _ = await _form(visit)
        await visit.services.enrolment.begin(token)
    except _GOES_ON as error:
        return await _standing(visit, refusal(error))
    return visit.go_to("/enrol")


async def choose_password(visit: Visit) -> Response:
    """Set the new password, typed twice; nobody else sees or sets one (R29)."""
    try:
        token, fields = await _form(visit)
        if fields.get("new", "") != fields.get("again", ""):
            raise RepetitionDiffers
        await visit.services.enrolment.choose_password(token, fields.get("new", ""))
    except _GOES_ON as error:
        return await _standing(visit, refusal(error, field=_password_field(error)))
    return visit.go_to("/enrol")


async def offer_app(visit: Visit) -> Response:
    """The QR code of a new app; answered to a POST, for it replaces the one before."""
    try:
        token, _ = await _form(visit)
        offer = await visit.services.enrolment.offer_totp(token)
    except _GOES_ON as error:
        return await _standing(visit, refusal(error))
    return visit.page("enrol_app.html", bound_to=token, offer=offer)


async def confirm_app(visit: Visit) -> Response:
    """Enrol the app by a code of it; its seed is not shown again, only the field for the code."""
    token = visit.cookies.presence(visit.request)
    try:
        fields = await visit.form(bound_to=token)
        await visit.services.enrolment.confirm_totp(token, fields.get("code", ""))
    except SecondFactorRefused as error:
        return visit.page("enrol_app.html", refusal=refusal(error, field="code"), bound_to=token, offer=None)
    except _GOES_ON as error:
        return await _standing(visit, refusal(error))
    return visit.go_to("/enrol")


async def offer_key(visit: Visit) -> Response:
    """Ask the browser for a new passkey or security key."""
    try:
        token, _ = await _form(visit)
        options = await visit.services.enrolment.offer_webauthn(token)
    except _GOES_ON as error:
        return await _standing(visit, refusal(error))
    return visit.page("enrol_key.html", bound_to=token, options=options)


async def confirm_key(visit: Visit) -> Response:
    """Enrol the authenticator that answered; after a refusal a new challenge is needed, so the choice comes back."""
    try:
        token, fields = await _form(visit)
        await visit.services.enrolment.confirm_webauthn(token, fields.get("credential", ""))
    except (SecondFactorRefused, *_GOES_ON) as error:
        return await _standing(visit, refusal(error))
    return visit.go_to("/enrol")


async def issue_codes(visit: Visit) -> Response:
    """Ten backup codes, shown on this answer only; asking anew makes the ones before worthless."""
    try:
        token, _ = await _form(visit)
        codes = await visit.services.enrolment.issue_backup_codes(token)
    except _GOES_ON as error:
        return await _standing(visit, refusal(error))
    return visit.page("enrol_save_codes.html", bound_to=token, codes=codes)


async def finish(visit: Visit) -> Response:
    """The codes are saved: signed in, or still waiting for the account to be opened (R30)."""
    try:
        token, fields = await _form(visit)
        if fields.get("saved") != "yes":
            raise NotSaved
        finished = await visit.services.enrolment.finish(token)
    except _GOES_ON as error:
        return await _standing(visit, refusal(error))
    if finished.session is None:
        return visit.go_to("/enrol")
    answer = visit.go_to("/enrol/done")
    visit.cookies.keep_session(answer, finished.session)
    visit.stop_waiting(answer)
    return answer


async def _form(visit: Visit) -> tuple[str, Mapping[str, str]]:
    """The presence token of a granted browser, and the fields it sent; raises `EnrolmentNotGranted` without one."""
    token = visit.cookies.presence(visit.request)
    return token, await visit.form(bound_to=token)


async def _standing(visit: Visit, refused: Refusal | None = None) -> Response:
    token = visit.cookies.presence(visit.request)
    progress = await visit.services.enrolment.progress(token)
    if progress.next == "done":
        return visit.go_to("/enrol/done")
    completed = progress.next == "finish" and progress.state == "completed"
    template = "enrol_opening.html" if completed else _TEMPLATES[progress.next]
    return visit.page(template, refusal=refused, bound_to=token, progress=progress)


def _password_field(error: DirectoryError) -> str:
    if isinstance(error, RepetitionDiffers):
        return "again"
    return "new" if isinstance(error, PasswordReused | PasswordUnsuitable) else ""
