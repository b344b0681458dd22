"""Operations: whether workers, Temporal and the database do their part, what is stuck, and what was not delivered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from service import operations
from starter.console.routes import shown

if TYPE_CHECKING:
    from starlette.responses import Response

    from starter.console.visit import Visit


async def show(visit: Visit) -> Response:
    """How the system stands at this moment; the part is asked for again by the page itself."""
    console = visit.site.console
    view = await operations.read_operations(visit.doors, console.engine, console.services.trail.heads, visit.session)
    return visit.page("ops_part.html" if visit.is_part else "ops.html", view=view)


async def health(visit: Visit) -> Response:
    """Whether cases move: the part that every page shows above its content (B29)."""
    return visit.page("health.html")


ROUTES = (shown("/ops", show), shown("/health", health))
