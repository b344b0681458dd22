"""The last look before anything is removed (R34): acts, people, both policies, subject, browser, plan."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from domain.account import AccountStatus
from domain.messages import Phase
from domain.people import Role
from domain.plan import Plan, Scope, make_plan
from domain.policy.decision import ALLOWED, Decision, first_refusal, refuse
from domain.policy.presence import Presence, browser_still_waits, proof_is_enough, valid_step_up
from domain.policy.progress import progress
from domain.policy.verification import sufficient
from domain.acts import binding

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
        _not_claimed_or_ended(case, acts, now),
        _subject_is_there(case, subject),
        plan_still_fits(case, subject),
        _verified(case, acts, now, members),
        _verified(today, acts, now, members),
        _acting_admin_stands(case, members),
        _proved(case, acts, now),
        _proved(today, acts, now),
        browser_still_waits(presence, case, acts, now),
        browser_still_waits(presence, today, acts, now),
    )


def may_contain(*, case: Case, acts: Sequence[Act], members: Mapping[str, Member], now: datetime) -> Decision:
    """Whether one verdict already permits disabling and revoking (R19, hostile cases only)."""
    where = progress(case, acts, now)
    if where.outcome is not None or not case.hostile or not where.contain:
        return refuse("R19", "containment_not_due", "Nothing is to be contained now.")
    if not any(
        (member := members.get(act.actor.person_id)) and member.active and Role.APPROVER in member.roles
        for act in acts
        if act.actor is not None and act.proof is not None
    ):
        return refuse("R21", "verdict_lost_its_author", "The approver no longer holds the role.")
    return ALLOWED


def plan_still_fits(case: Case, subject: Account) -> Decision:
    """The factors and contacts must be those that people vouched for (R20)."""
    if replan(case, subject).digest() != case.plan.digest():
        return refuse("R20", "plan_changed", "The account has changed since it was verified; the verdicts are void.")
    return ALLOWED


def replan(case: Case, subject: Account) -> Plan:
    """The plan as it would be made from the account now, within the scope of the case."""
    by_kind = {operation.kind.value: operation.justification for operation in case.plan.operations}
    scope = Scope(
        hostile=case.hostile,
        sessions=by_kind.get("revoke_sessions"),
        password=by_kind.get("reset_password"),
    )
    before_containment = subject.model_copy(update={"status": case.snapshot.status})
    return make_plan(before_containment, scope)


def _not_claimed_or_ended(case: Case, acts: Sequence[Act], now: datetime) -> Decision:
    where = progress(case, acts, now)
    if where.outcome is not None:
        return refuse("R34", "case_ended", "The case has ended.")
    if where.phase is not Phase.RESET:
        return refuse("R34", where.code, "The case is not ready for the reset.")
    return ALLOWED


def _subject_is_there(case: Case, subject: Account) -> Decision:
    if subject.id != case.subject_id:
        return refuse("R2", "subject_gone", "The account is not the one this case is about.")
    if subject.status is AccountStatus.DISABLED and case.contained_at is None:
        return refuse("R34", "subject_disabled", "The account was disabled meanwhile; the reset does not enable it.")
    return ALLOWED


def _verified(case: Case, acts: Sequence[Act], now: datetime, members: Mapping[str, Member]) -> Decision:
    if not sufficient(case, acts, now, members):
        return refuse("R19", "verification_insufficient", "There are not enough fresh verdicts by people who may give them.")
    return ALLOWED


def _acting_admin_stands(case: Case, members: Mapping[str, Member]) -> Decision:
    member = members.get(case.acting_admin.person_id)
    if member is None or not member.active or Role.AGENT not in member.roles:
        return refuse("R34", "acting_admin_lost_role", "The acting admin no longer holds the role.")
    return ALLOWED


def _proved(case: Case, acts: Sequence[Act], now: datetime) -> Decision:
    act = valid_step_up(case, acts, now)
    if act is None or act.actor is None:
        return refuse("R27", "step_up_stale", "The acting admin's proof is older than allowed.")
    wanted = binding(case_id=case.id, plan_digest=case.plan.digest(), actor=act.actor, body=act.body)
    return proof_is_enough(act.proof, case=case, wanted_binding=wanted)
