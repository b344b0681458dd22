"""Verification: whose verdict counts, and when the verdicts are enough (R13, R18 to R21)."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import combinations
from typing import TYPE_CHECKING

from domain.acts import ActKind, Method, Verdict, VerdictBody, Waiver
from domain.people import Actor, Member, Role
from domain.policy.decision import ALLOWED, Decision, first_refusal, refuse
from domain.policy.evidence import evidence_holds, says_what_was_seen, voucher
from domain.policy.independence import independent, method_of, person_of, vouches
from domain.policy.observed import check_used_before
from domain.policy.requirement import requirement_of
from domain.policy.standing import factor_is_old_enough, stands
from domain.policy.waivers import waived
from domain.refusal_codes import Code

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from domain.acts import Act
    from domain.case import Case
    from domain.case_file import CaseFile

LARGEST_GROUP = 4
"""More verdicts than this are never needed together, whatever policy asks for."""


def may_give_verdict(*, actor: Actor, case: Case, acts: Sequence[Act], body: VerdictBody, now: datetime) -> Decision:
    """Whether this person may give this verdict on this evidence now."""
    people = may_verify(actor, case)
    if body.verdict is not Verdict.VERIFIED:
        return first_refusal(people, says_what_was_seen(body))
    return first_refusal(
        people,
        evidence_holds(actor=actor, case=case, body=body, at=now, acts=acts),
        _one_check_serves_one_verdict(acts, body),
        _not_an_officer_of_the_case(actor, acts),
        _not_voucher_and_verifier(actor, case, acts, body),
        _not_given_already(actor, case, acts, body, now),
    )


def may_verify(actor: Actor, case: Case) -> Decision:
    """An approver who is neither the agent nor the subject, nor the acting admin where policy asks for three (R13).

    R13: Identity is verified by an approver who is neither the subject nor the case's agent, nor the acting admin where
    policy asks for three people.
    """
    if not actor.has(Role.APPROVER):
        return refuse("R13", Code.ROLE_MISSING, "Only an approver verifies an identity.")
    if case.subject_person_id == actor.person_id or case.subject_id == actor.account_id:
        return refuse("R6", Code.OWN_CASE, "Nobody verifies themselves.")
    if case.agent.person_id == actor.person_id:
        return refuse(
            "R13", Code.AGENT_CANNOT_APPROVE, "Whoever opened the case cannot verify it. Hand it to another approver."
        )
    if case.policy.verification.three_people and case.acting_admin.person_id == actor.person_id:
        return refuse("R13", Code.ACTING_ADMIN_CANNOT_APPROVE, "This tenant asks for a third person as approver.")
    return ALLOWED


def denied(case: Case, acts: Sequence[Act]) -> bool:
    """Whether an approver's verdict was `failed` (R18); it counts whatever became of the plan since."""
    del case
    return any(isinstance(act.body, VerdictBody) and act.body.verdict is Verdict.FAILED for act in acts)


def given(case: Case, acts: Sequence[Act]) -> list[Act]:
    """The verified verdicts for the present plan under the case's policy, whatever became of their authors since.

    The evidence is looked at again, because a policy that was tightened since may ask more of it (R34).
    """
    digest = case.plan.digest()
    return [act for act in acts if act.plan_digest == digest and _counts(case, act, acts)]


def counting(file: CaseFile) -> list[Act]:
    """The verified verdicts that count for the present plan under the case's policy (R13 to R17, R20, R21).

    Of those given, one from an approver who has since lost the role or been disabled does not count, nor one by a young
    role, nor two by an approver and the granter of their role.
    """
    good: list[Act] = []
    for act in given(file.case, file.acts):
        if _stands(file, act, good):
            good.append(act)
    return good


def uncertain(file: CaseFile) -> bool:
    """Whether an `uncertain` verdict is not answered yet and so blocks, whatever became of the plan since (R18).

    It is answered by a later `verified` verdict that counts, of any approver, by another method.

    R18: An uncertain verdict blocks and asks for more; a failed one ends the case as denied.
    """
    doubts = [act for act in file.acts if isinstance(act.body, VerdictBody) and act.body.verdict is Verdict.UNCERTAIN]
    later = counting(file)
    return any(
        not any(good.seq > doubt.seq and method_of(good) is not method_of(doubt) for good in later) for doubt in doubts
    )


def sufficient(file: CaseFile) -> bool:
    """Whether identity is verified well enough for this plan, now (R19, R21)."""
    return complete_until(file) is not None and not uncertain(file)


def permits_containment(file: CaseFile) -> bool:
    """Whether a verdict that has not grown stale permits disabling and revoking in a hostile case (R19, R21)."""
    return file.case.hostile and any(is_fresh(act, file) for act in counting(file))


def is_fresh(act: Act, file: CaseFile) -> bool:
    """Whether a verdict may still wait for its companions (R21)."""
    return act.at + timedelta(hours=file.case.policy.verification.waiting_hours) > file.now


def complete_until(file: CaseFile) -> datetime | None:
    """Until when the verdicts given are enough, or None while more is needed.

    A verdict waits up to 72 h for its companions; once they are complete they keep 24 h (R21). A further
    verdict that was not needed prolongs nothing.
    """
    case, now, limits = file.case, file.now, file.case.policy.verification
    waiting, fresh = timedelta(hours=limits.waiting_hours), timedelta(hours=limits.fresh_hours)
    best: datetime | None = None
    waiver = waived(file.acts)
    verdicts = sorted(
        (act for act in counting(file) if act.at + waiting + fresh > now),
        key=lambda act: (act.at, act.seq),
    )
    for size in range(1, min(len(verdicts), LARGEST_GROUP) + 1):
        for group in combinations(verdicts, size):
            until = group[-1].at + fresh
            if until <= now or (best is not None and until <= best) or group[-1].at - group[0].at > waiting:
                continue
            if _completed_by_the_last(case, group, waiver):
                best = until
    return best


def enough(case: Case, group: Iterable[Act], waiver: Waiver | None = None) -> bool:
    """Whether exactly these verdicts satisfy R19 here; `waiver` is what break-glass has waived (R39)."""
    return requirement_of(case).without(waiver).met_by(case, group)


def still_approver(actor: Actor | None, members: Mapping[str, Member]) -> bool:
    """Whether this person is an approver now and may still sign in (R21)."""
    member = members.get(actor.person_id) if actor else None
    return member is not None and member.active and Role.APPROVER in member.roles


def _counts(case: Case, act: Act, acts: Sequence[Act]) -> bool:
    """Whether a verdict counts as it was given, its author's present standing apart."""
    body, actor = act.body, act.actor
    if not isinstance(body, VerdictBody) or body.verdict is not Verdict.VERIFIED or actor is None:
        return False
    before = [one for one in acts if one.seq < act.seq]
    return (
        (act.proof is not None or not case.policy.step_up.required)
        and may_verify(actor, case).allowed
        and _not_an_officer_of_the_case(actor, acts).allowed
        and evidence_holds(actor=actor, case=case, body=body, at=act.at, acts=before).allowed
        and _one_check_serves_one_verdict(before, body).allowed
    )


def _stands(file: CaseFile, act: Act, good: Sequence[Act]) -> bool:
    """Whether the author may still verify, stood long enough when they did, and apart from the others (R21)."""
    case, members = file.case, file.members
    member = members.get(person_of(act))
    if member is None or not still_approver(act.actor, members):
        return False
    people = {case.agent.person_id, case.acting_admin.person_id, *(person_of(one) for one in good)}
    others = [members[one] for one in sorted(people) if one in members]
    old_enough = factor_is_old_enough(act.proof, member, now=act.at, policy=case.policy).allowed
    return old_enough and stands(member, others, now=act.at, policy=case.policy).allowed


def _completed_by_the_last(case: Case, group: Sequence[Act], waiver: Waiver | None) -> bool:
    """Whether these verdicts are enough, and only since the last of them.

    Two methods on different channels are a way of their own, also where the first was strong and enough by itself.
    """
    if not enough(case, group, waiver):
        return False
    is_pair = len(group) == 2 and independent(case, *group)  # noqa: PLR2004 - a pair
    return is_pair or not enough(case, group[:-1], waiver)


def _not_voucher_and_verifier(actor: Actor, case: Case, acts: Sequence[Act], body: VerdictBody) -> Decision:
    """The voucher in a ticket cannot verify in the same case, in whichever order it is tried."""
    verdicts = given(case, acts)
    vouched = any(vouches(case, act, actor) for act in verdicts)
    verified = voucher(body) is not None and any(
        act.actor is not None
        and (act.actor.account_id == voucher(body) or act.actor.person_id == _voucher_person(case, body))
        for act in verdicts
    )
    if vouched or verified:
        return refuse("R14", Code.AUTHOR_NOT_INDEPENDENT, "Whoever vouches in a ticket cannot verify in the same case.")
    return ALLOWED


def _voucher_person(case: Case, body: VerdictBody) -> str | None:
    if voucher(body) == case.snapshot.manager_id:
        return case.snapshot.manager_person_id
    return body.evidence.author_person_id


def _not_an_officer_of_the_case(actor: Actor, acts: Sequence[Act]) -> Decision:
    """An officer who has ruled on, released or broken the glass in a case verifies nothing in it (R39)."""
    officers = {ActKind.RULING, ActKind.RELEASE, ActKind.BREAK_GLASS, ActKind.REVIEW}
    if any(act.kind in officers and act.actor and act.actor.person_id == actor.person_id for act in acts):
        return refuse("R39", Code.OFFICER_IS_A_PARTY, "You have decided in this case as a security officer.")
    return ALLOWED


def _one_check_serves_one_verdict(acts: Sequence[Act], body: VerdictBody) -> Decision:
    if body.method is Method.IDENTITY_DOCUMENT and check_used_before(acts, body.evidence.reference):
        return refuse("R14", Code.CHECK_USED, "This check of a document has served a verdict already.")
    return ALLOWED


def _not_given_already(actor: Actor, case: Case, acts: Sequence[Act], body: VerdictBody, now: datetime) -> Decision:
    """One method counts once for each person, until it has grown stale and may be done anew (R19, R21)."""
    fresh = timedelta(hours=case.policy.verification.fresh_hours)
    for act in given(case, acts):
        if method_of(act) is body.method and person_of(act) == actor.person_id and act.at + fresh > now:
            return refuse(
                "R19", Code.VERDICT_ALREADY_GIVEN, "You have already verified by this method; another method is needed."
            )
    return ALLOWED
