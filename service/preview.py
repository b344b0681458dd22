"""What a case with these answers would be: its plan, its tier, and why it would be refused; nothing is changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from domain.case_file import CaseFile
from domain.policy.brakes import opening_brakes
from domain.policy.codes import codes_hold_the_case
from domain.policy.cooling import wanted_seconds
from domain.policy.decision import first_refusal
from domain.policy.drawing import how_many
from domain.policy.intake import may_open_any
from domain.policy.requirement import requirement_of
from service.case_view import PlanView, RiskView, plan_view, risk_views
from service.drawing import who_is_eligible
from service.opening import Asked, may_open_now, new_case
from store.brakes import openings_today

if TYPE_CHECKING:
    from domain.account import Account
    from domain.acts import Brake
    from domain.case import Case, Intake
    from domain.people import Tier
    from domain.policy.decision import Decision
    from domain.texts import Text
    from service.doors import Doors
    from service.sessions import Session


@dataclass(frozen=True, kw_only=True)
class Preview:
    """The case that would be opened now; `decision` says whether it would. Times are in seconds, minutes and hours."""

    decision: Decision
    tier: Tier
    plan: PlanView
    needs: Text
    approvers: int
    eligible: int
    codes_first: bool
    cooling_off_seconds: int
    enrolment_minutes: int
    case_hours: int
    brakes: list[Brake]
    risks: list[RiskView]
    ticket_wanted: bool
    ticket_example: str | None


async def preview(doors: Doors, session: Session, subject: Account, intake: Intake) -> Preview:
    """What these answers about this account would lead to. Raises `ProviderUnavailable`."""
    asked = Asked(intake, [subject], await doors.accounts.read(session.actor.account_id), key="", digest="")
    async with doors.ledger.unit(session.tenant_id) as unit:
        decision = first_refusal(may_open_any(session.actor), await may_open_now(unit, session, subject, asked))
        case = await new_case(unit, session, subject, asked, doors.new_id())
        eligible = len(await who_is_eligible(unit, case))
        opened = await openings_today(unit, case.agent.person_id)
    return _preview(case, decision, eligible, opening_brakes(case.policy.brakes, opened_today=opened))


def _preview(case: Case, decision: Decision, eligible: int, brakes: list[Brake]) -> Preview:
    return Preview(
        decision=decision,
        tier=case.tier,
        plan=plan_view(case, []),
        needs=requirement_of(case).in_words(),
        approvers=how_many(case),
        eligible=eligible,
        codes_first=codes_hold_the_case(case, []),
        cooling_off_seconds=wanted_seconds(CaseFile.of_new(case)),
        enrolment_minutes=case.policy.enrolment.window_minutes,
        case_hours=case.policy.case_hours,
        brakes=brakes,
        risks=risk_views(case),
        ticket_wanted=case.policy.ticket_pattern is not None,
        ticket_example=case.policy.ticket_example,
    )
