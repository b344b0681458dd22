"""The last look before anything is removed (R34): acts, people, both policies, subject, browser, plan."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.account import AccountStatus
from domain.acts import binding
from domain.messages import Phase
from domain.people import Role, Tier, rank, subject_rank
from domain.plan import OperationKind, Plan, Scope, make_plan
from domain.policy.brakes import not_held
from domain.policy.cooling import cooling_off
from domain.policy.decision import ALLOWED, Decision, first_refusal, refuse
from domain.policy.genuine import is_genuine
from domain.policy.intake import tier_of
from domain.policy.objections import open_objections
from domain.policy.presence import IS_STALE, browser_still_waits, proof_is_enough, valid_presence, valid_step_up
from domain.policy.progress import progress
from domain.policy.standing import role_is_old_enough
from domain.policy.verification import counting, given, is_fresh, permits_containment, still_approver, sufficient
from domain.refusal_codes import Code

if TYPE_CHECKING:
    from domain.account import Account
    from domain.case import Case
    from domain.case_file import CaseFile, ProviderFacts


def judge(file: CaseFile, said: ProviderFacts) -> Decision:
    """Whether the reset may be claimed now. Both the pinned and the present policy must allow it.

    `said` is what the provider says, read a moment before.

    R34: The activity that removes judges first, from the store alone and in one transaction with the claim; a stop
    before the claim wins, one after it is told that the reset has begun.
    """
    if said.account is None:
        return refuse("R2", Code.SUBJECT_GONE, "The account is no longer there.")
    subject, pinned = said.account, file.as_provider_says(said)
    today = pinned.under(file.policy)
    return first_refusal(
        is_genuine(file.case),
        # What lacks only for a person's standing is said by the question about it, further down.
        _not_ended(pinned) if _lost_a_verdict(pinned) else _due(pinned),
        subject_is_there(file.case, subject),
        plan_still_fits(file.case, subject),
        _still_of_this_tier(today, subject),
        _verified(pinned),
        _verified(today),
        _cooled_off(pinned),
        _cooled_off(today),
        _acting_admin_stands(today, subject),
        _proved(pinned),
        _proved(today),
        _presence_stands(pinned),
        _presence_stands(today),
        browser_still_waits(said.presence, pinned),
        browser_still_waits(said.presence, today),
        _due(pinned),
    )


def may_contain(file: CaseFile, said: ProviderFacts) -> Decision:
    """Whether one verdict already permits disabling and revoking (R19, hostile cases only).

    An account that is gone is found out, and told, when the first operation is tried.
    """
    now = file.as_provider_says(said)
    return first_refusal(
        is_genuine(file.case),
        _containment_is_due(now),
        _permits_containment(now),
        ALLOWED if said.account is None else subject_is_there(file.case, said.account),
    )


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


def _containment_is_due(file: CaseFile) -> Decision:
    """Whether a verdict was given that permits it, whatever became of its author since."""
    case, where = file.case, progress(file)
    awaited = case.hostile and case.contained_at is None and where.phase is Phase.VERIFICATION
    if where.outcome is not None or not awaited or not any(is_fresh(act, file) for act in given(case, file.acts)):
        return refuse("R19", Code.CONTAINMENT_NOT_DUE, "Nothing is to be contained now.")
    return ALLOWED


def _permits_containment(file: CaseFile) -> Decision:
    if not permits_containment(file):
        return refuse("R21", Code.VERDICT_LOST_ITS_AUTHOR, "The approver no longer holds the role.")
    return ALLOWED


def _not_ended(file: CaseFile) -> Decision:
    if progress(file).outcome is not None:
        return refuse("R34", Code.CASE_ENDED, "The case has ended.")
    return ALLOWED


def _lost_a_verdict(file: CaseFile) -> bool:
    """Whether an approver whose verdict counted when it was given may give none any more (R21)."""
    return len(counting(file)) < len(given(file.case, file.acts))


def _due(file: CaseFile) -> Decision:
    where = progress(file)
    if where.outcome is not None:
        return _not_ended(file)
    if where.phase is not Phase.RESET:
        return refuse("R34", Code.of(where.code), "The case is not ready for the reset.")
    return ALLOWED


def subject_is_there(case: Case, subject: Account) -> Decision:
    """The account is the case's, its person's, and no admin has disabled or locked it meanwhile (B17)."""
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


def _still_of_this_tier(today: CaseFile, subject: Account) -> Decision:
    """A subject who became privileged since is not reset by a standard case; cases are not edited (R5, R6)."""
    tier = tier_of(subject, _roles(today, subject), today.case.policy)
    if today.case.tier is Tier.STANDARD and tier is Tier.PRIVILEGED:
        return refuse(
            "R6",
            Code.SUBJECT_PRIVILEGED_NOW,
            "The subject holds a higher role than when the case opened. Open a new case.",
        )
    return ALLOWED


def _roles(file: CaseFile, subject: Account) -> frozenset[Role]:
    member = file.members.get(subject.person_id)
    return member.roles if member else frozenset()


def _verified(file: CaseFile) -> Decision:
    if not sufficient(file):
        return refuse(
            "R19", Code.VERIFICATION_INSUFFICIENT, "There are not enough fresh verdicts by people who may give them."
        )
    return ALLOWED


def _cooled_off(file: CaseFile) -> Decision:
    """Nothing holds the case, no objection is open, and there was time to object (R24, R25, R41)."""
    if not (free := not_held(file.acts)).allowed:
        return free
    if open_objections(file):
        return refuse("R24", Code.PAUSED_BY_OBJECTION, "Somebody objected. A security officer has to rule first.")
    if not cooling_off(file).over(file.now):
        return refuse("R25", Code.COOLING_OFF, "Everybody was told and still has time to object.")
    return ALLOWED


def _acting_admin_stands(today: CaseFile, subject: Account) -> Decision:
    policy, member = today.case.policy, today.members.get(today.case.acting_admin.person_id)
    if member is None or not member.active or Role.AGENT not in member.roles:
        return refuse("R34", Code.ACTING_ADMIN_LOST_ROLE, "The acting admin no longer holds the role.")
    if not (standing := role_is_old_enough(member, now=today.now, policy=policy)).allowed:
        return standing
    if rank(member.roles) < subject_rank(_roles(today, subject), subject.roles, policy.privileged_roles):
        return refuse(
            "R6", Code.SUBJECT_OUTRANKS_ACTING_ADMIN, "The subject holds a higher role than the acting admin does now."
        )
    return ALLOWED


def _presence_stands(file: CaseFile) -> Decision:
    """The confirmation of the browser, too, is by a person who is an approver now, and not too old (R34, R36)."""
    act = valid_presence(file.case, file.acts, file.now)
    if act is None:
        return IS_STALE
    if not still_approver(act.actor, file.members):
        return refuse("R21", Code.PRESENCE_LOST_ITS_AUTHOR, "Whoever confirmed the browser is no longer an approver.")
    return ALLOWED


def _proved(file: CaseFile) -> Decision:
    case, act = file.case, valid_step_up(file.case, file.acts, file.now)
    if act is None or act.actor is None:
        return refuse("R27", Code.STEP_UP_STALE, "The acting admin's proof is older than allowed.")
    wanted = binding(case_id=case.id, plan_digest=case.plan.digest(), actor=act.actor, body=act.body)
    return proof_is_enough(act.proof, case=case, wanted_binding=wanted)
