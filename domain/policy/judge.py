"""The last look before anything is removed (R34): acts, people, both policies, subject, browser, plan."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from domain.account import AccountStatus
from domain.acts import binding
from domain.messages import Phase
from domain.people import Role, Tier, rank, subject_rank
from domain.plan import OperationKind, Plan, Scope, make_plan
from domain.policy.brakes import held
from domain.policy.cooling import cooling_off
from domain.policy.decision import ALLOWED, Decision, first_refusal, refuse
from domain.policy.genuine import is_genuine
from domain.policy.intake import tier_of
from domain.policy.objections import open_objections
from domain.policy.presence import Presence, browser_still_waits, proof_is_enough, valid_presence, valid_step_up
from domain.policy.progress import progress
from domain.policy.standing import role_is_old_enough
from domain.policy.verification import permits_containment, still_approver, sufficient
from domain.refusal_codes import Code

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from domain.account import Account
    from domain.acts import Act
    from domain.case import Case
    from domain.people import Member
    from domain.policy.document import Policy


def judge(
    *,
    case: Case,
    acts: Sequence[Act],
    subject: Account,
    members: Mapping[str, Member],
    present_policy: Policy,
    presence: Presence | None,
    now: datetime,
) -> Decision:
    """Whether the reset may be claimed now. Both the pinned and the present policy must allow it."""
    today = case.model_copy(update={"policy": present_policy})
    return first_refusal(
        is_genuine(case),
        _not_claimed_or_ended(case, acts, now),
        subject_is_there(case, subject),
        plan_still_fits(case, subject),
        _still_of_this_tier(today, subject, members),
        _verified(case, acts, now, members),
        _verified(today, acts, now, members),
        _cooled_off(case, acts, now, members),
        _cooled_off(today, acts, now, members),
        _acting_admin_stands(today, subject, members, now),
        _proved(case, acts, now),
        _proved(today, acts, now),
        _presence_stands(case, acts, now, members),
        _presence_stands(today, acts, now, members),
        browser_still_waits(presence, case, acts, now),
        browser_still_waits(presence, today, acts, now),
    )


def may_contain(*, case: Case, acts: Sequence[Act], members: Mapping[str, Member], now: datetime) -> Decision:
    """Whether one verdict already permits disabling and revoking (R19, hostile cases only)."""
    if not case.genuine:
        return is_genuine(case)
    where = progress(case, acts, now)
    if where.outcome is not None or not case.hostile or not where.contain:
        return refuse("R19", Code.CONTAINMENT_NOT_DUE, "Nothing is to be contained now.")
    if not permits_containment(case, acts, now, members):
        return refuse("R21", Code.VERDICT_LOST_ITS_AUTHOR, "The approver no longer holds the role.")
    return ALLOWED


def plan_still_fits(case: Case, subject: Account) -> Decision:
    """The factors and contacts must be those that people vouched for (R20)."""
    if replan(case, subject).digest() != case.plan.digest():
        return refuse("R20", Code.PLAN_CHANGED, "The account has changed since it was verified; the verdicts are void.")
    return ALLOWED


def replan(case: Case, subject: Account) -> Plan:
    """The plan as it would be made from the account now, within the scope of the case."""
    by_kind = {operation.kind: operation.justification for operation in case.plan.operations}
    scope = Scope(
        hostile=case.hostile,
        sessions=by_kind.get(OperationKind.REVOKE_SESSIONS),
        password=by_kind.get(OperationKind.RESET_PASSWORD),
    )
    return make_plan(subject, scope)


def _not_claimed_or_ended(case: Case, acts: Sequence[Act], now: datetime) -> Decision:
    if not case.genuine:
        return is_genuine(case)
    where = progress(case, acts, now)
    if where.outcome is not None:
        return refuse("R34", Code.CASE_ENDED, "The case has ended.")
    if where.phase is not Phase.RESET:
        return refuse("R34", Code.of(where.code), "The case is not ready for the reset.")
    return ALLOWED


def subject_is_there(case: Case, subject: Account) -> Decision:
    """The account is the case's, its person's, and nobody else has disabled or locked it meanwhile (B17)."""
    if subject.id != case.subject_id:
        return refuse("R2", Code.SUBJECT_GONE, "The account is not the one this case is about.")
    if subject.person_id != case.subject_person_id:
        return refuse(
            "R6", Code.SUBJECT_PERSON_CHANGED, "The account belongs to another person than when the case opened."
        )
    if subject.held_by_recovery:
        return ALLOWED
    if subject.status is AccountStatus.DISABLED:
        return refuse("R34", Code.SUBJECT_DISABLED, "The account was disabled meanwhile; the reset does not enable it.")
    if subject.status is AccountStatus.LOCKED:
        return refuse("R34", Code.SUBJECT_LOCKED, "The account was locked meanwhile; the reset does not unlock it.")
    return ALLOWED


def _still_of_this_tier(today: Case, subject: Account, members: Mapping[str, Member]) -> Decision:
    """Whoever became privileged since is not reset by a standard case; cases are not edited (R5, R6)."""
    if today.tier is Tier.STANDARD and tier_of(subject, _roles(subject, members), today.policy) is Tier.PRIVILEGED:
        return refuse(
            "R6",
            Code.SUBJECT_PRIVILEGED_NOW,
            "The subject holds a higher role than when the case opened. Open a new case.",
        )
    return ALLOWED


def _roles(subject: Account, members: Mapping[str, Member]) -> frozenset[Role]:
    member = members.get(subject.person_id)
    return member.roles if member else frozenset()


def _verified(case: Case, acts: Sequence[Act], now: datetime, members: Mapping[str, Member]) -> Decision:
    if not sufficient(case, acts, now, members):
        return refuse(
            "R19", Code.VERIFICATION_INSUFFICIENT, "There are not enough fresh verdicts by people who may give them."
        )
    return ALLOWED


def _cooled_off(case: Case, acts: Sequence[Act], now: datetime, members: Mapping[str, Member]) -> Decision:
    """Nothing holds the case, nobody's objection is open, and there was time to object (R24, R25, R41)."""
    if held(acts) is not None:
        return refuse(
            "R41", Code.HELD_PAST_A_BRAKE, "The case is held past a brake until a security officer releases it."
        )
    if open_objections(case, acts, members):
        return refuse("R24", Code.PAUSED_BY_OBJECTION, "Somebody objected. A security officer has to rule first.")
    if not cooling_off(case, acts, members).over(now):
        return refuse("R25", Code.COOLING_OFF, "Everybody was told and still has time to object.")
    return ALLOWED


def _acting_admin_stands(today: Case, subject: Account, members: Mapping[str, Member], now: datetime) -> Decision:
    member = members.get(today.acting_admin.person_id)
    if member is None or not member.active or Role.AGENT not in member.roles:
        return refuse("R34", Code.ACTING_ADMIN_LOST_ROLE, "The acting admin no longer holds the role.")
    if not (standing := role_is_old_enough(member, now=now, policy=today.policy)).allowed:
        return standing
    if rank(member.roles) < subject_rank(_roles(subject, members), subject.roles, today.policy.privileged_roles):
        return refuse(
            "R6", Code.SUBJECT_OUTRANKS_ACTING_ADMIN, "The subject holds a higher role than the acting admin does now."
        )
    return ALLOWED


def _presence_stands(case: Case, acts: Sequence[Act], now: datetime, members: Mapping[str, Member]) -> Decision:
    """The confirmation of the browser, too, is by somebody who is an approver now, and not too old (R34, R36)."""
    act = valid_presence(case, acts, now)
    if act is None:
        return refuse("R36", Code.PRESENCE_STALE, "The confirmation of the subject's browser is older than allowed.")
    if not still_approver(act.actor, members):
        return refuse("R21", Code.PRESENCE_LOST_ITS_AUTHOR, "Whoever confirmed the browser is no longer an approver.")
    return ALLOWED


def _proved(case: Case, acts: Sequence[Act], now: datetime) -> Decision:
    act = valid_step_up(case, acts, now)
    if act is None or act.actor is None:
        return refuse("R27", Code.STEP_UP_STALE, "The acting admin's proof is older than allowed.")
    wanted = binding(case_id=case.id, plan_digest=case.plan.digest(), actor=act.actor, body=act.body)
    return proof_is_enough(act.proof, case=case, wanted_binding=wanted)
