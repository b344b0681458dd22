"""The mailboxes of everybody: the page on which this machine keeps the notices that it would send."""

from __future__ import annotations

import re
from html import unescape

import httpx2

from tests.browser.product import Product
from tests.support import waiting

_LINK = re.compile(r"https?://[^\s<>]+/stop/[A-Za-z0-9._~-]+")


async def stop_link(product: Product, reference: str) -> str:
    """The stop link in a notice of this case, once one has arrived."""
    async with httpx2.AsyncClient(trust_env=False) as http:

        async def found() -> str | None:
            page = await http.get(f"{product.api_url}/outbox")
            for notice in unescape(page.text).split("<article>"):
                match = _LINK.search(notice)
                if reference in notice and match:
                    return match[0]
            return None

        return await waiting.until(found, every=0.2) or ""
