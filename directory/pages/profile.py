"""The profile by pages: see one's factors and sessions, change the app, regenerate codes, change the password (R3)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar
from uuid import UUID

from fastapi import Response

from directory.errors import (
    BindingMismatch,
    EnrolmentRequired,
    EnrolmentStepInvalid,
    FactorUnknown,
    LastFactor,
    PasswordReused,
    PasswordUnsuitable,
    SecondFactorRefused,
    SessionUnknown,
    SignInRefused,
    StepUpRequired,
    Throttled,
    TransactionUnusable,
)
from directory.pages.forms import factor_response, transaction_id
from directory.pages.refusals import FormStale, Refusal, RepetitionDiffers, refusal
from directory.pages.visit import Visit
from directory.profile import StepUpAnswer

_Result = TypeVar("_Result")

# What leads back to the profile with a sentence above it.
_GOES_ON = (
    FormStale,
    EnrolmentRequired,
    EnrolmentStepInvalid,
    FactorUnknown,
    LastFactor,
    PasswordReused,
    PasswordUnsuitable,
    RepetitionDiffers,
    SignInRefused,
    StepUpRequired,
    Throttled,
)
_ASKS_AGAIN = (StepUpRequired, SecondFactorRefused, TransactionUnusable, BindingMismatch)
_PASSWORD_FIELDS = {
    SignInRefused: "old",
    PasswordReused: "new",
    PasswordUnsuitable: "new",
    RepetitionDiffers: "again",
}


async def show(visit: Visit) -> Response:
    """Everything at a glance."""
    return await _standing(visit)


async def offer_app(visit: Visit) -> Response:
    """The QR code of the app that replaces the old one, after a fresh proof."""
    profile = visit.services.profile
    return await _proven(
        visit,
        profile.offer_totp,
        lambda token, offer: visit.page("profile_app.html", bound_to=token, offer=offer),
    )


async def confirm_app(visit: Visit) -> Response:
    """Change to the new app by a code of it."""
    token = visit.cookies.session(visit.request)
    try:
        fields = await visit.form(bound_to=token)
        await visit.services.profile.confirm_totp(token, fields.get("code", ""))
    except SecondFactorRefused as error:
        return visit.page("profile_app.html", refusal=refusal(error, field="code"), bound_to=token, offer=None)
    except _GOES_ON as error:
        return await _standing(visit, refusal(error))
    return visit.go_to("/profile")


async def regenerate_codes(visit: Visit) -> Response:
    """Ten new backup codes, shown on this answer only, after a fresh proof."""
    return await _proven(
        visit,
        visit.services.profile.regenerate_backup_codes,
        lambda token, codes: visit.page("profile_codes.html", bound_to=token, codes=codes),
    )


async def remove_factor(visit: Visit) -> Response:
    """Remove a factor after a fresh proof; the last authenticator stays."""

    async def remove(token: str, proof: StepUpAnswer | None) -> None:
        _, fields = await _form(visit)
        await visit.services.profile.remove_factor(token, _id(fields, "factor", FactorUnknown), proof)

    return await _proven(visit, remove, lambda _, __: visit.go_to("/profile"))


async def end_session(visit: Visit) -> Response:
    """End one of one's own sessions."""
    try:
        token, fields = await _form(visit)
        await visit.services.profile.end_session(token, _id(fields, "session", SessionUnknown))
    except _GOES_ON as error:
        return await _standing(visit, refusal(error))
    except SessionUnknown:
        # Somebody else's, ended already, or this very one: the list shows what is left, or the sign-in follows.
        pass
    return visit.go_to("/profile")


async def change_password(visit: Visit) -> Response:
    """Change the password with the old one; other sessions end."""
    try:
        token, fields = await _form(visit)
        if fields.get("new", "") != fields.get("again", ""):
            raise RepetitionDiffers
        await visit.services.profile.change_password(token, fields.get("old", ""), fields.get("new", ""))
    except _GOES_ON as error:
        return await _standing(visit, refusal(error, field=_PASSWORD_FIELDS.get(type(error), "")))
    return visit.go_to("/profile")


async def _form(visit: Visit) -> tuple[str, dict[str, str]]:
    """The session's token and the fields sent with it; raises `SessionUnknown` without a session."""
    token = visit.cookies.session(visit.request)
    return token, await visit.form(bound_to=token)


async def _proven(
    visit: Visit,
    act: Callable[[str, StepUpAnswer | None], Awaitable[_Result]],
    shown: Callable[[str, _Result], Response],
) -> Response:
    """Do it, or ask for a fresh proof on a page whose form leads here again."""
    token = visit.cookies.session(visit.request)
    fields: dict[str, str] = {}
    try:
        fields = await visit.form(bound_to=token)
        proof = StepUpAnswer(transaction_id(fields), factor_response(fields)) if "transaction" in fields else None
        return shown(token, await act(token, proof))
    except _ASKS_AGAIN as error:
        try:
            return await _step_up_page(visit, token, fields, error)
        except _GOES_ON as hopeless:
            return await _standing(visit, refusal(hopeless))
    except _GOES_ON as error:
        return await _standing(visit, refusal(error))


async def _step_up_page(
    visit: Visit,
    token: str,
    fields: dict[str, str],
    error: StepUpRequired | SecondFactorRefused | TransactionUnusable | BindingMismatch,
) -> Response:
    started = await visit.services.profile.start_step_up(token)
    return visit.page(
        "step_up.html",
        refusal=None if isinstance(error, StepUpRequired) else refusal(error, field=fields.get("kind", "")),
        bound_to=token,
        action=visit.request.url.path,
        factor=fields.get("factor", ""),
        transaction=str(started.transaction_id),
        kinds=started.kinds,
        options=started.webauthn_options or "",
    )


async def _standing(visit: Visit, refused: Refusal | None = None) -> Response:
    token = visit.cookies.session(visit.request)
    profile = visit.services.profile
    who = await profile.whoami(token)
    account = await visit.services.administration.read(who.session.account_id)
    return visit.page(
        "profile.html",
        refusal=refused,
        bound_to=token,
        who=who,
        factors=await profile.factors(token),
        codes_left=account.backup_codes_left,
        sessions=await profile.sessions(token),
    )


def _id(fields: dict[str, str], name: str, unknown: type[FactorUnknown | SessionUnknown]) -> UUID:
    try:
        return UUID(fields.get(name, ""))
    except ValueError:
        raise unknown from None
