"""The settings: one page that leads to the policy, the people, and the rollout campaigns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.policy.access import Access, may_access
from domain.policy.campaigns import may_read_campaigns
from service.policy import read_policy
from starter.console.routes import shown

if TYPE_CHECKING:
    from starlette.responses import Response

    from starter.console.visit import Visit


async def show(visit: Visit) -> Response:
    """What there is to set, as far as this person may see it."""
    actor = visit.session.actor
    return visit.page(
        "settings.html",
        policy=await read_policy(visit.doors, visit.session),
        reads_members=may_access(actor, Access.READ_MEMBERS).allowed,
        reads_campaigns=may_read_campaigns(actor).allowed,
    )


ROUTES = (shown("/settings", show),)
