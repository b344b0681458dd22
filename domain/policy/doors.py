"""Whether a decision may be recorded now: the same answer at every door (runbook, Surfaces)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.acts import (
    STEP_UP_FOR,
    ActKind,
    Body,
    BreakGlassBody,
    CancelBody,
    CodesUnavailableBody,
    CodesUsedBody,
    Evidence,
    ExecuteBody,
    Method,
    PresenceBody,
    Proof,
    ReleaseBody,
    ReviewBody,
    RulingBody,
    Verdict,
    VerdictBody,
    binding,
)
from domain.messages import Phase
from domain.people import Actor, Role
from domain.policy.brakes import IS_HELD
from domain.policy.codes import HOW_TO_USE_A_CODE, codes_may_serve, may_confirm_used, may_state_unavailable
from domain.policy.decision import ALLOWED, Decision, first_refusal, refuse
from domain.policy.drawing import is_assigned
from domain.policy.genuine import is_genuine
from domain.policy.objections import disputed
from domain.policy.officers import may_break_glass, may_release, may_review, may_rule, review_open
from domain.policy.presence import AAL2, AAL3, IS_MISSING, is_over, may_confirm_presence, may_execute, proof_is_enough
from domain.policy.progress import Progress, progress
from domain.policy.standing import factor_is_old_enough, stands
from domain.policy.verification import may_give_verdict, may_verify
from domain.refusal_codes import Code
from domain.texts import Text, joined

if TYPE_CHECKING:
    from domain.case import Case
    from domain.case_file import CaseFile


def may_decide(actor: Actor, body: Body, file: CaseFile) -> Decision:
    """Whether this person may record this decision now, its proof apart."""
    where = progress(file)
    return first_refusal(
        is_genuine(file.case),
        _in_time(body, file, where),
        _by_kind(actor, body, file, where),
        _stands(actor, body, file),
    )


def may_say_verified(actor: Actor, file: CaseFile) -> Decision:
    """Whether this person may call the identity verified now, whatever the method and its evidence (R13, R21, R22)."""
    case, where = file.case, progress(file)
    body = VerdictBody(verdict=Verdict.VERIFIED, method=Method.IN_PERSON, evidence=Evidence(seen="", reference=""))
    return first_refusal(
        is_genuine(case),
        _in_time(body, file, where),
        _codes_are_settled(where),
        may_verify(actor, case),
        is_assigned(actor, case, file.acts, file.now),
        _stands(actor, body, file),
    )


def is_proved(actor: Actor, body: Body, proof: Proof | None, file: CaseFile) -> Decision:
    """Whether a decision that moves a case forward carries its own step-up, by an old enough factor (R21, R28).

    R28: Every decision that moves a case forward carries its own step-up over its content.
    """
    if body.kind not in STEP_UP_FOR:
        return ALLOWED
    case = file.case
    wanted = binding(case_id=case.id, plan_digest=case.plan.digest(), actor=actor, body=body)
    member = file.members.get(actor.person_id)
    if body.kind is ActKind.EXECUTE or proof is None:
        enough = proof_is_enough(proof, case=case, wanted_binding=wanted)
    else:
        enough = _fits(proof, body, wanted)
    return first_refusal(enough, factor_is_old_enough(proof, member, now=file.now, policy=case.policy))


def _fits(proof: Proof, body: Body, wanted: str) -> Decision:
    if not (over := is_over(proof, wanted)).allowed:
        return over
    if body.kind is ActKind.BREAK_GLASS and (
        proof.aal < AAL3 or not (proof.phishing_resistant and proof.hardware_bound)
    ):
        return refuse("R39", Code.STEP_UP_TOO_WEAK, "Break-glass needs a phishing-resistant, hardware-bound key.")
    if proof.aal < AAL2:
        return refuse("R28", Code.STEP_UP_TOO_WEAK, "The proof is weaker than a second factor.")
    return ALLOWED


def _in_time(body: Body, file: CaseFile, where: Progress) -> Decision:
    """Most decisions end with the case, and with the claim; an officer's about what came after do not (R24, R39)."""
    acts = file.acts
    if isinstance(body, ReviewBody) and review_open(acts):
        return ALLOWED
    if isinstance(body, RulingBody) and file.case.claimed_at is not None:
        return ALLOWED if disputed(file) else first_refusal(_still_open(where), _not_claimed(file.case))
    return first_refusal(_still_open(where), _not_claimed(file.case))


def _stands(actor: Actor, body: Body, file: CaseFile) -> Decision:
    """The person's role is old enough, and its granter does not work on this case (R21).

    To stop a case, to deny or to doubt is open to everybody who may.
    """
    if isinstance(body, CancelBody) or (isinstance(body, VerdictBody) and body.verdict is not Verdict.VERIFIED):
        return ALLOWED
    member = file.members.get(actor.person_id)
    if member is None:
        return ALLOWED
    case = file.case
    parties = {case.agent.person_id, case.acting_admin.person_id}
    parties |= {act.actor.person_id for act in file.acts if act.actor is not None}
    others = [file.members[one] for one in sorted(parties) if one in file.members]
    return stands(member, others, now=file.now, policy=case.policy)


def _still_open(where: Progress) -> Decision:
    if where.outcome is not None:
        return refuse("R5", Code.CASE_CLOSED, "This case has ended.", outcome=where.outcome.value)
    return ALLOWED


def _not_claimed(case: Case) -> Decision:
    if case.claimed_at is not None:
        return refuse("R34", Code.RESET_HAS_BEGUN, "The reset has begun and can no longer be stopped or changed.")
    return ALLOWED


def _by_kind(actor: Actor, body: Body, file: CaseFile, where: Progress) -> Decision:
    case, acts = file.case, file.acts
    match body:
        case CodesUnavailableBody():
            return first_refusal(
                _carries(actor, case), _in(where, Phase.BACKUP_CODES), may_state_unavailable(body, case)
            )
        case CodesUsedBody():
            return first_refusal(_carries(actor, case), codes_may_serve(case), may_confirm_used(acts))
        case VerdictBody():
            codes = ALLOWED if body.verdict is Verdict.FAILED else _codes_are_settled(where)
            drawn = ALLOWED if body.verdict is not Verdict.VERIFIED else is_assigned(actor, case, acts, file.now)
            return first_refusal(
                codes, may_give_verdict(actor=actor, case=case, acts=acts, body=body, now=file.now), drawn
            )
        case PresenceBody():
            return first_refusal(
                may_confirm_presence(actor, case), _codes_are_settled(where), _verified(where), _cooled_off(where)
            )
        case ExecuteBody():
            return first_refusal(
                may_execute(actor, case),
                _codes_are_settled(where),
                _verified(where),
                _cooled_off(where),
                _present(where),
            )
        case CancelBody():
            return _may_cancel(actor, case)
    return _by_an_officer(actor, body, file)


def _by_an_officer(actor: Actor, body: Body, file: CaseFile) -> Decision:
    case, acts = file.case, file.acts
    match body:
        case RulingBody():
            return may_rule(actor, body, file)
        case ReleaseBody():
            return may_release(actor, body, case, acts)
        case BreakGlassBody():
            return may_break_glass(actor, body, case, acts)
        case ReviewBody():
            return may_review(actor, body, case, acts)
    return refuse("R34", Code.NOT_A_DECISION, "This cannot be decided by a person.")


def _carries(actor: Actor, case: Case) -> Decision:
    if case.subject_person_id == actor.person_id:
        return refuse("R6", Code.OWN_CASE, "Nobody works on their own case.")
    if not actor.has(Role.AGENT) or actor.person_id != case.agent.person_id:
        return refuse("R11", Code.NOT_THE_AGENT, "Only the agent who carries this case can state that.")
    return ALLOWED


def _may_cancel(actor: Actor, case: Case) -> Decision:
    if case.subject_person_id == actor.person_id:
        return refuse("R6", Code.OWN_CASE, "Nobody ends a case about themselves; security can.")
    if actor.person_id == case.agent.person_id or actor.has(Role.SECURITY):
        return ALLOWED
    return refuse("R34", Code.ROLE_MISSING, "Only the case's agent or a security officer cancels it.")


def _in(where: Progress, phase: Phase) -> Decision:
    if where.phase is not phase:
        return refuse("R11", Code.NOT_IN_THIS_PHASE, "The case is not waiting for this now.", phase=where.phase.value)
    return ALLOWED


def _codes_are_settled(where: Progress) -> Decision:
    if where.phase is Phase.BACKUP_CODES:
        sentence = joined([Text("Backup codes are left."), HOW_TO_USE_A_CODE])
        return refuse("R10", Code.BACKUP_CODES_FIRST, sentence)
    return ALLOWED


def _verified(where: Progress) -> Decision:
    if where.phase is Phase.VERIFICATION:
        return refuse("R13", Code.VERIFICATION_MISSING, "The identity is not verified yet.", waiting_for=where.code)
    return ALLOWED


def _cooled_off(where: Progress) -> Decision:
    if where.phase is not Phase.COOLING_OFF:
        return ALLOWED
    if where.code == Code.HELD_PAST_A_BRAKE:
        return IS_HELD
    if where.code == Code.PAUSED_BY_OBJECTION:
        return refuse("R24", Code.PAUSED_BY_OBJECTION, "Somebody objected. A security officer has to rule first.")
    if where.code == Code.OFFICER_DECIDES_COOLING_OFF:
        return refuse(
            "R25",
            Code.OFFICER_DECIDES_COOLING_OFF,
            "Nobody could be told over a clean channel. A security officer has to rule.",
        )
    if where.code == Code.NOTICE_AWAITED:
        return refuse(
            "R25", Code.NOTICE_AWAITED, "No notice has been delivered yet, so the time to object has not begun."
        )
    return refuse(
        "R25", Code.COOLING_OFF, "Everybody was told and still has time to object.", until=where.wake_at.isoformat()
    )


def _present(where: Progress) -> Decision:
    if where.phase is Phase.PRESENCE:
        return IS_MISSING
    return ALLOWED
