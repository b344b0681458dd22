"""What a page says when something is refused: one plain sentence, the stable code, and an HTTP status; no input."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import ClassVar

from directory import errors
from directory.errors import DirectoryError


class FormStale(DirectoryError):
    """This page was out of date, so nothing was done; here is a fresh one."""

    code: ClassVar[str] = "form_stale"


class FormInvalid(DirectoryError):
    """The browser sent something that this page does not ask for; nothing was done."""

    code: ClassVar[str] = "form_invalid"


class RepetitionDiffers(DirectoryError):
    """The two new passwords differ; type the same one twice."""

    code: ClassVar[str] = "repetition_differs"


class NotSaved(DirectoryError):
    """Save the codes first, then say so here."""

    code: ClassVar[str] = "codes_not_saved"


SENTENCES: dict[type[DirectoryError], str] = {
    errors.TenantUnknown: "There is no such organisation here.",
    errors.PresenceUnusable: "That wait is over or has led on already; begin again.",
    errors.EnrolmentNotGranted: "This browser has nothing to set up now.",
    errors.EnrolmentWindowClosed: "The time for setting up a new factor is over.",
    errors.FirstEnrolmentOver: "Your first factor cannot be set up here any more.",
    errors.EnrolmentStepInvalid: "That page belongs to another step, so nothing was done; this is where you are.",
    errors.PasswordUnsuitable: "Choose 12 to 256 characters that are neither your login nor one character repeated.",
    errors.TransactionUnusable: "That attempt took too long or was finished before; begin again.",
    errors.BindingMismatch: "That proof was begun in another sign-in; begin again.",
    errors.FactorUnknown: "That factor is not there any more.",
}
_STATUS: dict[type[DirectoryError], HTTPStatus] = {
    errors.Throttled: HTTPStatus.TOO_MANY_REQUESTS,
    errors.EnrolmentNotGranted: HTTPStatus.FORBIDDEN,
    errors.EnrolmentWindowClosed: HTTPStatus.FORBIDDEN,
    errors.FirstEnrolmentOver: HTTPStatus.FORBIDDEN,
    errors.EnrolmentRequired: HTTPStatus.FORBIDDEN,
    errors.StepUpRequired: HTTPStatus.FORBIDDEN,
    errors.EnrolmentStepInvalid: HTTPStatus.CONFLICT,
    errors.TransactionUnusable: HTTPStatus.CONFLICT,
    errors.PresenceUnusable: HTTPStatus.CONFLICT,
    errors.LastFactor: HTTPStatus.CONFLICT,
    errors.TooManyFactors: HTTPStatus.CONFLICT,
    errors.SealBroken: HTTPStatus.INTERNAL_SERVER_ERROR,
    FormStale: HTTPStatus.FORBIDDEN,
    FormInvalid: HTTPStatus.BAD_REQUEST,
}


@dataclass(frozen=True)
class Refusal:
    """Shown next to the form field of that name, or above the form where no field is at fault."""

    sentence: str
    code: str
    status: HTTPStatus
    field: str = ""


def refusal(error: DirectoryError, *, field: str = "") -> Refusal:
    """How a page shows this error; the text comes from its class, never from the instance."""
    kind = type(error)
    return Refusal(
        sentence=SENTENCES.get(kind, (kind.__doc__ or "").strip()),
        code=kind.code,
        status=_STATUS.get(kind, HTTPStatus.UNPROCESSABLE_ENTITY),
        field=field,
    )
