"""What a case about a subject would ask for, of whom, and who is eligible now; it changes nothing (runbook, Policy)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.audit import EventType
from domain.case import Compromised, Intake, Reason
from domain.case_file import CaseFile
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
from domain.texts import NOTHING, Text, joined
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
    asks: Text
    of: Text
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
    who = (
        Text("{drawn} drawn by the product of {approvers} eligible", drawn=how_many(case), approvers=len(approvers))
        if case.policy.verification.draw_approver
        else Text("any of {approvers} eligible approvers", approvers=len(approvers))
    )
    return [
        PhaseView(phase=Phase.BACKUP_CODES, asks=_codes(case), of=Text("agent"), eligible=[case.agent.account_id]),
        PhaseView(phase=Phase.VERIFICATION, asks=requirement_of(case).in_words(), of=who, eligible=approvers),
        PhaseView(phase=Phase.COOLING_OFF, asks=_cooling_off(case), of=Text("nobody"), eligible=[]),
        PhaseView(
            phase=Phase.PRESENCE,
            asks=Text("The subject's own browser waits; an approver enters the code that it shows."),
            of=Text("subject and approver"),
            eligible=approvers,
        ),
        PhaseView(
            phase=Phase.STEP_UP, asks=_proof(case), of=Text("acting admin"), eligible=[case.acting_admin.account_id]
        ),
    ]


def _codes(case: Case) -> Text:
    if not codes_hold_the_case(case, []):
        return Text("No backup code is to be used first.")
    return Text(
        "{codes} backup codes are left: one is used, or the agent states why none can be",
        codes=case.snapshot.backup_codes_left,
    )


def _after_it(case: Case) -> list[PhaseView]:
    minutes, hours = case.policy.enrolment.window_minutes, case.policy.watch.hours
    factor = Text(
        "A new factor within {minutes} minutes, in the browser that waited; the account is watched for {hours} hours.",
        minutes=minutes,
        hours=hours,
    )
    password = Text("A new password, too.") if case.plan.choose_password else NOTHING
    asks = joined([factor, password])
    return [PhaseView(phase=Phase.RE_ENROLMENT, asks=asks, of=Text("subject"), eligible=[case.subject_id])]


def _cooling_off(case: Case) -> Text:
    seconds = wanted_seconds(CaseFile.of_new(case))
    if seconds == 0:
        return Text("None.")
    channels = len(clean_channels(case))
    counted = (
        Text("counted from the first notice accepted over one of {channels} clean channels", channels=channels)
        if channels
        else Text("and there is no clean channel: a security officer decides")
    )
    spared = case.tier is not Tier.PRIVILEGED and not case.policy.raised_threat
    return joined(
        [
            Text("{seconds} seconds, {counted}.", seconds=seconds, counted=counted),
            Text("None after a strong method.") if spared else NOTHING,
        ]
    )


def _proof(case: Case) -> Text:
    if case.tier is Tier.PRIVILEGED:
        return Text("A proof with a hardware-bound key (AAL3), over exactly this plan.")
    if not case.policy.step_up.required:
        return Text("No proof: this tenant has turned step-up off.")
    return Text("A fresh proof (AAL2), over exactly this plan.")
