"""The reader of a notice: finds its stop link in the sample's outbox page, as a scanner and as a person."""

from __future__ import annotations

import asyncio
import re
import time
from html import unescape
from urllib.parse import urlsplit

import httpx2

from starter.demo.stage import ExpectationFailed, expect

_LINK = re.compile(r"https?://[^\s<>]+/stop/[A-Za-z0-9._~-]+")
_FORM = re.compile(r'name="form" value="([^"]+)"')
PATIENCE_SECONDS = 20.0


class Reader:
    """A reader with a mailbox; `api_url` is where the product answers on this machine."""

    def __init__(self, api_url: str) -> None:
        self._http = httpx2.AsyncClient(base_url=api_url, timeout=30)
        self._link = ""

    async def find_link(self, reference: str) -> None:
        """Wait for a notice of this case and keep its stop link."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not self._link:
            page = await self._http.get("/outbox")
            for notice in unescape(page.text).split("<article>"):
                match = _LINK.search(notice)
                if reference in notice and match:
                    self._link = match[0]
            if not self._link and time.monotonic() > deadline:
                raise ExpectationFailed("no notice with a stop link arrived")
            await asyncio.sleep(0.2)

    async def scan(self) -> None:
        """As a mail scanner: open the link three times; nothing may come of it (B20)."""
        for _ in range(3):
            answer = await self._http.get(self._path)
            expect("the stop page", seen=answer.status_code, wanted=200)

    async def confirm(self) -> None:
        """As a person: open the page and press its button."""
        page = await self._http.get(self._path)
        form = _FORM.search(page.text)
        if form is None:
            raise ExpectationFailed("the stop page has no form")
        parts = urlsplit(self._link)
        origin = {"Origin": f"{parts.scheme}://{parts.netloc}"}
        answer = await self._http.post(self._path, data={"form": unescape(form[1])}, headers=origin)
        expect("the stop page's answer", seen=answer.status_code, wanted=200)

    async def close(self) -> None:
        """Close the mailbox."""
        await self._http.aclose()

    @property
    def _path(self) -> str:
        return urlsplit(self._link).path
