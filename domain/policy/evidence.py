"""Evidence: which methods prove anything, and when what a verdict relies on can be trusted (R14 to R17)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from domain.account import ContactKind
from domain.acts import Method, VerdictBody
from domain.case import Reason
from domain.people import Actor, Tier
from domain.policy.decision import ALLOWED, Decision, first_refusal, refuse

if TYPE_CHECKING:
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
    # The subject's own second number is not somebody they named beforehand.
    Method.RECOVERY_CONTACT: "No recovery contact was named beforehand.",
}
MINIMUM_WORDING = 10
_PHONE_IS_GONE = frozenset({Reason.LOST_PHONE, Reason.WIPED_DEVICE, Reason.DEVICE_IN_OTHER_HANDS})


def evidence_holds(*, actor: Actor, case: Case, body: VerdictBody, at: datetime) -> Decision:
    """Whether this evidence, given by this person at this moment, proves anything in this case (R14 to R17)."""
    return first_refusal(_method_is_evidence(body), says_what_was_seen(body), _can_be_relied_on(actor, case, body, at))


def says_what_was_seen(body: VerdictBody) -> Decision:
    """Every verdict carries what was seen and where the evidence is kept (R17)."""
    if not is_worded(body.evidence.seen) or not any(char.isalnum() for char in body.evidence.reference):
        return refuse(
            "R17", "evidence_missing", "Say what was seen and where the evidence is kept. No evidence, no verdict."
        )
    return ALLOWED


def is_worded(text: str) -> bool:
    """Whether a text says something: dots, spaces and invisible characters do not count."""
    return sum(char.isalnum() for char in text) >= MINIMUM_WORDING


def number_is_trustworthy(case: Case, contact_id: str | None) -> Decision:
    """Whether a call to this number of the snapshot proves anything in this case (R16)."""
    contact = case.snapshot.contact(contact_id or "")
    if contact is None or contact.kind is ContactKind.EMAIL:
        return refuse("R16", "number_not_on_record", "Call back only a number that was on record when the case opened.")
    limits = case.policy.verification
    days = limits.privileged_contact_age_days if case.tier is Tier.PRIVILEGED else limits.contact_age_days
    if contact.bound_since is None or contact.bound_since > case.opened_at - timedelta(days=days):
        return refuse(
            "R16",
            "number_too_new",
            f"This number has been on record for less than {days} days, or nobody knows since when.",
        )
    if contact.kind is ContactKind.MOBILE and case.intake.reason in _PHONE_IS_GONE:
        return refuse(
            "R16", "number_is_the_lost_phone", "The phone is lost or in other hands, so its number proves nothing."
        )
    return ALLOWED


def channel(act: Act) -> str:
    """What a verdict relied on, so that two verdicts over the same phone count once."""
    body = act.body
    if not isinstance(body, VerdictBody):
        return ""
    if body.method in {Method.CALLBACK, Method.RECOVERY_CONTACT}:
        return f"voice:{body.evidence.contact_id}"
    return body.method.value


def voucher(body: object) -> str | None:
    """The account id of whoever vouches in this verdict's ticket, so that nobody counts as voucher and as verifier."""
    if isinstance(body, VerdictBody) and body.method is Method.CORROBORATING_TICKET:
        return body.evidence.author_id
    return None


def _method_is_evidence(body: VerdictBody) -> Decision:
    if body.method in NEVER_EVIDENCE:
        return refuse("R15", "method_refused", NEVER_EVIDENCE[body.method])
    if body.method in NOT_CONNECTED:
        return refuse("R14", "method_not_observed", NOT_CONNECTED[body.method])
    return ALLOWED


def _can_be_relied_on(actor: Actor, case: Case, body: VerdictBody, at: datetime) -> Decision:
    if body.method is Method.CALLBACK:
        return number_is_trustworthy(case, body.evidence.contact_id)
    if body.method is Method.CORROBORATING_TICKET:
        return _ticket_is_trustworthy(actor, case, body, at)
    return ALLOWED


def _ticket_is_trustworthy(actor: Actor, case: Case, body: VerdictBody, at: datetime) -> Decision:
    evidence = body.evidence
    author = evidence.author_id
    parties = {case.subject_id, case.agent.account_id, case.acting_admin.account_id, actor.account_id}
    people = {case.subject_person_id, case.agent.person_id, case.acting_admin.person_id, actor.person_id}
    if author is None or author in parties or case.snapshot.manager_person_id in people:
        return refuse(
            "R14",
            "author_not_independent",
            "The ticket must be by somebody who is neither subject, agent, acting admin nor approver.",
        )
    if author != case.snapshot.manager_id:
        return refuse(
            "R14",
            "author_cannot_vouch",
            "According to the directory, only the subject's manager can vouch in a ticket.",
        )
    if evidence.ticket_opened_at is None or not case.opened_at <= evidence.ticket_opened_at <= at:
        return refuse("R14", "ticket_too_old", "The ticket must have been opened after this case.")
    if not evidence.quotes_case:
        return refuse("R14", "ticket_does_not_quote", "The ticket must quote this case's reference.")
    return ALLOWED
