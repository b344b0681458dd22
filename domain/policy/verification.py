"""Verification: whose verdict counts, on what evidence, and when it is enough (R13 to R21)."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import combinations
from typing import TYPE_CHECKING

from domain.account import ContactKind
from domain.acts import ActKind, Method, Verdict, VerdictBody
from domain.case import Reason
from domain.people import Actor, Member, Role, Tier
from domain.policy.decision import ALLOWED, Decision, first_refusal, refuse

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from domain.acts import Act
    from domain.case import Case

STRONG = frozenset({Method.IN_PERSON, Method.IDENTITY_DOCUMENT, Method.WORKING_FACTOR, Method.FEDERATED_SIGN_IN})
NEVER_EVIDENCE = {
    Method.KNOWLEDGE_QUESTION: "Knowledge questions prove nothing: their answers are for sale.",
    Method.EMAIL_MATCHED: "That their e-mail address matched proves only that the caller knows it.",
    Method.MAILED_CODE: "A code mailed to a recovery address proves a mailbox, not a person.",
    Method.CHAT_CLAIM: "A chat message claiming to be the subject proves nothing.",
}
NOT_CONNECTED = {
    Method.IDENTITY_DOCUMENT: "No identity-document provider is connected.",
    Method.WORKING_FACTOR: "No use of a working factor was observed.",
    Method.FEDERATED_SIGN_IN: "No federated sign-in was observed.",
}
MINIMUM_SEEN = 10
_PHONE_IS_GONE = frozenset({Reason.LOST_PHONE, Reason.WIPED_DEVICE, Reason.DEVICE_IN_OTHER_HANDS})


def may_give_verdict(*, actor: Actor, case: Case, acts: Sequence[Act], body: VerdictBody, now: datetime) -> Decision:
    """Whether this person may give this verdict on this evidence now."""
    people = may_verify(actor, case)
    if body.verdict is not Verdict.VERIFIED:
        return first_refusal(people, _says_what_was_seen(body))
    return first_refusal(
        people, _method_is_evidence(body), _says_what_was_seen(body), _evidence_fits(actor, case, body, now), _new(actor, acts, body, case)
    )


def may_verify(actor: Actor, case: Case) -> Decision:
    """An approver who is neither the agent nor the subject, nor the acting admin where policy asks for three (R13)."""
    if not actor.has(Role.APPROVER):
        return refuse("R13", "role_missing", "Only an approver verifies an identity.")
    if case.subject_person_id == actor.person_id or case.subject_id == actor.account_id:
        return refuse("R6", "own_case", "Nobody verifies themselves.")
    if case.agent.person_id == actor.person_id:
        return refuse("R13", "agent_cannot_approve", "Whoever opened the case cannot verify it. Hand it to another approver.")
    if case.policy.verification.three_people and case.acting_admin.person_id == actor.person_id:
        return refuse("R13", "acting_admin_cannot_approve", "This tenant asks for a third person as approver.")
    return ALLOWED


def denied(case: Case, acts: Sequence[Act]) -> bool:
    """Whether somebody's verdict was `failed` (R18); it counts whatever became of the plan since."""
    del case
    return any(isinstance(act.body, VerdictBody) and act.body.verdict is Verdict.FAILED for act in acts)


def counting(case: Case, acts: Sequence[Act], members: Mapping[str, Member] | None = None) -> list[Act]:
    """The verified verdicts that count for the present plan (R13, R20, R21).

    With `members` (people by person id, as they are now) a verdict from somebody who has since lost the
    role or been disabled does not count.
    """
    digest = case.plan.digest()
    found = [
        act
        for act in acts
        if isinstance(act.body, VerdictBody)
        and act.body.verdict is Verdict.VERIFIED
        and act.plan_digest == digest
        and act.actor is not None
        and may_verify(act.actor, case).allowed
        and (act.proof is not None or not case.policy.step_up.required)
    ]
    if members is None:
        return found
    return [act for act in found if act.actor is not None and _still_approver(members.get(act.actor.person_id))]


def uncertain(case: Case, acts: Sequence[Act]) -> bool:
    """Whether an `uncertain` verdict is the latest word of its approver and so blocks (R18).

    It is answered by a later `verified` verdict of any approver by another method.
    """
    digest = case.plan.digest()
    doubts = [act for act in acts if isinstance(act.body, VerdictBody) and act.body.verdict is Verdict.UNCERTAIN and act.plan_digest == digest]
    later = counting(case, acts)
    return any(not any(good.seq > doubt.seq and _method(good) is not _method(doubt) for good in later) for doubt in doubts)


def sufficient(case: Case, acts: Sequence[Act], now: datetime, members: Mapping[str, Member] | None = None) -> bool:
    """Whether identity is verified well enough for this plan, now (R19, R21)."""
    return complete_until(case, acts, now, members) is not None and not uncertain(case, acts)


def complete_until(
    case: Case, acts: Sequence[Act], now: datetime, members: Mapping[str, Member] | None = None
) -> datetime | None:
    """Until when the verdicts given are enough, or None while more is needed.

    A verdict waits up to 72 h for its companions; once they are complete they keep 24 h (R21).
    """
    limits = case.policy.verification
    waiting, fresh = timedelta(hours=limits.waiting_hours), timedelta(hours=limits.fresh_hours)
    best: datetime | None = None
    verdicts = counting(case, acts, members)
    for size in range(1, min(len(verdicts), 4) + 1):
        for group in combinations(verdicts, size):
            newest = max(act.at for act in group)
            if newest - min(act.at for act in group) > waiting or not enough(case, group):
                continue
            until = newest + fresh
            if until > now and (best is None or until > best):
                best = until
    return best


def enough(case: Case, group: Iterable[Act]) -> bool:
    """Whether exactly these verdicts satisfy R19 for the case's tier and plan."""
    verdicts = list(group)
    strong = [act for act in verdicts if _method(act) in STRONG]
    pairs = [(a, b) for a, b in combinations(verdicts, 2) if _method(a) is not _method(b) and channel(a) != channel(b)]
    two_people = any(_person(a) != _person(b) for a, b in pairs)
    if case.tier is Tier.PRIVILEGED:
        return two_people and bool(strong)
    if case.plan.choose_password:
        return two_people
    wanted = case.policy.verification.standard_methods
    if wanted == 1:
        return bool(verdicts)
    if wanted == 2:  # noqa: PLR2004 - the runbook's own number (R19)
        return bool(strong) or bool(pairs)
    return len({_method(act) for act in verdicts}) >= wanted and len({channel(act) for act in verdicts}) >= wanted


def channel(act: Act) -> str:
    """What a verdict relied on, so that two verdicts over the same phone count once."""
    body = act.body
    if not isinstance(body, VerdictBody):
        return ""
    if body.method in {Method.CALLBACK, Method.RECOVERY_CONTACT}:
        return f"voice:{body.evidence.contact_id}"
    return body.method.value


def needs(case: Case) -> str:
    """What R19 asks for here, in words for the agent."""
    if case.tier is Tier.PRIVILEGED:
        return "two approvers, two methods on different channels, one of them strong"
    if case.plan.choose_password:
        return "two approvers and two methods on different channels"
    if case.policy.verification.standard_methods == 1:
        return "one method (this tenant has lowered the standard)"
    return "one strong method, or two methods on different channels"


def _still_approver(member: Member | None) -> bool:
    return member is not None and member.active and Role.APPROVER in member.roles


def _method(act: Act) -> Method | None:
    return act.body.method if isinstance(act.body, VerdictBody) else None


def _person(act: Act) -> str:
    return act.actor.person_id if act.actor else ""


def _method_is_evidence(body: VerdictBody) -> Decision:
    if body.method in NEVER_EVIDENCE:
        return refuse("R15", "method_refused", NEVER_EVIDENCE[body.method])
    if body.method in NOT_CONNECTED:
        return refuse("R14", "method_not_observed", NOT_CONNECTED[body.method])
    return ALLOWED


def _says_what_was_seen(body: VerdictBody) -> Decision:
    if len(body.evidence.seen.strip()) < MINIMUM_SEEN or not body.evidence.reference.strip():
        return refuse("R17", "evidence_missing", "Say what was seen and where the evidence is kept. No evidence, no verdict.")
    return ALLOWED


def _evidence_fits(actor: Actor, case: Case, body: VerdictBody, now: datetime) -> Decision:
    if body.method in {Method.CALLBACK, Method.RECOVERY_CONTACT}:
        return number_is_trustworthy(case, body.evidence.contact_id)
    if body.method is Method.CORROBORATING_TICKET:
        return _ticket_is_trustworthy(actor, case, body, now)
    return ALLOWED


def number_is_trustworthy(case: Case, contact_id: str | None) -> Decision:
    """Whether a call to this number of the snapshot proves anything in this case (R16)."""
    contact = case.snapshot.contact(contact_id or "")
    if contact is None or contact.kind is ContactKind.EMAIL:
        return refuse("R16", "number_not_on_record", "Call back only a number that was on record when the case opened.")
    limits = case.policy.verification
    days = limits.privileged_contact_age_days if case.tier is Tier.PRIVILEGED else limits.contact_age_days
    if contact.bound_since is None or contact.bound_since > case.opened_at - timedelta(days=days):
        return refuse("R16", "number_too_new", f"This number has been on record for less than {days} days, or nobody knows since when.")
    if contact.kind is ContactKind.MOBILE and case.intake.reason in _PHONE_IS_GONE:
        return refuse("R16", "number_is_the_lost_phone", "The phone is lost or in other hands, so its number proves nothing.")
    return ALLOWED


def _ticket_is_trustworthy(actor: Actor, case: Case, body: VerdictBody, now: datetime) -> Decision:
    evidence = body.evidence
    author = evidence.author_id
    if author is None or author in {case.subject_id, case.agent.account_id, actor.account_id}:
        return refuse("R14", "author_not_independent", "The ticket must be by somebody who is neither subject, agent nor approver.")
    if author != case.snapshot.manager_id:
        return refuse("R14", "author_cannot_vouch", "According to the directory, only the subject's manager can vouch in a ticket.")
    if evidence.ticket_opened_at is None or not case.opened_at <= evidence.ticket_opened_at <= now:
        return refuse("R14", "ticket_too_old", "The ticket must have been opened after this case.")
    if not evidence.quotes_case:
        return refuse("R14", "ticket_does_not_quote", "The ticket must quote this case's reference.")
    return ALLOWED


def _new(actor: Actor, acts: Sequence[Act], body: VerdictBody, case: Case) -> Decision:
    for act in counting(case, acts):
        if _method(act) is body.method and _person(act) == actor.person_id and act.kind is ActKind.VERDICT:
            return refuse("R19", "verdict_already_given", "You have already verified by this method; another method is needed.")
    return ALLOWED
