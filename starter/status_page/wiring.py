"""The status page as settings describe it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from starter.page_limits import PerMinute
from starter.status_page.routes import StatusPage

if TYPE_CHECKING:
    from settings import Settings
    from store.ledger import Ledger

MOST_LOOKS_OF_ONE = 60
MOST_LOOKS_OF_ALL = 6_000


def status_page(ledger: Ledger, settings: Settings) -> StatusPage:
    """What the page stands on."""
    return StatusPage(
        ledger=ledger,
        secure=settings.stop_page_url.startswith("https:"),
        help_line=settings.help_line,
        waiting_url=f"{settings.directory_origin}/waiting",
        looks=PerMinute(time.monotonic, of_one=MOST_LOOKS_OF_ONE, of_all=MOST_LOOKS_OF_ALL),
        wrong=PerMinute(time.monotonic),
    )
