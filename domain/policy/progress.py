"""Where a case stands: one pure function of what was stated, decided and observed, and of the present instant."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from domain.acts import ActKind
from domain.messages import Outcome, Phase
from domain.policy.brakes import held
from domain.policy.codes import codes_hold_the_case, confirmed_self_service, sign_in_observed
from domain.policy.cooling import cooling_off
from domain.policy.drawing import assignment
from domain.policy.objections import lift_due, open_objections, suspended, suspension_due, upheld
from domain.policy.presence import presence_until, valid_presence, valid_step_up
from domain.policy.verification import complete_until, denied, permits_containment, sufficient, uncertain
from domain.refusal_codes import Code

if TYPE_CHECKING:
    from collections.abc import Sequence

    from domain.acts import Act
    from domain.case import Case
    from domain.case_file import CaseFile


@dataclass(frozen=True)
class Progress:
    """The phase, what is waited for, and when to look again even without a bell."""

    phase: Phase
    code: str
    wake_at: datetime
    outcome: Outcome | None = None
    contain: bool = False


def progress(file: CaseFile) -> Progress:
    """Where the case stands at the instant at which the file was read.

    Verdicts of those who lost the role since do not count (R21).
    """
    case, acts, now = file.case, file.acts, file.now
    if ended := case.outcome or case.ending:
        return Progress(Phase.CLOSED, ended.value, now, outcome=ended)
    if case.claimed_at is not None:
        return _after_the_claim(file)
    if not case.genuine:
        # Changed past the doors: nothing more is decided in it, and people must look (R42).
        return Progress(Phase.CLOSED, Code.CASE_ROW_CHANGED, now, outcome=Outcome.INTERRUPTED)
    return _ended_without_reset(case, acts, now) or _towards_the_reset(file)


def _after_the_claim(file: CaseFile) -> Progress:
    case, acts, now = file.case, file.acts, file.now
    if case.enrol_by is None or case.wiped_at is None:
        return Progress(Phase.RESET, Code.RESET_UNDER_WAY, now)
    if suspension_due(file):
        return Progress(Phase.RE_ENROLMENT, Code.SUSPENSION_DUE, now)
    if lift_due(file):
        return Progress(Phase.RE_ENROLMENT, Code.LIFT_DUE, now)
    if suspended(acts):
        if upheld(acts):
            return Progress(Phase.CLOSED, Outcome.DISPUTED.value, now, outcome=Outcome.DISPUTED)
        # No clock decides this: the account is disabled, and an officer rings when they have ruled.
        return Progress(Phase.RE_ENROLMENT, Code.SUSPENDED_UNTIL_RULING, now + timedelta(days=1))
    if now >= case.enrol_by:
        return Progress(Phase.RE_ENROLMENT, Code.ENROLMENT_OVERDUE, case.enrol_by)
    return Progress(Phase.RE_ENROLMENT, Code.ENROLMENT_AWAITED, case.enrol_by)


def _ended_without_reset(case: Case, acts: Sequence[Act], now: datetime) -> Progress | None:
    ended = None
    if any(act.kind is ActKind.CANCEL for act in acts):
        ended = Outcome.CANCELLED
    elif upheld(acts):
        ended = Outcome.DISPUTED
    elif denied(case, acts):
        ended = Outcome.DENIED
    elif confirmed_self_service(acts):
        ended = Outcome.SELF_SERVICE
    elif any(act.kind is ActKind.INTERRUPT for act in acts):
        ended = Outcome.INTERRUPTED
    elif now >= case.expires_at:
        ended = Outcome.EXPIRED
    return Progress(Phase.CLOSED, ended.value, now, outcome=ended) if ended else None


def _towards_the_reset(file: CaseFile) -> Progress:
    case, acts, now = file.case, file.acts, file.now
    if waiting := _waits_for_an_officer(file):
        return waiting
    if codes_hold_the_case(case, acts):
        code = Code.CODE_SIGN_IN_TO_CONFIRM if sign_in_observed(acts) else Code.BACKUP_CODES_LEFT
        return Progress(Phase.BACKUP_CODES, code, case.expires_at)
    contain = case.contained_at is None and permits_containment(file)
    if not sufficient(file):
        code = Code.VERIFICATION_UNCERTAIN if uncertain(file) else Code.VERIFICATION_AWAITED
        return Progress(Phase.VERIFICATION, code, _next_reminder(case, acts, now), contain=contain)
    verified_until = min(complete_until(file) or case.expires_at, case.expires_at)
    if contain:
        return Progress(Phase.VERIFICATION, Code.CONTAINMENT_DUE, verified_until, contain=True)
    cooling = cooling_off(file)
    if not cooling.over(now):
        return Progress(Phase.COOLING_OFF, cooling.code, min(cooling.until or verified_until, verified_until))
    presence = valid_presence(case, acts, now)
    if presence is None:
        return Progress(Phase.PRESENCE, Code.PRESENCE_AWAITED, verified_until)
    if valid_step_up(case, acts, now) is None:
        return Progress(Phase.STEP_UP, Code.STEP_UP_AWAITED, min(presence_until(case, presence), verified_until))
    return Progress(Phase.RESET, Code.RESET_DUE, now)


def _waits_for_an_officer(file: CaseFile) -> Progress | None:
    """Held past a brake (R41) or paused by an objection (R24): nothing moves towards the reset meanwhile."""
    if held(file.acts) is not None:
        return Progress(Phase.COOLING_OFF, Code.HELD_PAST_A_BRAKE, file.case.expires_at)
    if open_objections(file):
        return Progress(Phase.COOLING_OFF, Code.PAUSED_BY_OBJECTION, file.case.expires_at)
    return None


def _next_reminder(case: Case, acts: Sequence[Act], now: datetime) -> datetime:
    """When the next look is due while approvers are waited for: reminder, escalation, or the case's end (R22)."""
    drawn = assignment(case, acts)
    moments = [drawn.remind_at, drawn.escalate_at] if drawn else []
    return min([one for one in moments if one > now] + [case.expires_at])
