"""The stop page as settings describe it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from starter.page_limits import PerMinute
from starter.stop_page.routes import StopPage, origin_of

if TYPE_CHECKING:
    from service.objecting import Objections
    from settings import Settings


def stop_page(door: Objections, settings: Settings) -> StopPage:
    """What the page stands on."""
    return StopPage(
        door=door,
        origin=origin_of(settings.stop_page_url),
        help_line=settings.help_line,
        wrong_tokens=PerMinute(time.monotonic),
    )
