"""Refusals as RFC 9457 problems with a stable `code`; never a value that a caller typed (B09, R44)."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import asyncpg
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from directory import errors
from directory.errors import DirectoryError
from postgres.errors import DatabaseError

_STATUS: dict[type[DirectoryError], HTTPStatus] = {
    errors.SignInRefused: HTTPStatus.UNAUTHORIZED,
    errors.SessionUnknown: HTTPStatus.UNAUTHORIZED,
    errors.TokenUnknown: HTTPStatus.UNAUTHORIZED,
    errors.SecondFactorRefused: HTTPStatus.FORBIDDEN,
    errors.StepUpRequired: HTTPStatus.FORBIDDEN,
    errors.EnrolmentRequired: HTTPStatus.FORBIDDEN,
    errors.EnrolmentNotGranted: HTTPStatus.FORBIDDEN,
    errors.EnrolmentWindowClosed: HTTPStatus.FORBIDDEN,
    errors.FirstEnrolmentOver: HTTPStatus.FORBIDDEN,
    errors.ContactsFrozen: HTTPStatus.FORBIDDEN,
    errors.TenantUnknown: HTTPStatus.NOT_FOUND,
    errors.FactorUnknown: HTTPStatus.NOT_FOUND,
    errors.Throttled: HTTPStatus.TOO_MANY_REQUESTS,
    errors.TransactionUnusable: HTTPStatus.CONFLICT,
    errors.PresenceUnusable: HTTPStatus.CONFLICT,
    errors.EnrolmentStepInvalid: HTTPStatus.CONFLICT,
    errors.LastFactor: HTTPStatus.CONFLICT,
    errors.TooManyFactors: HTTPStatus.CONFLICT,
    errors.NameUnsuitable: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.PasswordUnsuitable: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.PasswordReused: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.ContactInvalid: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.SealBroken: HTTPStatus.INTERNAL_SERVER_ERROR,
}
_RETRY_AFTER_SECONDS = "60"
_UNREACHABLE = (OSError, DatabaseError, asyncpg.PostgresConnectionError, asyncpg.InterfaceError)


def install(app: FastAPI) -> None:
    """Answer every error of the app with a problem."""
    app.add_exception_handler(DirectoryError, _directory_error)
    app.add_exception_handler(RequestValidationError, _invalid_request)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(Exception, _unexpected)
    for unreachable in _UNREACHABLE:
        app.add_exception_handler(unreachable, _unreachable)


def problem(status: HTTPStatus, code: str, detail: str | None = None, **more: Any) -> JSONResponse:
    """A problem body; `detail` is a sentence of ours, never input."""
    body = {"type": "about:blank", "title": status.phrase, "status": int(status), "code": code, **more}
    if detail is not None:
        body["detail"] = detail
    return JSONResponse(body, status_code=status, media_type="application/problem+json")


async def _directory_error(_: Request, error: Exception) -> Response:
    code = error.code if isinstance(error, DirectoryError) else DirectoryError.code
    status = next((_STATUS[one] for one in type(error).__mro__ if one in _STATUS), HTTPStatus.BAD_REQUEST)
    answer = problem(status, code, (type(error).__doc__ or "").strip())
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        answer.headers["Retry-After"] = _RETRY_AFTER_SECONDS
    return answer


async def _invalid_request(_: Request, error: Exception) -> Response:
    found = error.errors() if isinstance(error, RequestValidationError) else []
    return problem(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "invalid_request",
        "The request does not have the shape that this path expects.",
        errors=[{"field": _field(one), "code": str(one["type"])} for one in found],
    )


def _field(error: dict[str, Any]) -> str:
    location = [part for part in error["loc"] if isinstance(part, str)]
    # The name of an unknown field was chosen by the sender.
    return ".".join(location[:-1] if error["type"] == "extra_forbidden" else location)


async def _http_error(_: Request, error: Exception) -> Response:
    status = HTTPStatus(error.status_code if isinstance(error, HTTPException) else 500)
    return problem(status, status.phrase.lower().replace(" ", "_"))


async def _unreachable(_: Request, __: Exception) -> Response:
    return problem(HTTPStatus.SERVICE_UNAVAILABLE, "database_unreachable", "Try again in a moment.")


async def _unexpected(_: Request, __: Exception) -> Response:
    return problem(HTTPStatus.INTERNAL_SERVER_ERROR, "internal_error")
