"""The inbox: what waits for this person by their roles, the most urgent first; it looks again by itself (R22)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.policy.intake import may_open_any
from domain.policy.officers import holds_the_role
from service import inbox, reviews
from starter.console.routes import shown
from starter.console.site import BASE

if TYPE_CHECKING:
    from starlette.responses import Response

    from starter.console.visit import Visit

_PAGES = {
    inbox.Task.VERIFY: "/verify",
    inbox.Task.PRESENCE: "/presence",
    inbox.Task.RESET: "/reset",
    inbox.Task.RULE: "/officer",
}


async def show(visit: Visit) -> Response:
    """The page, or only its list."""
    lines = await inbox.inbox(visit.doors, visit.session)
    is_officer = holds_the_role(visit.session.actor).allowed
    waiting = await reviews.open_reviews(visit.doors, visit.session) if is_officer else []
    return visit.page(
        "inbox_list.html" if visit.is_part else "inbox.html",
        lines=[(one, f"{BASE}/cases/{one.case.reference}{_PAGES.get(one.task, '')}") for one in lines],
        reviews=[one for one in waiting if not one.by_you],
        most=inbox.MOST,
        may_open=may_open_any(visit.session.actor).allowed,
    )


ROUTES = (shown("/inbox", show),)
