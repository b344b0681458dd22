"""The page of the development channel: notices that were kept instead of sent, for this machine's own eyes."""

from __future__ import annotations

import ipaddress
from http import HTTPStatus
from typing import TYPE_CHECKING

from starlette.exceptions import HTTPException

from starter.stop_page.rendering import Renderer
from store.kept_notices import kept_notices

if TYPE_CHECKING:
    from fastapi import FastAPI, Request, Response

    from store.ledger import Ledger

PATH = "/outbox"
_MOST_SHOWN = 50
_OWN_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})


def mount_outbox(app: FastAPI, ledger: Ledger) -> None:
    """Add the page; it answers this machine only, and only under this machine's own names (DNS rebinding)."""
    renderer = Renderer(help_line="")

    async def show(request: Request) -> Response:
        if not _is_local(request):
            raise HTTPException(HTTPStatus.NOT_FOUND)
        return renderer.page("outbox.html", notices=await kept_notices(ledger, most=_MOST_SHOWN))

    app.add_route(PATH, show, methods=["GET"], include_in_schema=False)


def _is_local(request: Request) -> bool:
    try:
        client = ipaddress.ip_address(request.client.host if request.client else "")
    except ValueError:
        return False
    return client.is_loopback and (request.url.hostname or "") in _OWN_NAMES
