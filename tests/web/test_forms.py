"""Forms of ours, and forms that look like it (B22)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from starlette.requests import Request

from web.forms import FormInvalid, FormStale, form_token, is_foreign, read_form

BROWSER, WHO = "b" * 43, "tenant\0account"
ORIGIN = "https://recovery.example"


def request(body: bytes = b"", headers: Mapping[str, str] | None = None) -> Request:
    """A POST with this body."""
    given = {"content-type": "application/x-www-form-urlencoded", **(headers or {})}

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    raw = [(name.encode(), value.encode()) for name, value in given.items()]
    return Request({"type": "http", "method": "POST", "headers": raw, "path": "/", "query_string": b""}, receive)


def with_token(fields: str, token: str | None = None) -> bytes:
    """A body that carries a token."""
    return f"{fields}&form_token={form_token(BROWSER, WHO) if token is None else token}".encode()


async def test_a_form_of_ours_is_read() -> None:
    """Its fields come as they were typed, the token is not among them, and boxes of one name are joined."""
    fields = await read_form(request(with_token("a=1+2&b=%C3%A9&c=x&c=y")), browser=BROWSER, bound_to=WHO)
    assert fields == {"a": "1 2", "b": "é", "c": "x\ny"}


@pytest.mark.parametrize(
    ("token", "browser", "bound_to"),
    [
        ("", BROWSER, WHO),
        ("0" * 64, BROWSER, WHO),
        (form_token("c" * 43, WHO), BROWSER, WHO),
        (form_token(BROWSER, "tenant\0somebody"), BROWSER, WHO),
        (form_token(BROWSER, WHO), None, WHO),
        ("%F0%9F%98%80", BROWSER, WHO),
    ],
)
async def test_a_foreign_token_is_refused(token: str, browser: str | None, bound_to: str) -> None:
    """B22: missing, wrong, another browser's or another person's."""
    with pytest.raises(FormStale):
        await read_form(request(with_token("a=1", token)), browser=browser, bound_to=bound_to)


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b'{"a": 1}', "application/json"),
        (b"a=1", "text/plain"),
        (b"a=1", "multipart/form-data; boundary=x"),
        (b"a=%ff", "application/x-www-form-urlencoded"),
        (b"a=\xff", "application/x-www-form-urlencoded"),
        (b"&".join(b"f%d=1" % number for number in range(200)), "application/x-www-form-urlencoded"),
    ],
)
async def test_what_is_no_form_of_ours(body: bytes, content_type: str) -> None:
    """B22, B26: another type of content, bytes that are no text, or too many fields."""
    with pytest.raises(FormInvalid):
        await read_form(request(body, {"content-type": content_type}), browser=BROWSER, bound_to=WHO)


@pytest.mark.parametrize(
    ("headers", "foreign"),
    [
        ({"sec-fetch-site": "same-origin", "origin": ORIGIN}, False),
        ({"origin": ORIGIN}, False),
        ({}, False),
        ({"sec-fetch-site": "same-site", "origin": ORIGIN}, True),
        ({"sec-fetch-site": "cross-site"}, True),
        ({"sec-fetch-site": "none"}, True),
        ({"origin": "null"}, True),
        ({"origin": "https://recovery.example.evil"}, True),
        ({"origin": "http://recovery.example"}, True),
    ],
)
def test_another_origins_request(headers: dict[str, str], foreign: bool) -> None:
    """B22: Fetch Metadata first, then Origin; a caller without either is no browser and carries no cookies."""
    assert is_foreign(request(headers=headers), ORIGIN) is foreign
