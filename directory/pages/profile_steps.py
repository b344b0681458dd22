"""What the profile's pages have in common: the page itself, and asking for a fresh proof before a change."""

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
    NameUnsuitable,
    PasswordReused,
    PasswordUnsuitable,
    SecondFactorRefused,
    SessionUnknown,
    SignInRefused,
    StepUpRequired,
    Throttled,
    TooManyFactors,
    TransactionUnusable,
)
from directory.own_account import StepUpAnswer
from directory.pages.forms import factor_response, transaction_id
from directory.pages.refusals import FormStale, Refusal, RepetitionDiffers, refusal
from directory.pages.visit import Visit

Result = TypeVar("Result")

# What leads back to the profile with a sentence above it.
GOES_ON = (
    FormStale,
    EnrolmentRequired,
    EnrolmentStepInvalid,
    FactorUnknown,
    LastFactor,
    NameUnsuitable,
    PasswordReused,
    PasswordUnsuitable,
    RepetitionDiffers,
    SignInRefused,
    StepUpRequired,
    Throttled,
    TooManyFactors,
)
_ASKS_AGAIN = (StepUpRequired, SecondFactorRefused, TransactionUnusable, BindingMismatch)
# What a form says besides the proof, to be said again with it.
_CARRIED = ("factor", "purpose")


async def standing(visit: Visit, refused: Refusal | None = None) -> Response:
    """The profile as it is now, with what was refused above it or beside its field."""
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


async def form_of(visit: Visit) -> tuple[str, dict[str, str]]:
    """The session's token and the fields sent with it; raises `SessionUnknown` without a session."""
    token = visit.cookies.session(visit.request)
    return token, await visit.form(bound_to=token)


async def proven(
    visit: Visit,
    act: Callable[[str, dict[str, str], StepUpAnswer | None], Awaitable[Result]],
    shown: Callable[[str, dict[str, str], Result], Response],
) -> Response:
    """Do it, or ask for a fresh proof on a page whose form leads here again."""
    token = visit.cookies.session(visit.request)
    fields: dict[str, str] = {}
    try:
        fields = await visit.form(bound_to=token)
        proof = StepUpAnswer(transaction_id(fields), factor_response(fields)) if "transaction" in fields else None
        return shown(token, fields, await act(token, fields, proof))
    except _ASKS_AGAIN as error:
        try:
            return await _step_up_page(visit, token, fields, error)
        except GOES_ON as hopeless:
            return await standing(visit, refusal(hopeless))
    except GOES_ON as error:
        return await standing(visit, refusal(error))


def id_in(fields: dict[str, str], name: str, unknown: type[FactorUnknown | SessionUnknown]) -> UUID:
    """The id in a field; raises `unknown` for anything else."""
    try:
        return UUID(fields.get(name, ""))
    except ValueError:
        raise unknown from None


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
        hidden={
            "transaction": str(started.transaction_id),
            **{name: fields[name] for name in _CARRIED if name in fields},
        },
        kinds=started.kinds,
        options=started.webauthn_options or "",
    )
