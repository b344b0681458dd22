"""What tests of notices share: a relay for a world, its rows, the mails' links, and a browser for the stop page."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import httpx2
from fastapi import FastAPI

from compose.parts import stop_secret
from service.objecting import Objections
from service.stop_tokens import StopTokens
from starter.page_limits import PerMinute
from starter.relay.notice_orders import NoticeOrders
from starter.relay.notice_texts import NoticeTexts
from starter.relay.notices import NoticeParts, NoticeRelay
from starter.stop_page.routes import StopPage, mount
from store.notices import NoticeBook
from tests.support.database import pool_of

if TYPE_CHECKING:
    from domain.account import ContactKind
    from domain.notices import Notice
    from domain.ports import Accounts, HandingOver, NoticeChannel
    from tests.support.world import World

BASE = "https://stop.acme.example"
HELP_LINE = "the IT help desk, +44 20 7946 0000"


@dataclass
class Collecting:
    """A channel that takes everything, for tests that are about what is told and to whom."""

    kinds: frozenset[ContactKind]
    name: str = "collecting"
    taken: list[Notice] = field(default_factory=list)

    async def deliver(self, notice: Notice, handing_over: HandingOver) -> None:
        await handing_over()
        self.taken.append(notice)


def relay_of(w: World, *channels: NoticeChannel, accounts: Accounts | None = None) -> NoticeRelay:
    """A relay of notices over these channels."""
    book = NoticeBook(w.parts.ledger)
    return NoticeRelay(
        NoticeParts(
            ledger=w.parts.ledger,
            book=book,
            orders=NoticeOrders(w.parts.ledger, book, accounts or w.parts.feed, uuid4),
            texts=NoticeTexts(w.parts.ledger, tokens_of(w), base_url=BASE, help_line=HELP_LINE),
            channels=channels,
            new_id=uuid4,
        )
    )


def tokens_of(w: World) -> StopTokens:
    """The tokens of a world's stop links."""
    return StopTokens(stop_secret(w.parts))


def door_of(w: World) -> Objections:
    """The door of a world's stop links."""
    return Objections(w.parts.ledger, tokens_of(w), w.outbox.deliver_now)


async def rows(w: World, case_id: UUID, occasion: str | None = None) -> list[dict[str, Any]]:
    """The case's notices as they are in the store."""
    found = await pool_of(w.parts.ledger).fetch(
        "SELECT * FROM recovery.notices WHERE case_id = $1 AND ($2::text IS NULL OR occasion = $2) ORDER BY contact_id",
        case_id, occasion,
    )  # fmt: skip
    return [dict(row) for row in found]


async def due(w: World) -> None:
    """Whatever waits for its time is due now."""
    await w.owner("UPDATE recovery.notices SET next_at = clock_timestamp()")
    await w.owner("UPDATE recovery.notice_orders SET next_at = clock_timestamp()")


def token_in(text: str) -> str:
    """The token of the stop link in a notice."""
    match = re.search(rf"{re.escape(BASE)}/stop/(\S+)", text)
    assert match, text
    return match[1]


def stop_app(w: World, *, wrong_tokens: PerMinute | None = None) -> FastAPI:
    """The stop page alone."""
    app = FastAPI(openapi_url=None)
    page = StopPage(
        door=door_of(w), origin=BASE, help_line=HELP_LINE, wrong_tokens=wrong_tokens or PerMinute(lambda: 0.0)
    )
    mount(app, page)
    return app


class Browser:
    """A browser without scripts: keeps cookies and sends the page's form."""

    def __init__(self, app: FastAPI, *, client: str = "192.0.2.7") -> None:
        transport = httpx2.ASGITransport(app=app, client=(client, 50_000))
        self.client = httpx2.AsyncClient(transport=transport, base_url=BASE, timeout=20)

    async def open(self, token: str, method: str = "GET", **headers: str) -> httpx2.Response:
        """Open a link."""
        return await self.client.request(method, f"/stop/{token}", headers=headers)

    async def confirm(self, token: str, page: httpx2.Response, **headers: str) -> httpx2.Response:
        """Press the button on the page."""
        given = {"Origin": BASE, "Sec-Fetch-Site": "same-origin", **headers}
        return await self.client.post(f"/stop/{token}", data={"form": form_token(page)}, headers=given)

    async def stop(self, token: str) -> httpx2.Response:
        """Open a link and press the button."""
        return await self.confirm(token, await self.open(token))


def form_token(page: httpx2.Response) -> str:
    """The hidden field of the page's form."""
    match = re.search(r'name="form" value="([\w-]+)"', page.text)
    assert match, page.text
    return match[1]
