"""Evidence: which methods prove anything, and when what a verdict relies on can be trusted (R14 to R17)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from domain.account import ContactKind
from domain.acts import Method, Verdict, VerdictBody
from domain.case import Reason
from domain.people import Actor
from domain.policy.age import age_days, is_old_enough
from domain.policy.decision import ALLOWED, Decision, first_refusal, refuse
from domain.policy.observed import federated_sign_in_observed, identity_document_observed, working_factor_observed
from domain.refusal_codes import Code
from domain.texts import Text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from domain.acts import Act
    from domain.case import Case

STRONG = frozenset({Method.IN_PERSON, Method.IDENTITY_DOCUMENT, Method.WORKING_FACTOR, Method.FEDERATED_SIGN_IN})
NEVER_EVIDENCE = {
    Method.KNOWLEDGE_QUESTION: Text("Knowledge questions prove nothing: their answers are for sale."),
    Method.EMAIL_MATCHED: Text("That their e-mail address matched proves only that the caller knows it."),
    Method.MAILED_CODE: Text("A code mailed to a recovery address proves a mailbox, not a person."),
    Method.CHAT_CLAIM: Text("A chat message claiming to be the subject proves nothing."),
}
MINIMUM_WORDING = 10
_PHONE_IS_GONE = frozenset({Reason.LOST_PHONE, Reason.WIPED_DEVICE, Reason.DEVICE_IN_OTHER_HANDS})


def evidence_holds(*, actor: Actor, case: Case, body: VerdictBody, at: datetime, acts: Sequence[Act] = ()) -> Decision:
    """Whether this evidence, given by this person at this moment, proves anything in this case (R14 to R17).

    `acts` are the case's acts so far: what must be observed is looked for among them.

    R14: What a method relies on is read from a provider or observed by the product, never typed, and old enough (R16).
    """
    return first_refusal(
        method_is_evidence(body.method),
        says_what_was_seen(body),
        _can_be_relied_on(actor, case, body, at, acts),
        _is_not_tied_to_a_voucher(actor, acts),
    )


def method_is_evidence(method: Method) -> Decision:
    """Refused whatever the policy: what proves nothing by its kind (R15).

    R15: Knowledge questions, a matching e-mail address, a mailed code and chat are no evidence, whatever the policy.
    """
    if method in NEVER_EVIDENCE:
        return refuse("R15", Code.METHOD_REFUSED, NEVER_EVIDENCE[method])
    return ALLOWED


def says_what_was_seen(body: VerdictBody) -> Decision:
    """Every verdict carries what was seen and where the evidence is kept (R17).

    R17: Every verdict says what was seen and where the evidence is kept.
    """
    if not is_worded(body.evidence.seen) or not any(char.isalnum() for char in body.evidence.reference):
        return refuse(
            "R17", Code.EVIDENCE_MISSING, "Say what was seen and where the evidence is kept. No evidence, no verdict."
        )
    return ALLOWED


def is_worded(text: str) -> bool:
    """Whether a text says something: dots, spaces and invisible characters do not count."""
    return sum(char.isalnum() for char in text) >= MINIMUM_WORDING


def phone_is_gone(case: Case) -> bool:
    """Whether the phone is lost, wiped or in other hands, so that a mobile number may not reach the subject (R16)."""
    return case.intake.reason in _PHONE_IS_GONE


def number_is_trustworthy(case: Case, contact_id: str | None) -> Decision:
    """Whether a call to this number of the snapshot proves anything in this case (R16).

    R16: A number that is called comes from the record, is as old as policy asks, and is not on the phone that is lost;
    an unknown age counts as new.
    """
    contact = case.snapshot.contact(contact_id or "")
    if contact is None or contact.kind is ContactKind.EMAIL:
        return refuse(
            "R16", Code.NUMBER_NOT_ON_RECORD, "Call back only a number that was on record when the case opened."
        )
    if not is_old_enough(case, contact.known_since):
        return refuse(
            "R16",
            Code.NUMBER_TOO_NEW,
            Text(
                "This number has been on record for less than {age_days} days, or nobody knows since when.",
                age_days=age_days(case),
            ),
        )
    if contact.kind is ContactKind.MOBILE and phone_is_gone(case):
        return refuse(
            "R16", Code.NUMBER_IS_THE_LOST_PHONE, "The phone is lost or in other hands, so its number proves nothing."
        )
    return ALLOWED


def manager_is_trustworthy(case: Case) -> Decision:
    """Whether the manager on record has been the subject's for long enough to vouch (R14, R16)."""
    if not is_old_enough(case, case.snapshot.manager_since):
        return refuse(
            "R16",
            Code.MANAGER_TOO_NEW,
            Text(
                "The manager has been on record for less than {age_days} days, or nobody knows since when.",
                age_days=age_days(case),
            ),
        )
    return ALLOWED


def channel(act: Act) -> str:
    """What a verdict relied on, so that two verdicts over the same phone or the same person count once."""
    body = act.body
    if not isinstance(body, VerdictBody):
        return ""
    if body.method is Method.CALLBACK:
        return f"voice:{body.evidence.contact_id}"
    if body.method is Method.RECOVERY_CONTACT:
        return f"person:{body.evidence.author_id}"
    return body.method.value


def contact_of(act: Act) -> str | None:
    """The subject's contact point that a verdict relied on, if it did."""
    if isinstance(act.body, VerdictBody) and act.body.method is Method.CALLBACK:
        return act.body.evidence.contact_id
    return None


def uses_a_strong_method(act: Act) -> bool:
    """Whether a verdict was given by one of the strong methods (R14)."""
    return isinstance(act.body, VerdictBody) and act.body.method in STRONG


def voucher(body: object) -> str | None:
    """The account id of the voucher in this verdict, so that no person counts as voucher and as verifier."""
    if isinstance(body, VerdictBody) and body.method in {Method.CORROBORATING_TICKET, Method.RECOVERY_CONTACT}:
        return body.evidence.author_id
    return None


def _can_be_relied_on(actor: Actor, case: Case, body: VerdictBody, at: datetime, acts: Sequence[Act]) -> Decision:
    match body.method:
        case Method.CALLBACK:
            return number_is_trustworthy(case, body.evidence.contact_id)
        case Method.CORROBORATING_TICKET:
            return first_refusal(
                _author_is_apart(actor, case, body),
                _author_stands(actor, case, body, at, acts),
                _ticket_is_trustworthy(case, body, at),
            )
        case Method.RECOVERY_CONTACT:
            return first_refusal(
                _author_is_apart(actor, case, body),
                _author_stands(actor, case, body, at, acts),
                _was_named_beforehand(case, body),
            )
        case Method.VIDEO_CALL:
            return _photo_is_trustworthy(case, body)
        case Method.IDENTITY_DOCUMENT:
            return identity_document_observed(case, acts, body.evidence.reference, at)
        case Method.WORKING_FACTOR:
            return working_factor_observed(case, acts)
        case Method.FEDERATED_SIGN_IN:
            return federated_sign_in_observed(case, acts)
    return ALLOWED


def _author_is_apart(actor: Actor, case: Case, body: VerdictBody) -> Decision:
    """The voucher is none of the people who carry the case, by whatever login."""
    evidence = body.evidence
    accounts = {case.subject_id, case.agent.account_id, case.acting_admin.account_id, actor.account_id}
    people = {case.subject_person_id, case.agent.person_id, case.acting_admin.person_id, actor.person_id}
    known = evidence.author_person_id
    if known is None and evidence.author_id == case.snapshot.manager_id:
        known = case.snapshot.manager_person_id
    if evidence.author_id is None or known is None or evidence.author_id in accounts or known in people:
        return refuse(
            "R14",
            Code.AUTHOR_NOT_INDEPENDENT,
            "Whoever vouches must be neither subject, agent, acting admin nor approver.",
        )
    if evidence.author_confirmed is None:
        return refuse(
            "R14",
            Code.AUTHOR_NOT_CONFIRMED,
            "Whoever vouches confirms it by a callback or by a sign-in with a second factor. Say which.",
        )
    return ALLOWED


def _author_stands(actor: Actor, case: Case, body: VerdictBody, at: datetime, acts: Sequence[Act]) -> Decision:
    """The voucher was not recovered lately, and neither gave a party their role nor has theirs from one (R21)."""
    evidence, days = body.evidence, case.policy.verification.young_days
    if evidence.author_recovered_at is not None and evidence.author_recovered_at > at - timedelta(days=days):
        return refuse(
            "R21",
            Code.AUTHOR_RECOVERED_LATELY,
            Text("Whoever was recovered less than {days} days ago vouches in no case.", days=days),
        )
    parties = {case.agent.person_id, case.acting_admin.person_id, actor.person_id, *_verifiers(acts)}
    if parties & set(evidence.author_tied_to):
        return refuse(
            "R21",
            Code.AUTHOR_IS_GRANTER,
            "Whoever vouches gave somebody who works on this case their role, or has it from them. Somebody else has "
            "to vouch.",
        )
    return ALLOWED


def _is_not_tied_to_a_voucher(actor: Actor, acts: Sequence[Act]) -> Decision:
    """The same the other way round: a voucher of this case is tied to no approver who verifies in it after (R21)."""
    for act in acts:
        if voucher(act.body) is None or not isinstance(act.body, VerdictBody):
            continue
        if act.body.verdict is Verdict.VERIFIED and actor.person_id in act.body.evidence.author_tied_to:
            return refuse(
                "R21",
                Code.GRANTER_ON_THE_CASE,
                "Somebody who vouched in this case gave you your role, or has theirs from you. A colleague has to.",
            )
    return ALLOWED


def _verifiers(acts: Sequence[Act]) -> set[str]:
    return {act.actor.person_id for act in acts if act.actor is not None and isinstance(act.body, VerdictBody)}


def _ticket_is_trustworthy(case: Case, body: VerdictBody, at: datetime) -> Decision:
    evidence, known = body.evidence, case.snapshot
    if evidence.author_id == known.manager_id:
        standing = manager_is_trustworthy(case)
    elif evidence.author_id == known.sponsor_id:
        standing = ALLOWED if is_old_enough(case, known.sponsor_since) else _too_new(Text("sponsor"))
    elif set(evidence.author_roles) & case.policy.verification.hr_roles:
        standing = ALLOWED
    else:
        return refuse(
            "R14",
            Code.AUTHOR_CANNOT_VOUCH,
            "According to the directory, this is neither the subject's manager or sponsor nor somebody of HR.",
        )
    if not standing.allowed:
        return standing
    if evidence.ticket_opened_at is None or not case.opened_at <= evidence.ticket_opened_at <= at:
        return refuse("R14", Code.TICKET_TOO_OLD, "The ticket must have been opened after this case.")
    if not evidence.quotes_case:
        return refuse("R14", Code.TICKET_DOES_NOT_QUOTE, "The ticket must quote this case's reference.")
    return ALLOWED


def _was_named_beforehand(case: Case, body: VerdictBody) -> Decision:
    for one in case.snapshot.recovery_contacts:
        if one.account_id == body.evidence.author_id:
            return ALLOWED if is_old_enough(case, one.named_since) else _too_new(Text("recovery contact"))
    return refuse("R14", Code.CONTACT_NOT_NAMED, "The subject has not named this person beforehand.")


def _photo_is_trustworthy(case: Case, body: VerdictBody) -> Decision:
    if not is_old_enough(case, body.evidence.record_since):
        return refuse(
            "R16",
            Code.RECORD_TOO_NEW,
            Text(
                "A face counts against a photo on record for at least {age_days} days. Say since when it is there.",
                age_days=age_days(case),
            ),
        )
    return ALLOWED


def _too_new(what: Text) -> Decision:
    return refuse(
        "R16", Code.RELATION_TOO_NEW, Text("This {what} has not been on record for long enough to vouch.", what=what)
    )
