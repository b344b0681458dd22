"""Refusals as RFC 9457 problems with a stable `code`; never a value that the client sent (B09, R44)."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from domain import errors
from domain.errors import RecoveryError
from domain.refusal_codes import Code
from domain.texts import Text
from postgres.outages import BUSY, UNREACHABLE
from service.policy_file import PolicyRefused
from starter.statuses import status_of
from web.languages import preferred, translated

_LOG = structlog.get_logger(__name__)

_RETRY_AFTER_SECONDS = {
    HTTPStatus.LOCKED: "60",
    HTTPStatus.TOO_MANY_REQUESTS: "60",
    HTTPStatus.SERVICE_UNAVAILABLE: "2",
}
_OURS = {"type", "title", "status", "code", "detail"}

PRIVATE_HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
"""On every answer: nothing of ours is kept by caches, framed, or read by another origin."""


class FieldProblem(BaseModel):
    """One field that was not accepted: where it is and what kind of mistake, never its value."""

    field: str = Field(examples=["body.subject"])
    code: str = Field(examples=["missing"])


class Problem(BaseModel):
    """RFC 9457 problem details. `code` is stable; facts such as `rule` and `case_id` are added where they help."""

    model_config = ConfigDict(extra="allow")

    type: str = Field(default="about:blank", examples=["about:blank"])
    title: str = Field(examples=["Conflict"])
    status: int = Field(examples=[409])
    code: str = Field(examples=[Code.CASE_ALREADY_OPEN])
    detail: str | None = Field(default=None, examples=["This person has an open case already."])
    rule: str | None = Field(default=None, examples=["R5"], description="The rule of the runbook that refuses")
    case_id: str | None = Field(default=None, examples=["7f6d0c5e-3f0e-4a51-8d6c-0f3c6f0f2b11"])
    errors: list[FieldProblem] | None = None


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The problem answers of an operation, for the OpenAPI document."""
    return {
        status: {
            "description": HTTPStatus(status).phrase,
            "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for status in statuses
    }


def install(app: FastAPI) -> None:
    """Answer every error of the app with a problem."""
    app.add_exception_handler(RecoveryError, _recovery_error)
    app.add_exception_handler(RequestValidationError, _invalid_request)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(Exception, _unexpected)
    for unreachable in UNREACHABLE:
        app.add_exception_handler(unreachable, _unreachable)
    for busy in BUSY:
        app.add_exception_handler(busy, _busy)


def problem(
    status: HTTPStatus, code: str, detail: str | None = None, *, headers: Mapping[str, str] | None = None, **more: Any
) -> JSONResponse:
    """A problem body; `detail` is a sentence of ours in the language of who asked, never input."""
    body = {"type": "about:blank", "title": status.phrase, "status": int(status), "code": code}
    if detail is not None:
        body["detail"] = detail
    body |= {name: value for name, value in more.items() if name not in _OURS}
    answer = JSONResponse(body, status_code=status, media_type="application/problem+json")
    answer.headers.update({**PRIVATE_HEADERS, **(headers or {})})
    if status in _RETRY_AFTER_SECONDS:
        answer.headers["Retry-After"] = _RETRY_AFTER_SECONDS[status]
    if status is HTTPStatus.UNAUTHORIZED:
        answer.headers["WWW-Authenticate"] = "Bearer"
    return answer


def _said(request: Request, text: Text) -> str:
    """In the language that the request prefers; English where it says nothing of languages."""
    return translated(text, preferred(request.headers.get("accept-language", "")))


async def _recovery_error(request: Request, error: Exception) -> Response:
    if not isinstance(error, RecoveryError):
        return await _unexpected(request, error)
    status = status_of(error)
    if status is None:
        # None that a caller could have caused: what it says is for the log.
        _LOG.error("request_failed", error_code=error.code)
        return await _unexpected(request, error)
    more: dict[str, Any] = dict(error.facts) if isinstance(error, errors.Refused) else {}
    if isinstance(error, errors.ImportRefused):
        more["errors"] = list(error.problems)
    if isinstance(error, PolicyRefused):
        more["errors"] = [
            {"line": one.line, "field": one.name, "code": _said(request, one.message)} for one in error.problems
        ]
    return problem(status, error.code, _said(request, error.text), **more)


async def _invalid_request(request: Request, error: Exception) -> Response:
    found = error.errors() if isinstance(error, RequestValidationError) else []
    if any(one["type"] == "json_invalid" for one in found):
        return problem(HTTPStatus.BAD_REQUEST, Code.BODY_MALFORMED, _said(request, Text("The body is not valid JSON.")))
    return problem(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        Code.INVALID_REQUEST,
        _said(request, Text("The request does not have the shape that this path expects.")),
        errors=[{"field": _field(one), "code": str(one["type"])} for one in found],
    )


def _field(error: dict[str, Any]) -> str:
    location = [str(part) for part in error["loc"]]
    # The name of an unknown field was chosen by the sender.
    return ".".join(location[:-1] if error["type"] == "extra_forbidden" else location)


async def _http_error(request: Request, error: Exception) -> Response:
    status = HTTPStatus(error.status_code if isinstance(error, HTTPException) else 500)
    headers = error.headers if isinstance(error, HTTPException) else None
    if status is HTTPStatus.BAD_REQUEST:
        return problem(status, Code.BODY_MALFORMED, _said(request, Text("The body cannot be read.")), headers=headers)
    return problem(status, status.phrase.lower().replace(" ", "_"), headers=headers)


async def _unreachable(request: Request, error: Exception) -> Response:
    _LOG.warning("database_unreachable", kind=type(error).__name__)
    return problem(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "database_unreachable",
        _said(request, Text("The database cannot be reached. Try again in a moment.")),
    )


async def _busy(request: Request, error: Exception) -> Response:
    _LOG.warning("database_busy", kind=type(error).__name__)
    return problem(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "database_busy",
        _said(request, Text("Others were in the way. Try again in a moment.")),
    )


async def _unexpected(request: Request, __: Exception) -> Response:
    return problem(
        HTTPStatus.INTERNAL_SERVER_ERROR, "internal_error", _said(request, Text("Something is wrong on our side."))
    )
