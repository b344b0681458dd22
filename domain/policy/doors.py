"""Whether a decision may be recorded now: the same answer at every door (runbook, Surfaces)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from domain.acts import (
    STEP_UP_FOR,
    ActKind,
    Body,
    CancelBody,
    CodesUnavailableBody,
    CodesUsedBody,
    ExecuteBody,
    PresenceBody,
    Proof,
    Verdict,
    VerdictBody,
    binding,
)
from domain.messages import Phase
from domain.people import Actor, Role
from domain.policy.codes import HOW_TO_USE_A_CODE, codes_may_serve, may_confirm_used, may_state_unavailable
from domain.policy.decision import ALLOWED, Decision, first_refusal, refuse
from domain.policy.genuine import is_genuine
from domain.policy.presence import AAL2, may_confirm_presence, may_execute, proof_is_enough
from domain.policy.progress import Progress, progress
from domain.policy.verification import may_give_verdict

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from domain.acts import Act
    from domain.case import Case
    from domain.people import Member


@dataclass(frozen=True)
class Situation:
    """A case with its acts and the people in them, at one instant."""

    case: Case
    acts: Sequence[Act]
    members: Mapping[str, Member]
    now: datetime

    @property
    def progress(self) -> Progress:
        """Where the case stands."""
        return progress(self.case, self.acts, self.now, self.members)


def may_decide(actor: Actor, body: Body, situation: Situation) -> Decision:
    """Whether this person may record this decision now, its proof apart."""
    where = situation.progress
    return first_refusal(
        is_genuine(situation.case),
        _still_open(where),
        _not_claimed(situation.case),
        _by_kind(actor, body, situation, where),
    )


def is_proved(actor: Actor, body: Body, proof: Proof | None, case: Case) -> Decision:
    """Whether a decision that moves a case forward carries its own step-up (R28)."""
    if body.kind not in STEP_UP_FOR:
        return ALLOWED
    wanted = binding(case_id=case.id, plan_digest=case.plan.digest(), actor=actor, body=body)
    if body.kind is ActKind.EXECUTE or proof is None:
        return proof_is_enough(proof, case=case, wanted_binding=wanted)
    if proof.binding != wanted:
        return refuse("R28", "step_up_mismatch", "The proof was given for something else. Prove this decision itself.")
    if proof.aal < AAL2:
        return refuse("R28", "step_up_too_weak", "The proof is weaker than a second factor.")
    return ALLOWED


def _still_open(where: Progress) -> Decision:
    if where.outcome is not None:
        return refuse("R5", "case_closed", "This case has ended.", outcome=where.outcome.value)
    return ALLOWED


def _not_claimed(case: Case) -> Decision:
    if case.claimed_at is not None:
        return refuse("R34", "reset_has_begun", "The reset has begun and can no longer be stopped or changed.")
    return ALLOWED


def _by_kind(actor: Actor, body: Body, situation: Situation, where: Progress) -> Decision:
    case, acts = situation.case, situation.acts
    match body:
        case CodesUnavailableBody():
            return first_refusal(
                _carries(actor, case), _in(where, Phase.BACKUP_CODES), may_state_unavailable(body, case)
            )
        case CodesUsedBody():
            return first_refusal(_carries(actor, case), codes_may_serve(case), may_confirm_used(acts))
        case VerdictBody():
            codes = ALLOWED if body.verdict is Verdict.FAILED else _codes_are_settled(where)
            return first_refusal(
                codes, may_give_verdict(actor=actor, case=case, acts=acts, body=body, now=situation.now)
            )
        case PresenceBody():
            return first_refusal(may_confirm_presence(actor, case), _codes_are_settled(where), _verified(where))
        case ExecuteBody():
            return first_refusal(may_execute(actor, case), _codes_are_settled(where), _verified(where), _present(where))
        case CancelBody():
            return _may_cancel(actor, case)
    return refuse("R34", "not_a_decision", "This cannot be decided by a person.")


def _carries(actor: Actor, case: Case) -> Decision:
    if case.subject_person_id == actor.person_id:
        return refuse("R6", "own_case", "Nobody works on their own case.")
    if not actor.has(Role.AGENT) or actor.person_id != case.agent.person_id:
        return refuse("R11", "not_the_agent", "Only the agent who carries this case can state that.")
    return ALLOWED


def _may_cancel(actor: Actor, case: Case) -> Decision:
    if case.subject_person_id == actor.person_id:
        return refuse("R6", "own_case", "Nobody ends a case about themselves; security can.")
    if actor.person_id == case.agent.person_id or actor.has(Role.SECURITY):
        return ALLOWED
    return refuse("R34", "role_missing", "Only the case's agent or a security officer cancels it.")


def _in(where: Progress, phase: Phase) -> Decision:
    if where.phase is not phase:
        return refuse("R11", "not_in_this_phase", "The case is not waiting for this now.", phase=where.phase.value)
    return ALLOWED


def _codes_are_settled(where: Progress) -> Decision:
    if where.phase is Phase.BACKUP_CODES:
        return refuse("R10", "backup_codes_first", "Backup codes are left. " + HOW_TO_USE_A_CODE)
    return ALLOWED


def _verified(where: Progress) -> Decision:
    if where.phase is Phase.VERIFICATION:
        return refuse("R13", "verification_missing", "The identity is not verified yet.", waiting_for=where.code)
    return ALLOWED


def _present(where: Progress) -> Decision:
    if where.phase is Phase.PRESENCE:
        return refuse(
            "R36", "presence_missing", "The subject's own browser does not wait yet. The approver enters its code."
        )
    return ALLOWED
