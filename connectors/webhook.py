"""Notices to an HTTP endpoint of the tenant's own: JSON, signed, and safe to repeat by its idempotency key."""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import httpx2

from domain.account import ContactKind
from domain.notices import Notice, NoticeRefused

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from datetime import datetime

    from domain.ports import HandingOver

SIGNATURE_HEADER = "Recovery-Signature"
_TIMEOUT = httpx2.Timeout(20.0, connect=5.0)


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """Where notices are posted, and the secret that both sides know."""

    url: str
    secret: bytes = field(repr=False)


class WebhookChannel:
    """Serves every kind of contact point; the receiver turns it into a text message, a call or a chat."""

    name = "webhook"
    kinds = frozenset(ContactKind)

    def __init__(self, endpoint: Endpoint, *, now: Callable[[], datetime], timeout: httpx2.Timeout = _TIMEOUT) -> None:
        self._endpoint = endpoint
        self._now = now
        self._timeout = timeout

    async def deliver(self, notice: Notice, handing_over: HandingOver) -> None:
        """See `domain.ports.NoticeChannel`. A 2xx is acceptance; redirects are not followed."""
        body = content_of(notice)

        async def parts() -> AsyncIterator[bytes]:
            # Asked for only once there is a connection: until here nothing of the notice has left.
            await handing_over()
            yield body

        stamp = int(self._now().timestamp())
        headers = {
            "Content-Type": "application/json",
            "Content-Length": str(len(body)),
            "Idempotency-Key": str(notice.id),
            SIGNATURE_HEADER: f"t={stamp},v1={signature(self._endpoint.secret, stamp, body)}",
        }
        # No proxy and no credentials from the environment: only settings.py reads it.
        async with httpx2.AsyncClient(trust_env=False, follow_redirects=False, timeout=self._timeout) as client:
            try:
                answer = await client.post(self._endpoint.url, content=parts(), headers=headers)
            except httpx2.ConnectTimeout:
                raise NoticeRefused("endpoint_silent") from None
            except httpx2.ConnectError:
                raise NoticeRefused("endpoint_unreachable") from None
        if not answer.is_success:
            raise NoticeRefused(f"endpoint_answered_{answer.status_code}")


def content_of(notice: Notice) -> bytes:
    """The JSON of a notice. The receiver is trusted with the address and the stop link, and with nothing else."""
    return json.dumps(
        {
            "id": str(notice.id),
            "tenant": notice.tenant,
            "case": notice.reference,
            "occasion": notice.occasion.value,
            "contact": {"id": notice.contact_id, "kind": notice.kind.value, "address": notice.address},
            "subject": notice.subject,
            "text": notice.text,
            "html": notice.html,
            "stop_url": notice.stop_url,
        }
    ).encode()


def signature(secret: bytes, stamp: int, body: bytes) -> str:
    """HMAC-SHA256, in hex, over the time in seconds since 1970 and the body: old requests cannot be replayed."""
    return hmac.new(secret, f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
