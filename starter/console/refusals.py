"""What a page says when something was refused: a sentence, the rule's code, and the field that it belongs to."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING

import structlog

from domain.errors import RecoveryError, Refused
from domain.refusal_codes import Code, Kind
from domain.texts import Text
from service.policy_file import PolicyRefused
from starter.statuses import status_of
from web.forms import FormInvalid, FormStale

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import ValidationError

_LOG = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """A refusal as a page shows it; `lines` are errors of a document, with their line numbers."""

    sentence: Text
    code: str
    status: HTTPStatus
    field: str = ""
    rule: str = ""
    facts: Mapping[str, str | int] = dataclasses.field(default_factory=dict)
    lines: tuple[tuple[int | None, str, Text], ...] = ()


class PageStale(RecoveryError):
    """This page is out of date: the case has changed since you opened it. Nothing was done; look again, then decide."""

    code = "page_stale"
    kind = Kind.CONFLICT


DATABASE_AWAY = Refusal(
    sentence=Text("The database cannot be reached at the moment, so nothing was done. Try again shortly."),
    code="database_unreachable",
    status=HTTPStatus.SERVICE_UNAVAILABLE,
)
NO_SUCH_PAGE = Refusal(sentence=Text("There is no such page."), code="not_found", status=HTTPStatus.NOT_FOUND)
FOREIGN_FORM = Refusal(
    sentence=Text("This was sent from another site's page, so nothing was done."),
    code="cross_origin",
    status=HTTPStatus.FORBIDDEN,
)
TOO_MANY = Refusal(
    sentence=Text("Too many attempts; wait a minute and try again."),
    code="throttled",
    status=HTTPStatus.TOO_MANY_REQUESTS,
)
_UNEXPECTED = Refusal(
    sentence=Text("Something is wrong on our side."), code="internal_error", status=HTTPStatus.INTERNAL_SERVER_ERROR
)
_FORMS = {
    FormInvalid: Refusal(
        sentence=Text("The form cannot be read; nothing was done."), code="form_invalid", status=HTTPStatus.BAD_REQUEST
    ),
    FormStale: Refusal(
        sentence=Text("Nothing was done: this page is too old, or was opened by somebody else. Confirm once more."),
        code="form_stale",
        status=HTTPStatus.FORBIDDEN,
    ),
}


def refusal(error: RecoveryError, *, field: str = "") -> Refusal:
    """The words of a refusal."""
    status = status_of(error)
    if status is None:
        # None that a caller could have caused: what it says is for the log.
        _LOG.error("page_failed", error_code=error.code)
        return _UNEXPECTED
    facts = dict(error.facts) if isinstance(error, Refused) else {}
    rule = str(facts.pop("rule", ""))
    lines: tuple[tuple[int | None, str, Text], ...] = ()
    if isinstance(error, PolicyRefused):
        lines = tuple((one.line, one.name, one.message) for one in error.problems)
    return Refusal(
        sentence=error.text, code=error.code, status=status, field=field, rule=rule, facts=facts, lines=lines
    )


def form_refusal(error: FormInvalid | FormStale) -> Refusal:
    """The words for a form that is not one of ours."""
    return _FORMS[type(error)]


def field_refusal(error: ValidationError) -> Refusal:
    """The first field that was not accepted, by its last name; its value is not repeated."""
    first = error.errors(include_input=False, include_url=False)[0]
    names = [str(part) for part in first["loc"] if isinstance(part, str)]
    return Refusal(
        sentence=Text("Fill in this field.")
        if _is_empty(first["type"])
        else Text("This is not what the field expects."),
        code=Code.INVALID_REQUEST,
        status=HTTPStatus.UNPROCESSABLE_ENTITY,
        field=names[-1] if names else "",
    )


def _is_empty(kind: str) -> bool:
    return kind in {"missing", "string_too_short", "datetime_from_date_parsing"}
