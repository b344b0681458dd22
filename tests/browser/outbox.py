"""The mailboxes of everybody: the page on which this machine keeps the notices that it would send."""

from __future__ import annotations

import asyncio
import re
from html import unescape

import httpx2

from tests.browser.product import Product

_LINK = re.compile(r"https?://[^\s<>]+/stop/[A-Za-z0-9._~-]+")
PATIENCE_SECONDS = 30


async def stop_link(product: Product, reference: str) -> str:
    """The stop link in a notice of this case, once one has arrived."""
    async with asyncio.timeout(PATIENCE_SECONDS), httpx2.AsyncClient(trust_env=False) as http:
        while True:
            page = await http.get(f"{product.api_url}/outbox")
            for notice in unescape(page.text).split("<article>"):
                match = _LINK.search(notice)
                if reference in notice and match:
                    return match[0]
            await asyncio.sleep(0.2)
