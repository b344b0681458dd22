"""Reading posted forms, and the token in each that only our own pages could have put there (B22)."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from urllib.parse import parse_qsl
from uuid import UUID

from fastapi import Request

from directory.errors import TransactionUnusable
from directory.pages.refusals import FormInvalid, FormStale
from directory.records import BackupCodeResponse, FactorResponse, TotpResponse, WebAuthnResponse

TOKEN_FIELD = "form_token"  # noqa: S105 - the name of a field
_CONTENT_TYPE = "application/x-www-form-urlencoded"
_MOST_FIELDS = 20


def form_token(browser: str, bound_to: str) -> str:
    """The token of one browser's forms; `bound_to` is its session or presence token, so that it ends with it.

    Synchronizer token keyed by an HttpOnly cookie of 256 random bits (OWASP CSRF); the second line after the
    check of Fetch Metadata and Origin that every request meets.
    """
    return hmac.digest(browser.encode(), b"form\0" + bound_to.encode(), "sha256").hex()


async def read_form(request: Request, *, browser: str | None, bound_to: str) -> dict[str, str]:
    """The fields of a form of ours; raises `FormInvalid` for another shape and `FormStale` for another token."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _CONTENT_TYPE:
        raise FormInvalid
    body = await request.body()
    try:
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, max_num_fields=_MOST_FIELDS, errors="strict")
    except ValueError:
        # Also a UnicodeDecodeError, whose text would quote the input.
        raise FormInvalid from None
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise FormInvalid
    given = fields.pop(TOKEN_FIELD, "")
    if browser is None or not hmac.compare_digest(_digest(given), _digest(form_token(browser, bound_to))):
        raise FormStale
    return fields


def factor_response(fields: Mapping[str, str]) -> FactorResponse:
    """The second factor in a form; what is no code is judged, and counted, as a wrong one (B28)."""
    match fields.get("kind"):
        case "totp":
            return TotpResponse(fields.get("code", ""))
        case "backup_code":
            return BackupCodeResponse(fields.get("code", ""))
        case "webauthn":
            return WebAuthnResponse(fields.get("credential", ""))
    raise FormInvalid


def transaction_id(fields: Mapping[str, str]) -> UUID:
    """The ceremony a form belongs to; raises `TransactionUnusable` for anything else."""
    try:
        return UUID(fields.get("transaction", ""))
    except ValueError:
        raise TransactionUnusable from None


def _digest(text: str) -> bytes:
    """Comparable in constant time whatever letters it is made of."""
    return hashlib.sha256(text.encode("utf-8", "backslashreplace")).digest()
