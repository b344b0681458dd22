"""What a case about somebody would ask for, of whom, and who is eligible now; nothing is changed (runbook, Policy)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.audit import EventType
from domain.case import Compromised, Intake, Reason
from domain.events import by_person
from domain.messages import Phase
from domain.people import Tier
from domain.policy.access import Access
from domain.policy.brakes import opening_brakes
from domain.policy.codes import codes_hold_the_case
from domain.policy.cooling import clean_channels, wanted_seconds
from domain.policy.decision import first_refusal
from domain.policy.drawing import how_many
from domain.policy.intake import may_open_any, one_match
from domain.policy.requirement import requirement_of
from domain.texts import Text
from service.drawing import who_is_eligible
from service.opening import Asked, may_open_now, new_case
from service.reading import require
from service.view import View
from store.brakes import openings_today

if TYPE_CHECKING:
    from domain.acts import Brake
    from domain.case import Case
    from domain.people import Member
    from domain.policy.decision import Decision
    from service.doors import Doors
    from service.sessions import Session


class PhaseView(View):
    """One phase: what would be asked in it, and of whom."""

    phase: Phase
    asks: str
    of: str
    eligible: list[str]


class Explanation(View):
    """What a case about this subject for this reason would be.

    `would_be_refused` says why it would not open now, `would_be_held` past which brakes it would wait for an officer.
    """

    subject_id: str
    tier: Tier
    would_be_refused: str | None
    because: Text | None
    would_be_held: list[str]
    risks: list[str]
    operations: list[str]
    phases: list[PhaseView]
    policy_version: int


async def explain(
    doors: Doors, session: Session, *, subject: str, reason: Reason, compromised: Compromised
) -> Explanation:
    """Say phase by phase what would be asked. Raises `Refused` for other roles or no exact match."""
    await require(doors, session, Access.LOOK_UP_ACCOUNTS)
    intake = Intake(reason=reason, cannot_complete_mfa=True, password_compromised=compromised)
    found = await doors.accounts.find(session.tenant_id, subject)
    agent = await doors.accounts.read(session.actor.account_id)
    asked = Asked(intake, found, agent, key="", digest="")
    ids = [one.id for one in found[:10]]
    looked_up = by_person(session.actor, EventType.ACCOUNTS_LOOKED_UP, matches=len(found), accounts=ids)
    await doors.ledger.audit(session.tenant_id, looked_up)
    one_match(len(found)).enforce()
    async with doors.ledger.unit(session.tenant_id) as unit:
        decision = first_refusal(may_open_any(session.actor), await may_open_now(unit, session, found[0], asked))
        case = await new_case(unit, session, found[0], asked, doors.new_id())
        eligible = await who_is_eligible(unit, case)
        opened = await openings_today(unit, case.agent.person_id)
    brakes = opening_brakes(case.policy.brakes, opened_today=opened)
    return _explanation(case, eligible, decision, brakes)


def _explanation(case: Case, eligible: list[Member], decision: Decision, brakes: list[Brake]) -> Explanation:
    return Explanation(
        subject_id=case.subject_id,
        tier=case.tier,
        would_be_refused=None if decision.allowed else decision.code,
        because=None if decision.allowed else decision.reason,
        would_be_held=[one.value for one in brakes],
        risks=sorted({one.code.value for one in case.risks}),
        operations=[one.key for one in case.plan.operations],
        phases=[*_before_the_reset(case, eligible), *_after_it(case)],
        policy_version=case.policy.version,
    )


def _before_the_reset(case: Case, eligible: list[Member]) -> list[PhaseView]:
    approvers = [one.account_id for one in eligible]
    drawn = f"{how_many(case)} drawn by the product of {len(approvers)} eligible"
    who = drawn if case.policy.verification.draw_approver else f"any of {len(approvers)} eligible approvers"
    codes = (
        f"{case.snapshot.backup_codes_left} backup codes are left: one is used, or the agent states why none can be"
        if codes_hold_the_case(case, [])
        else "No backup code is to be used first."
    )
    return [
        PhaseView(phase=Phase.BACKUP_CODES, asks=codes, of="agent", eligible=[case.agent.account_id]),
        PhaseView(phase=Phase.VERIFICATION, asks=requirement_of(case).in_words(), of=who, eligible=approvers),
        PhaseView(phase=Phase.COOLING_OFF, asks=_cooling_off(case), of="nobody", eligible=[]),
        PhaseView(
            phase=Phase.PRESENCE,
            asks="The subject's own browser waits; an approver enters the code that it shows.",
            of="subject and approver",
            eligible=approvers,
        ),
        PhaseView(phase=Phase.STEP_UP, asks=_proof(case), of="acting admin", eligible=[case.acting_admin.account_id]),
    ]


def _after_it(case: Case) -> list[PhaseView]:
    minutes, hours = case.policy.enrolment.window_minutes, case.policy.watch.hours
    asks = (
        f"A new factor within {minutes} minutes, in the browser that waited; the account is watched for {hours} hours."
    )
    if case.plan.choose_password:
        asks += " A new password, too."
    return [PhaseView(phase=Phase.RE_ENROLMENT, asks=asks, of="subject", eligible=[case.subject_id])]


def _cooling_off(case: Case) -> str:
    seconds = wanted_seconds(case, [])
    if seconds == 0:
        return "None."
    spared = "" if case.tier is Tier.PRIVILEGED or case.policy.raised_threat else " None after a strong method."
    channels = len(clean_channels(case))
    counted = (
        f"counted from the first notice accepted over one of {channels} clean channels"
        if channels
        else "and there is no clean channel: a security officer decides"
    )
    return f"{seconds} seconds, {counted}.{spared}"


def _proof(case: Case) -> str:
    if case.tier is Tier.PRIVILEGED:
        return "A proof with a hardware-bound key (AAL3), over exactly this plan."
    if not case.policy.step_up.required:
        return "No proof: this tenant has turned step-up off."
    return "A fresh proof (AAL2), over exactly this plan."
