"""The webhook against a real HTTP server on loopback: signed, safe to repeat, refused, silent, dropped."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import httpx2
import pytest

from connectors.webhook import SIGNATURE_HEADER, Endpoint, WebhookChannel
from domain.notices import NoticeRefused
from tests.notices.servers import Mood, web_server
from tests.notices.test_smtp import NOTICE, Handing

if TYPE_CHECKING:
    from tests.notices.servers import WebServer

SECRET = b"a-secret-of-both-sides"
NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)


def channel(server: WebServer, *, seconds: float = 5.0) -> WebhookChannel:
    """The channel to this server."""
    return WebhookChannel(Endpoint(url=server.url, secret=SECRET), now=lambda: NOW, timeout=httpx2.Timeout(seconds))


async def test_a_notice_is_signed_and_safe_to_repeat() -> None:
    """R23: the receiver can tell that it is ours and fresh (signature over time and body) and that it had it before."""
    handing = Handing()
    async with web_server() as server:
        await channel(server).deliver(NOTICE, handing)
        await channel(server).deliver(NOTICE, handing)
    (headers, body), (again, _) = server.requests
    stamp, _, given = headers[SIGNATURE_HEADER.lower()].partition(",v1=")
    assert stamp == f"t={int(NOW.timestamp())}"
    expected = hmac.new(SECRET, f"{int(NOW.timestamp())}.".encode() + body, hashlib.sha256).hexdigest()
    assert hmac.compare_digest(given, expected)
    assert headers["idempotency-key"] == again["idempotency-key"] == str(NOTICE.id)
    content = json.loads(body)
    assert content["contact"] == {"id": "c1", "kind": "email", "address": NOTICE.address}
    assert (content["occasion"], content["case"], content["text"]) == ("opened", NOTICE.reference, NOTICE.text)
    assert len(handing.times) == 2


@pytest.mark.parametrize("status", [200, 201, 202, 204])
async def test_a_2xx_is_acceptance(status: int) -> None:
    """Every 2xx says that the receiver has it."""
    async with web_server(status=status) as server:
        await channel(server).deliver(NOTICE, Handing())


@pytest.mark.parametrize("status", [301, 400, 401, 404, 429, 500, 503])
async def test_anything_else_is_a_refusal(status: int) -> None:
    """An answer that is no 2xx says that the receiver does not have it; a redirect leads nowhere."""
    async with web_server(status=status) as server, web_server() as elsewhere:
        server.location = elsewhere.url
        with pytest.raises(NoticeRefused) as refused:
            await channel(server).deliver(NOTICE, Handing())
    assert (refused.value.code, refused.value.final) == (f"endpoint_answered_{status}", False)
    assert elsewhere.requests == []


@pytest.mark.parametrize("mood", [Mood.SILENT_AFTER_CONTENT, Mood.DROPPING_AFTER_CONTENT])
async def test_no_answer_after_the_content_is_no_refusal(mood: Mood) -> None:
    """R23: a receiver that hangs or hangs up may have it."""
    handing = Handing()
    async with web_server(mood=mood) as server:
        with pytest.raises(httpx2.HTTPError):
            await channel(server, seconds=0.5).deliver(NOTICE, handing)
    assert (len(server.requests), len(handing.times)) == (1, 1)


async def test_nobody_listens() -> None:
    """A refused connection is a refusal before anything was handed over."""
    handing = Handing()
    async with web_server() as server:
        pass
    with pytest.raises(NoticeRefused) as refused:
        await channel(server).deliver(NOTICE, handing)
    assert (refused.value.code, handing.times) == ("endpoint_unreachable", [])


def test_the_secret_is_never_shown() -> None:
    """R44: neither the endpoint nor a notice shows its secrets in a repr."""
    text = repr(Endpoint(url="https://x.example", secret=SECRET)) + repr(NOTICE)
    assert not any(one in text for one in (SECRET.decode(), NOTICE.address, NOTICE.text, "/stop/"))
