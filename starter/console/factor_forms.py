"""The second factor in a posted form, in the shape that the doors expect."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from pydantic import TypeAdapter, ValidationError

from domain.errors import StepUpRefused
from starter.wishes.factors import FactorResponse

if TYPE_CHECKING:
    from collections.abc import Mapping

_RESPONSE: TypeAdapter[FactorResponse] = TypeAdapter(FactorResponse)
_BROKEN = {"kind": "webauthn", "credential": {}}


def factor_response(fields: Mapping[str, str]) -> dict[str, object]:
    """The answer to a challenge; what is no answer at all is judged, and counted, as a wrong one (B28).

    Raises `StepUpRefused` for a kind that does not exist.
    """
    kind = fields.get("kind", "")
    if kind == "webauthn":
        response: object = {"kind": kind, "credential": _credential(fields.get("credential", ""))}
    else:
        response = {"kind": kind, "code": fields.get("code", "")}
    try:
        return _RESPONSE.validate_python(response).model_dump()
    except ValidationError:
        if kind == "webauthn":
            return dict(_BROKEN)
        if kind in {"totp", "backup_code"}:
            return {"kind": kind, "code": ""}
        raise StepUpRefused from None


def _credential(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
