"""Reading posted forms, and the token in each that only our own pages could have put there (B22)."""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

if TYPE_CHECKING:
    from starlette.requests import Request

TOKEN_FIELD = "form_token"  # noqa: S105 - the name of a field
_CONTENT_TYPE = "application/x-www-form-urlencoded"
MOST_FIELDS = 60


class FormInvalid(Exception):
    """What was sent is no form of ours."""

    code = "form_invalid"
    retryable = False


class FormStale(Exception):
    """The form was not sent from this page in this browser, or it is too old."""

    code = "form_stale"
    retryable = False


def form_token(browser: str, bound_to: str) -> str:
    """The token of one browser's forms; `bound_to` is what it is signed in with, so that it ends with it.

    Synchronizer token keyed by an HttpOnly cookie of 256 random bits (OWASP CSRF); the second line after the
    check of Fetch Metadata and Origin that every request meets.
    """
    return hmac.digest(browser.encode(), b"form\0" + bound_to.encode(), "sha256").hex()


async def read_form(request: Request, *, browser: str | None, bound_to: str) -> dict[str, str]:
    """The fields of a form of ours; a field sent twice joins its values by newlines (check boxes of one name).

    Raises `FormInvalid` for another shape and `FormStale` for another token.
    """
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _CONTENT_TYPE:
        raise FormInvalid
    body = await request.body()
    try:
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, max_num_fields=MOST_FIELDS, errors="strict")
    except ValueError:
        # Also a UnicodeDecodeError, whose text would quote the input.
        raise FormInvalid from None
    fields: dict[str, str] = {}
    for name, value in pairs:
        fields[name] = f"{fields[name]}\n{value}" if name in fields else value
    given = fields.pop(TOKEN_FIELD, "")
    if browser is None or not hmac.compare_digest(_digest(given), _digest(form_token(browser, bound_to))):
        raise FormStale
    return fields


def is_foreign(request: Request, origin: str) -> bool:
    """Whether another origin's page caused this (OWASP CSRF: Fetch Metadata, then Origin)."""
    if request.headers.get("sec-fetch-site", "same-origin") != "same-origin":
        return True
    return request.headers.get("origin", origin) != origin


def is_embedded_elsewhere(request: Request) -> bool:
    """Whether another origin's page loads this as a part of its own: an image, a script, a frame (Fetch Metadata).

    Sites beside ours send our Lax cookies with such a request; a link or a typed address opens a page of its own.
    """
    headers = request.headers
    if headers.get("sec-fetch-site", "same-origin") in {"same-origin", "none"}:
        return False
    return headers.get("sec-fetch-mode") != "navigate" or headers.get("sec-fetch-dest", "document") != "document"


def _digest(text: str) -> bytes:
    """Comparable in constant time whatever letters it is made of."""
    return hashlib.sha256(text.encode("utf-8", "backslashreplace")).digest()
