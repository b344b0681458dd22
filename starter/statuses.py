"""Which HTTP status a refusal has, at every web door: by the kind of answer that its code or its class says."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from domain.refusal_codes import Kind

if TYPE_CHECKING:
    from domain.errors import RecoveryError

STATUS_OF = {
    Kind.MALFORMED: HTTPStatus.BAD_REQUEST,
    Kind.UNAUTHENTICATED: HTTPStatus.UNAUTHORIZED,
    Kind.FORBIDDEN: HTTPStatus.FORBIDDEN,
    Kind.NOT_FOUND: HTTPStatus.NOT_FOUND,
    Kind.CONFLICT: HTTPStatus.CONFLICT,
    Kind.UNPROCESSABLE: HTTPStatus.UNPROCESSABLE_ENTITY,
    Kind.LOCKED: HTTPStatus.LOCKED,
    Kind.TOO_MANY: HTTPStatus.TOO_MANY_REQUESTS,
    Kind.BROKEN_PARTNER: HTTPStatus.BAD_GATEWAY,
    Kind.UNAVAILABLE: HTTPStatus.SERVICE_UNAVAILABLE,
}


def status_of(error: RecoveryError) -> HTTPStatus | None:
    """The status of a refusal at any web door; None where no caller could have caused it."""
    return None if error.kind is None else STATUS_OF[error.kind]
