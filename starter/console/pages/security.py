"""The security officers' page: what waits for them, how close the brakes are, and raising the threat level (R41)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.policy.changing import may_ask_to_raise
from domain.refusal_codes import Code
from service.naming import names_of
from service.policy import read_policy
from service.security_desk import read_desk
from starter.console import policy_change
from starter.console.routes import posted, shown

if TYPE_CHECKING:
    from starlette.responses import Response

    from service.security_desk import SecurityDesk, WaitingCase
    from starter.console.visit import Visit

GROUPS = (
    ("disputed", (Code.PAUSED_BY_OBJECTION,)),
    ("held", (Code.HELD_PAST_A_BRAKE,)),
    ("unreachable", (Code.OFFICER_DECIDES_COOLING_OFF,)),
)
"""What waits, in the order of its urgency, by the code of the case; suspended accounts come first and are the rest."""


async def show(visit: Visit) -> Response:
    """Everything at once; the parts that change by themselves are asked for alone."""
    desk = await read_desk(visit.doors, visit.session)
    template = "security_part.html" if visit.is_part else "security.html"
    return visit.page(
        template,
        desk=desk,
        groups=_grouped(desk),
        names=await names_of(visit.doors, _people(desk)),
        may_raise=may_ask_to_raise(visit.session.actor).allowed,
    )


async def raise_threat(visit: Visit) -> Response:
    """The policy in force, with the threat raised: it holds at once, after a proof."""
    fields = await visit.form()
    key = visit.key(fields)
    policy = await read_policy(visit.doors, visit.session)
    wanted = policy.model_copy(update={"raised_threat": True})
    return await policy_change.begin(visit, wanted, base=fields.get("base", ""), key=key)


def _grouped(desk: SecurityDesk) -> dict[str, list[WaitingCase]]:
    named: dict[str, str] = {code: group for group, codes in GROUPS for code in codes}
    found: dict[str, list[WaitingCase]] = {"suspended": [], **{group: [] for group, _ in GROUPS}}
    for one in desk.waiting:
        found[named.get(one.case.code, "suspended")].append(one)
    return found


def _people(desk: SecurityDesk) -> list[str]:
    agents = [one.case.agent_id for one in desk.waiting]
    braked = [who for one in desk.brakes for who in one.who]
    return [*agents, *braked, *(one.broken_by for one in desk.reviews)]


ROUTES = (
    shown("/security", show),
    posted("/security/threat", raise_threat),
)
