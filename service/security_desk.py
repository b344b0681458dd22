"""What security officers watch over: cases that wait for them, how close the brakes are, and who could verify."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from domain.acts import Brake
from domain.people import Role
from domain.policy.access import Access, may_access
from domain.policy.brakes import held
from domain.policy.standing import role_is_old_enough
from service import reviews
from service.case_view import CaseSummary
from service.reading import require
from service.reviews import ReviewView
from service.view import View
from store.brakes import farthest

if TYPE_CHECKING:
    from domain.policy.document import Policy
    from service.doors import Doors
    from service.sessions import Session
    from store.unit import Unit

MOST_CASES = 200
_HIGHEST = 3


class WaitingCase(View):
    """A case that waits for a security officer; `brake` is the one that holds it (R41)."""

    case: CaseSummary
    brake: Brake | None


class BrakeView(View):
    """How far people or the tenant have come towards a brake; `who` are account ids, none for the tenant's (R41)."""

    brake: Brake
    who: list[str]
    count: int
    limit: int

    @property
    def reached(self) -> bool:
        """Whether the next one is held."""
        return self.count >= self.limit


class SecurityDesk(View):
    """All of it at one instant. `standing` of the approvers have a role old enough; `enough` is what policy wants."""

    waiting: list[WaitingCase]
    reviews: list[ReviewView]
    brakes: list[BrakeView]
    raised_threat: bool
    policy_version: int
    standing: int
    enough: int
    at: datetime


async def read_desk(doors: Doors, session: Session) -> SecurityDesk:
    """For officers, auditors and administrators; reviews only for those who may read them. Raises `Refused`."""
    await require(doors, session, Access.READ_SECURITY)
    waiting = await reviews.waiting_files(doors, session, "security", limit=MOST_CASES)
    may_review = may_access(session.actor, Access.READ_REVIEWS).allowed
    found = await reviews.open_reviews(doors, session) if may_review else []
    with_brakes = [WaitingCase(case=one, brake=held(file.acts)) for one, file in waiting]
    async with doors.ledger.unit(session.tenant_id) as unit:
        policy, now = await unit.policy(), await unit.now()
        approvers = (await unit.with_role(Role.APPROVER)).values()
        return SecurityDesk(
            waiting=with_brakes,
            reviews=found,
            brakes=await _brakes(unit, policy),
            raised_threat=policy.raised_threat,
            policy_version=policy.version,
            standing=sum(1 for one in approvers if role_is_old_enough(one, now=now, policy=policy).allowed),
            enough=policy.verification.enough_approvers,
            at=now,
        )


async def _brakes(unit: Unit, policy: Policy) -> list[BrakeView]:
    """Those who have come farthest, brake by brake; counted as the brakes themselves count."""
    limits, found = policy.brakes, await farthest(unit, most=_HIGHEST)
    kinds = [
        (Brake.AGENT, found.openings, limits.agent_openings_a_day),
        (Brake.APPROVER, found.verdicts, limits.approver_verdicts_a_day),
        (Brake.PAIR, found.pairs, limits.pair_a_day),
    ]
    return [
        BrakeView(brake=Brake.TENANT, who=[], count=found.claims, limit=limits.wipes_an_hour),
        *(
            BrakeView(brake=brake, who=list(one.who), count=one.count, limit=limit)
            for brake, counted, limit in kinds
            for one in counted
        ),
    ]
