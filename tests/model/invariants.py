"""What must hold whenever something happens in a case: one plain function a sentence."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from domain.account import AccountStatus
from domain.acts import (
    ActKind,
    Brake,
    DrawnBody,
    HeldBody,
    PresenceBody,
    Ruling,
    RulingBody,
    Verdict,
    VerdictBody,
    binding,
)
from domain.case import Reason
from domain.messages import Outcome
from domain.people import Role, Tier
from domain.plan import OperationKind, Stage
from domain.ports import Sent
from tests.model import runbook
from tests.model.cast import Standing
from tests.model.machine import Carried, Claimed, Ended, Locked, Recorded

if TYPE_CHECKING:
    from collections.abc import Callable

    from domain.acts import Act
    from tests.model.machine import Happened

FORWARD = {ActKind.VERDICT, ActKind.PRESENCE, ActKind.EXECUTE, ActKind.RULING, ActKind.RELEASE, ActKind.BREAK_GLASS,
           ActKind.REVIEW}  # fmt: skip
OFFICERS = {ActKind.RULING, ActKind.RELEASE, ActKind.BREAK_GLASS, ActKind.REVIEW}
BY_THE_PARTIES = {ActKind.OPEN, ActKind.CODES_UNAVAILABLE, ActKind.CODES_USED, ActKind.VERDICT, ActKind.PRESENCE,
                  ActKind.EXECUTE}  # fmt: skip


def enough_fresh_verdicts(one: Happened) -> bool:
    """No wipe without enough fresh verdicts by distinct eligible people, under both policies (R19, R21, R34)."""
    if not isinstance(one.event, Claimed):
        return True
    before, case = one.before, one.before.believed()
    gone = one.event.inactive
    return all(runbook.verified(before, case, policy, gone) for policy in (case.policy, before.policy))


def never_for_oneself(one: Happened) -> bool:
    """Nobody decides anything in a case about themselves, by whatever login (R6)."""
    act = _decision(one)
    return act is None or act.actor is None or act.actor.person_id != one.before.case.subject_person_id


def approver_is_apart(one: Happened) -> bool:
    """Verdicts and presence come from an approver who is neither agent nor subject (R13, R36)."""
    act = _decision(one)
    if act is None or act.actor is None or not _approves(act):
        return True
    case = one.before.case
    third = case.policy.verification.three_people and act.actor.person_id == case.acting_admin.person_id
    fit = Role.APPROVER in runbook.roles_here(one.before, act.actor.person_id) and Role.APPROVER in act.actor.roles
    return fit and act.actor.person_id != case.agent.person_id and not third


def own_step_up(one: Happened) -> bool:
    """No decision moves a case forward without its own step-up, over exactly its content (R28)."""
    act = _decision(one)
    if act is None or act.actor is None or act.kind not in FORWARD:
        return True
    case, proof = one.before.case, act.proof
    wanted = binding(case_id=case.id, plan_digest=case.plan.digest(), actor=act.actor, body=act.body)
    return proof is not None and proof.aal >= 2 and proof.binding == wanted


def no_young_role(one: Happened) -> bool:
    """Nobody with a young role, a young factor or a recovery of their own decides, nor with who granted it (R21)."""
    act = _decision(one)
    if act is None or act.actor is None or act.kind not in FORWARD | BY_THE_PARTIES or _stops(act):
        return True
    proof, old = act.proof, one.before.now - timedelta(days=7)
    young = proof is not None and proof.factor_enrolled_at is not None and proof.factor_enrolled_at > old
    return one.before.standing(act.actor.person_id) not in runbook.UNFIT and not young


def refused_evidence_never_counts(one: Happened) -> bool:
    """Nobody verifies by what proves nothing, by the lost phone's number or by an event nobody saw (R14 to R16)."""
    act = _decision(one)
    if act is None or runbook.body_of(act) is None:
        return True
    case = one.before.case
    return runbook.evidence_is_fit(act, case, case.policy, one.before.acts)


def ended_stays_ended(one: Happened) -> bool:
    """Nothing is decided in a case that has ended, a review and a ruling on what follows apart (R5, R39)."""
    act = _decision(one)
    if act is None or act.actor is None or act.kind in {ActKind.REVIEW, ActKind.RULING}:
        return True
    case = one.before.case
    return case.outcome is None and case.ending is None and one.before.now < case.expires_at


def told_that_it_has_begun(one: Happened) -> bool:
    """After the claim nobody cancels, verifies or asks again: they are told that the reset has begun (R34)."""
    act = _decision(one)
    late = act is not None and act.actor is not None and one.before.believed().claimed_at is not None
    return not late or (act is not None and act.kind in {ActKind.RULING, ActKind.REVIEW})


def officers_are_no_parties(one: Happened) -> bool:
    """Rulings, releases, break-glass and reviews come from a security officer who is no party to the case (R39)."""
    act = _decision(one)
    if act is None or act.actor is None or act.kind not in OFFICERS:
        return True
    parties = {runbook.person(other) for other in one.before.acts if other.kind in BY_THE_PARTIES}
    return Role.SECURITY in act.actor.roles and act.actor.person_id not in parties | {one.before.case.agent.person_id}


def officers_verify_nothing(one: Happened) -> bool:
    """A person who has decided in a case as an officer gives no verdict in it (R39)."""
    act = _decision(one)
    if act is None or runbook.body_of(act) is None:
        return True
    officers = {runbook.person(other) for other in one.before.acts if other.kind in OFFICERS}
    return runbook.person(act) not in officers


def break_glass_is_strong_and_single(one: Happened) -> bool:
    """Break-glass is proved by a hardware key, waives one requirement and is reviewed by another (R39)."""
    act = _decision(one)
    if act is None or act.kind not in {ActKind.BREAK_GLASS, ActKind.REVIEW}:
        return True
    earlier = [other for other in one.before.acts if other.kind is ActKind.BREAK_GLASS]
    if act.kind is ActKind.REVIEW:
        return bool(earlier) and runbook.person(earlier[0]) != runbook.person(act)
    proof = act.proof
    return not earlier and proof is not None and proof.aal >= 3 and proof.hardware_bound and proof.phishing_resistant


def rulings_answer_something(one: Happened) -> bool:
    """An officer rules on an objection that is there, and never ends a cooling-off that is counting (R24, R25)."""
    act = _decision(one)
    if act is None or not isinstance(act.body, RulingBody):
        return True
    if act.body.ruling is Ruling.COOLING_OFF_OVER:
        return one.before.believed().claimed_at is None
    return any(other.kind is ActKind.OBJECTION for other in one.before.acts)


def a_stop_before_the_wipe_wins(one: Happened) -> bool:
    """No claim after a cancel, an interrupt or a caller who is in again (R11, R34)."""
    stops = {ActKind.CANCEL, ActKind.INTERRUPT, ActKind.CODES_USED}
    return not isinstance(one.event, Claimed) or not any(act.kind in stops for act in one.before.acts)


def disputed_or_denied_never_wipes(one: Happened) -> bool:
    """No claim where a verdict failed or an objection was upheld (R18, R24)."""
    return not isinstance(one.event, Claimed) or not any(
        getattr(act.body, "verdict", None) is Verdict.FAILED or getattr(act.body, "ruling", None) is Ruling.UPHOLD
        for act in one.before.acts
    )


def no_claim_after_the_end(one: Happened) -> bool:
    """No claim in a case that has expired or ended, and none twice (R5, R34)."""
    case = one.before.believed()
    fresh = case.outcome is None and case.ending is None and one.before.now < case.expires_at
    return not isinstance(one.event, Claimed) or (fresh and case.claimed_at is None)


def no_claim_while_objected(one: Happened) -> bool:
    """No claim while a reader's objection is unanswered (R24)."""
    case = one.before.believed()
    return not isinstance(one.event, Claimed) or not runbook.objections_left(one.before, case, case.policy)


def no_claim_while_held(one: Happened) -> bool:
    """No claim while the case is held past a brake, whatever was waived (R39, R41)."""
    if not isinstance(one.event, Claimed):
        return True
    held = [act for act in one.before.acts if isinstance(act.body, HeldBody)]
    released = max((act.seq for act in one.before.acts if act.kind is ActKind.RELEASE), default=0)
    stopped = "tenant-busy" not in one.before.effects or any(
        getattr(act.body, "brake", None) is Brake.TENANT for act in held
    )
    return stopped and all(act.seq < released for act in held)


def no_claim_within_cooling_off(one: Happened) -> bool:
    """No claim before everybody who was told has had their time, under both policies (R25)."""
    if not isinstance(one.event, Claimed):
        return True
    before, case = one.before, one.before.believed()
    return all(runbook.cooled_off(before, case, policy) for policy in (case.policy, before.policy))


def codes_come_first(one: Happened) -> bool:
    """No claim while backup codes are left and the agent has not said why they cannot be used (R10, R11)."""
    case = one.before.case
    if not isinstance(one.event, Claimed) or case.snapshot.backup_codes_left == 0:
        return True
    hostile = case.intake.reason is Reason.DEVICE_IN_OTHER_HANDS
    return hostile or any(act.kind is ActKind.CODES_UNAVAILABLE for act in one.before.acts)


def plan_is_what_was_read(one: Happened) -> bool:
    """No claim while factors, contacts or manager differ from those that people vouched for (R20)."""
    if not isinstance(one.event, Claimed):
        return True
    read, plan = one.event.judged_on, one.before.case.plan
    if read is None or {factor.id for factor in read.factors} != plan.factor_ids:
        return False
    contacts = {entry.partition(":")[0] for entry in plan.contacts}
    return {contact.id for contact in read.contacts} == contacts and read.manager_id == plan.manager_id


def subject_is_who_it_was(one: Happened) -> bool:
    """No claim on another person's account, a disabled one, or one that became privileged since (R2, R6, B17)."""
    if not isinstance(one.event, Claimed):
        return True
    read, case = one.event.judged_on, one.before.case
    if read is None or read.id != case.subject_id or read.person_id != case.subject_person_id:
        return False
    privileged = read.roles is None or bool(set(read.roles) & one.before.policy.privileged_roles)
    fits = read.status is AccountStatus.ACTIVE or read.held_by_recovery
    return fits and not (privileged and case.tier is Tier.STANDARD)


def presence_is_never_waived(one: Happened) -> bool:
    """No claim unless the browser confirmed last, for this plan, by an approver who still is one, waits (R36, R39)."""
    if not isinstance(one.event, Claimed):
        return True
    before, case = one.before, one.before.believed()
    confirmed = [
        act
        for act in before.acts
        if act.kind is ActKind.PRESENCE and act.plan_digest == case.plan.digest() and act.seq > _refused_at(before.acts)
    ]
    if not confirmed or not isinstance(confirmed[-1].body, PresenceBody):
        return False
    last, browser = confirmed[-1], confirmed[-1].body.presence_id
    waits = any(
        other.id == browser
        and other.usable
        and other.confirmed
        and (other.password or case.plan.choose_password)
        and (other.seen is None or before.at - other.seen <= 120)
        for other in one.event.browsers
    )
    return (
        waits
        and one.event.presence_id == browser
        and last.at + timedelta(minutes=10) > before.now
        and Role.APPROVER in runbook.roles_here(before, runbook.person(last))
        and runbook.person(last) not in one.event.inactive
    )


def acting_admin_has_just_proved(one: Happened) -> bool:
    """No claim unless the acting admin proved it at most 5 minutes ago, for this plan, strongly enough (R27, R34)."""
    if not isinstance(one.event, Claimed):
        return True
    before, case = one.before, one.before.believed()
    asked = [act for act in before.acts if act.kind is ActKind.EXECUTE and act.seq > _refused_at(before.acts)]
    admin = case.acting_admin.person_id
    fit = Role.AGENT in runbook.roles_here(before, admin) and before.standing(admin) not in {
        Standing.YOUNG,
        Standing.RECOVERED,
    }
    if admin in one.event.inactive:
        return False
    for act in asked:
        proof = act.proof
        if proof is None or runbook.person(act) != admin or act.plan_digest != case.plan.digest():
            continue
        hardware = proof.aal >= 3 and proof.hardware_bound and proof.phishing_resistant
        strong = hardware if case.tier is Tier.PRIVILEGED else proof.aal >= 2
        wanted = binding(case_id=case.id, plan_digest=case.plan.digest(), actor=act.actor, body=act.body)  # type: ignore[arg-type]  # a person's act
        if fit and strong and proof.binding == wanted and proof.proved_at + timedelta(minutes=5) > before.now:
            return True
    return False


def nothing_outside_the_plan(one: Happened) -> bool:
    """The provider is asked for nothing but the plan's operations, and to suspend after an objection (R29, R31)."""
    if not isinstance(one.event, Carried):
        return True
    case, operation = one.before.case, one.event.order.operation
    if operation.stage is not Stage.SUSPEND:
        return operation in case.plan.operations and one.event.order.account_id == case.subject_id
    helper = operation.kind in {OperationKind.DISABLE, OperationKind.REVOKE_SESSIONS, OperationKind.ENABLE}
    return helper and any(act.kind is ActKind.OBJECTION for act in one.before.acts)


def forward_once_begun(one: Happened) -> bool:
    """Once anything of the reset was sent, nothing is judged any more and the claim stays (R34)."""
    act = _decision(one)
    if act is None or act.kind is not ActKind.JUDGEMENT:
        return True
    return not any(
        row.operation.stage is Stage.RESET and row.state is not Sent.PLANNED for row in one.before.operations
    )


def only_drawn_approvers(one: Happened) -> bool:
    """A drawn approver verifies, or another one once those drawn have let twenty minutes pass (R22)."""
    act = _decision(one)
    drawn = [other for other in one.before.acts if isinstance(other.body, DrawnBody)]
    if act is None or act.actor is None or runbook.body_of(act) is None or not drawn:
        return True
    answers = [other.at for other in one.before.acts if other.kind is ActKind.VERDICT or other is drawn[-1]]
    late = act.at >= max(answers) + timedelta(minutes=20)
    return late or act.actor.account_id in getattr(drawn[-1].body, "approvers", ())


def no_effect_before_the_claim(one: Happened) -> bool:
    """No effect of the reset without a claim that a judgement has made; containment apart (R34)."""
    if not isinstance(one.event, Carried) or one.event.order.operation.stage is Stage.CONTAIN:
        return True
    return one.before.believed().claimed_at is not None


def containment_needs_one_verdict(one: Happened) -> bool:
    """Only a hostile case disables and revokes ahead of the reset, on one fresh verdict, and nothing more (R19)."""
    if not isinstance(one.event, Carried) or one.event.order.operation.stage is not Stage.CONTAIN:
        return True
    case, kinds = one.before.case, {OperationKind.DISABLE, OperationKind.REVOKE_SESSIONS}
    hostile = case.intake.reason is Reason.DEVICE_IN_OTHER_HANDS
    planned = any(row.id == one.event.order.command and row.state is not Sent.PLANNED for row in one.before.operations)
    verdicts = [act for act in one.before.acts if runbook.body_of(act) is not None and act.actor is not None]
    apart = [act for act in verdicts if runbook.person(act) not in {case.agent.person_id, case.subject_person_id}]
    return hostile and planned and one.event.order.operation.kind in kinds and bool(apart)


def later_factors_are_left_alone(one: Happened) -> bool:
    """No factor is removed that was enrolled after the claim (R31)."""
    if not isinstance(one.event, Carried) or one.event.order.operation.kind is not OperationKind.WIPE_FACTORS:
        return True
    claimed_at = one.before.case.claimed_at
    gone = [factor for factor in one.event.before.factors if factor.id == one.event.order.operation.target]
    return all(claimed_at is not None and factor.enrolled_at is not None and factor.enrolled_at <= claimed_at
               for factor in gone)  # fmt: skip


def each_effect_once(one: Happened) -> bool:
    """Each step has its effect once, whatever crashed, and was recorded as sent before (R33, B01)."""
    if not isinstance(one.event, Carried) or one.event.repeated:
        return True
    order = one.event.order
    sent = any(row.id == order.command and row.state is not Sent.PLANNED for row in one.before.operations)
    return sent and order.operation.key not in one.before.effects


def only_the_bound_browser_enrols(one: Happened) -> bool:
    """The browser that may enrol is the one confirmed before the claim, and no other's enrolment counts (R36)."""
    case = one.before.case
    if isinstance(one.event, Carried) and one.event.order.operation.kind is OperationKind.REQUIRE_ENROLMENT:
        return one.event.order.presence_id == case.presence_id
    if isinstance(one.event, Ended) and one.event.outcome is Outcome.RECOVERED:
        enrolment = one.event.account.enrolment
        return enrolment is not None and enrolment.presence_id == case.presence_id
    return True


def recovered_means_complete(one: Happened) -> bool:
    """`recovered` is said only once the factors are gone, an allowed one and codes are there, unobjected (R31)."""
    if not isinstance(one.event, Ended) or one.event.outcome is not Outcome.RECOVERED:
        return True
    case, account = one.before.believed(), one.event.account
    enrolment, present = account.enrolment, {factor.id: factor for factor in account.factors}
    if enrolment is None or enrolment.factor_id not in present or not enrolment.codes_issued or case.wiped_at is None:
        return False
    allowed = present[enrolment.factor_id].kind in case.policy.enrolment.allowed_kinds
    chosen = enrolment.password_chosen or not case.plan.choose_password
    gone = not case.plan.factor_ids & set(present)
    strangers = [
        factor
        for factor in account.factors
        if factor.enrolled_at is not None and case.claimed_at is not None and factor.enrolled_at < case.claimed_at
    ]
    return allowed and chosen and gone and not strangers


def hostile_means_all_three(one: Happened) -> bool:
    """A hostile case is not recovered before all of wipe, sessions and password are done and it is enabled (R30)."""
    case = one.before.case
    if not isinstance(one.event, Ended) or one.event.outcome is not Outcome.RECOVERED:
        return True
    done = {row.operation.kind for row in one.before.operations if row.state is Sent.DONE}
    needed = {OperationKind.DISABLE, OperationKind.REVOKE_SESSIONS, OperationKind.RESET_PASSWORD, OperationKind.ENABLE}
    return case.intake.reason is not Reason.DEVICE_IN_OTHER_HANDS or needed <= done


def enabled_only_when_due(one: Happened) -> bool:
    """The account is enabled only after the enrolment, or once an officer has answered the objection (R24, R30)."""
    if not isinstance(one.event, Carried) or one.event.order.operation.kind is not OperationKind.ENABLE:
        return True
    before, case = one.before, one.before.case
    if one.event.order.operation.stage is Stage.SUSPEND:
        resumed = [act.seq for act in before.acts if getattr(act.body, "ruling", None) is Ruling.RESUME]
        suspended = [act.seq for act in before.acts if act.kind is ActKind.SUSPENDED]
        return bool(resumed) and bool(suspended)
    enrolment = before.subject.enrolment
    return enrolment is not None and enrolment.presence_id == case.presence_id and enrolment.factor_id is not None


def locked_only_when_due(one: Happened) -> bool:
    """The account is locked only past the window or where the wipe is incomplete, and never for good (R24, R37)."""
    if not isinstance(one.event, Locked):
        return True
    case = one.before.believed()
    past = case.enrol_by is not None and one.before.now >= case.enrol_by
    return case.claimed_at is not None and (past or case.wiped_at is None) and one.after.subject.held_by_recovery


INVARIANTS: dict[str, Callable[[Happened], bool]] = {
    rule.__name__: rule
    for rule in (
        enough_fresh_verdicts, never_for_oneself, approver_is_apart, own_step_up, no_young_role,
        refused_evidence_never_counts, ended_stays_ended, told_that_it_has_begun, officers_are_no_parties,
        officers_verify_nothing, break_glass_is_strong_and_single, rulings_answer_something,
        a_stop_before_the_wipe_wins, disputed_or_denied_never_wipes, no_claim_after_the_end, no_claim_while_objected,
        no_claim_while_held, no_claim_within_cooling_off, codes_come_first, plan_is_what_was_read,
        subject_is_who_it_was, presence_is_never_waived, acting_admin_has_just_proved, nothing_outside_the_plan,
        forward_once_begun, only_drawn_approvers, no_effect_before_the_claim, containment_needs_one_verdict,
        later_factors_are_left_alone, each_effect_once,
        only_the_bound_browser_enrols, recovered_means_complete, hostile_means_all_three, enabled_only_when_due,
        locked_only_when_due,
    )
}  # fmt: skip
EVERY_CASE_ENDS = "every_case_can_end"
STATES_ARE_TOLD_APART = "states_are_told_apart"


def broken(one: Happened) -> list[str]:
    """The names of the invariants that do not hold here."""
    return [name for name, holds in INVARIANTS.items() if not holds(one)]


def _decision(one: Happened) -> Act | None:
    return one.event.act if isinstance(one.event, Recorded) else None


def _approves(act: Act) -> bool:
    verified = isinstance(act.body, VerdictBody) and act.body.verdict is Verdict.VERIFIED
    return verified or act.kind is ActKind.PRESENCE


def _stops(act: Act) -> bool:
    return act.kind is ActKind.VERDICT and runbook.body_of(act) is None


def _refused_at(acts: tuple[Act, ...]) -> int:
    refusals = [act.seq for act in acts if act.kind is ActKind.JUDGEMENT and not getattr(act.body, "allowed", True)]
    return max(refusals, default=0)
