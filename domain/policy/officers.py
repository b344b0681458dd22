"""What security officers decide: objections, held cases, break-glass and its review (R24, R25, R39, R41)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.acts import ActKind, BreakGlassBody, ReviewBody, Ruling, RulingBody
from domain.people import Role
from domain.policy.brakes import something_to_release
from domain.policy.cooling import cooling_off
from domain.policy.decision import ALLOWED, Decision, first_refusal, refuse
from domain.policy.evidence import is_worded
from domain.policy.objections import open_objections, upheld
from domain.policy.requirement import requirement_of
from domain.policy.waivers import waived
from domain.refusal_codes import Code

if TYPE_CHECKING:
    from collections.abc import Sequence

    from domain.acts import Act, ReleaseBody
    from domain.case import Case
    from domain.case_file import CaseFile
    from domain.people import Actor

_PARTY_ACTS = frozenset({ActKind.OPEN, ActKind.CODES_UNAVAILABLE, ActKind.CODES_USED, ActKind.VERDICT,
                         ActKind.PRESENCE, ActKind.EXECUTE})  # fmt: skip


def may_rule(actor: Actor, body: RulingBody, file: CaseFile) -> Decision:
    """Whether this officer may rule so now: on an open objection, or on a cooling-off of which no notice arrived."""
    return first_refusal(
        _is_officer(actor, file.case, file.acts), _says_why(body.because), _something_to_rule(body, file)
    )


def may_release(actor: Actor, body: ReleaseBody, case: Case, acts: Sequence[Act]) -> Decision:
    """Whether this officer may let the held case go on (R41)."""
    return first_refusal(_is_officer(actor, case, acts), _says_why(body.because), something_to_release(acts))


def may_break_glass(actor: Actor, body: BreakGlassBody, case: Case, acts: Sequence[Act]) -> Decision:
    """Whether this officer may waive this one requirement; one waiver a case, presence and brakes never (R39).

    R39: A security officer who is no party may waive one requirement of a case, never presence or a brake; another
    officer reviews it.
    """
    return first_refusal(
        _is_officer(actor, case, acts), _says_why(body.because), _first_waiver(acts), _is_asked_for(body, case)
    )


def may_review(actor: Actor, body: ReviewBody, case: Case, acts: Sequence[Act]) -> Decision:
    """Another officer than the one who broke the glass closes its review (R39)."""
    return first_refusal(_is_officer(actor, case, acts), _says_why(body.because), _review_is_open(actor, acts))


def review_open(acts: Sequence[Act]) -> bool:
    """Whether a break-glass of this case still waits for another officer's review."""
    broken = any(act.kind is ActKind.BREAK_GLASS for act in acts)
    return broken and not any(act.kind is ActKind.REVIEW for act in acts)


def holds_the_role(actor: Actor) -> Decision:
    """Whether this person is a security officer at all; whether they may decide in a case, that case tells."""
    if not actor.has(Role.SECURITY):
        return refuse("R24", Code.ROLE_MISSING, "Only a security officer decides this. Hand it to one.")
    return ALLOWED


def _is_officer(actor: Actor, case: Case, acts: Sequence[Act]) -> Decision:
    if not (officer := holds_the_role(actor)).allowed:
        return officer
    if actor.person_id == case.subject_person_id or actor.account_id == case.subject_id:
        return refuse("R6", Code.OWN_CASE, "Nobody decides about themselves. Another security officer has to.")
    parties = {case.agent.person_id, case.acting_admin.person_id}
    parties |= {act.actor.person_id for act in acts if act.actor and act.kind in _PARTY_ACTS}
    if actor.person_id in parties:
        return refuse(
            "R39", Code.OFFICER_IS_A_PARTY, "You have worked on this case yourself. Another security officer decides."
        )
    return ALLOWED


def _says_why(text: str) -> Decision:
    if not is_worded(text):
        return refuse("R39", Code.REASON_MISSING, "Say in a sentence why.")
    return ALLOWED


def _something_to_rule(body: RulingBody, file: CaseFile) -> Decision:
    if body.ruling is Ruling.COOLING_OFF_OVER:
        return _cooling_off_is_stuck(file)
    if upheld(file.acts):
        return refuse("R24", Code.ALREADY_RULED, "The objection was upheld already, so nothing resumes this case.")
    if not open_objections(file):
        return refuse(
            "R24",
            Code.NO_OBJECTION,
            "Nobody has objected, or another officer has answered it already. Look at the case again.",
        )
    return ALLOWED


def _cooling_off_is_stuck(file: CaseFile) -> Decision:
    """Only where no notice can arrive any more: else it would be a break-glass without key and review (R25, R39)."""
    cooling = cooling_off(file)
    if file.case.claimed_at is None and cooling.code == Code.OFFICER_DECIDES_COOLING_OFF:
        return ALLOWED
    if cooling.code == Code.NOTICE_AWAITED:
        return refuse("R25", Code.NOTICE_STILL_AWAITED, "A notice is still on its way. Decide once it has failed.")
    return refuse(
        "R25",
        Code.COOLING_OFF_COUNTS,
        "A notice has arrived, so the cooling-off counts by itself; break-glass shortens it.",
    )


def _first_waiver(acts: Sequence[Act]) -> Decision:
    if waived(acts) is not None:
        return refuse(
            "R39", Code.ALREADY_WAIVED, "One requirement is waived already; a second one never is. Meet the others."
        )
    return ALLOWED


def _is_asked_for(body: BreakGlassBody, case: Case) -> Decision:
    if body.waives not in requirement_of(case).waivable:
        return refuse("R39", Code.NOT_ASKED_FOR, "This case does not ask for that, so there is nothing to waive.")
    return ALLOWED


def _review_is_open(actor: Actor, acts: Sequence[Act]) -> Decision:
    if not review_open(acts):
        return refuse(
            "R39",
            Code.NO_REVIEW_OPEN,
            "There is no break-glass to review here, or another officer has reviewed it already.",
        )
    if any(act.kind is ActKind.BREAK_GLASS and act.actor and act.actor.person_id == actor.person_id for act in acts):
        return refuse("R39", Code.OWN_BREAK_GLASS, "You broke the glass yourself. Another officer reviews it.")
    return ALLOWED
