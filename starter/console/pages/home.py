"""The console's first page, which leads on to where this person's work is, and the choice of a language."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starter.console.routes import posted, shown
from starter.console.site import BASE
from starter.console.visit import own_path

if TYPE_CHECKING:
    from starlette.responses import Response

    from starter.console.visit import Visit


async def show(visit: Visit) -> Response:
    """To the inbox: everybody's work begins there."""
    return visit.go_to(f"{BASE}/inbox")


async def choose_language(visit: Visit) -> Response:
    """Speak another language from now on, and back to the page before."""
    fields = await visit.form()
    answer = visit.go_to(own_path(fields.get("back", "")))
    visit.choose_language(answer, fields.get("language", ""))
    return answer


ROUTES = (
    shown(BASE, show),
    posted("/language", choose_language, stranger=True),
)
