"""What proves anything: methods, numbers, tickets, and saying what was seen (R14 to R17)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from domain.account import Contact, RecoveryContact
from domain.acts import Evidence, Method, Verdict
from domain.case import Case, Reason
from domain.people import Actor, Role, Tier
from domain.policy.evidence import NEVER_EVIDENCE, number_is_trustworthy
from domain.policy.verification import counting, may_give_verdict
from tests.domain.builders import (
    ADA,
    CLEO,
    DESK,
    DEV,
    EMAIL,
    MOBILE,
    OPENED,
    account,
    actor,
    after,
    case,
    case_file,
    intake,
    said,
    verdict,
)

NOW = after(hours=1)
TICKET = Method.CORROBORATING_TICKET
KEY_LOST = intake(Reason.LOST_SECURITY_KEY)


def giving(
    of: Case,
    method: Method = Method.IN_PERSON,
    by: Actor = CLEO,
    acts: object = (),
    concluded: Verdict = Verdict.VERIFIED,
    **evidence: Any,
) -> str:
    """The code with which a verdict is answered."""
    body = said(method, concluded, **evidence)
    return may_give_verdict(actor=by, case=of, acts=acts, body=body, now=NOW).code  # type: ignore[arg-type]


@pytest.mark.parametrize("method", sorted(NEVER_EVIDENCE))
def test_what_is_never_evidence(method: Method) -> None:
    """R15: refused whatever the policy, but a failed verdict may rest on it."""
    assert giving(case(), method) == "method_refused"
    assert giving(case(), method, concluded=Verdict.FAILED) == "allowed"


@pytest.mark.parametrize("method", [Method.IDENTITY_DOCUMENT, Method.WORKING_FACTOR, Method.FEDERATED_SIGN_IN])
def test_what_was_not_observed(method: Method) -> None:
    """R14: a method that needs an observation of ours cannot be claimed by word of mouth."""
    assert giving(case(), method) == "method_not_observed"


def test_subjects_second_number_is_no_recovery_contact() -> None:
    """R14: a recovery contact is a voucher named beforehand, not another number of the subject."""
    of = case(stated=KEY_LOST)
    assert giving(of, Method.RECOVERY_CONTACT, contact_id=MOBILE.id, author_id=None) == "author_not_independent"
    claimed: dict[str, Any] = {"author_id": "uma", "author_person_id": "person-uma", "author_confirmed": "callback"}
    assert giving(of, Method.RECOVERY_CONTACT, **claimed) == "contact_not_named"


@pytest.mark.parametrize("concluded", list(Verdict))
@pytest.mark.parametrize(
    "empty",
    [{"seen": ""}, {"seen": "ok"}, {"seen": "." * 40}, {"seen": "\u200b" * 40}, {"reference": " "}, {"reference": "-"}],
)
def test_no_evidence_no_verdict(concluded: Verdict, empty: dict[str, Any]) -> None:
    """R17: every verdict says what was seen and where the evidence is; dots and invisible signs say nothing."""
    assert giving(case(), concluded=concluded, **empty) == "evidence_missing"


@pytest.mark.parametrize(
    ("contact", "code"),
    [
        (DESK, "allowed"),
        (DESK.model_copy(update={"bound_since": OPENED - timedelta(days=14)}), "allowed"),
        (
            DESK.model_copy(update={"bound_since": OPENED - timedelta(days=14) + timedelta(microseconds=1)}),
            "number_too_new",
        ),
        (DESK.model_copy(update={"bound_since": OPENED + timedelta(minutes=1)}), "number_too_new"),
        (DESK.model_copy(update={"bound_since": None}), "number_too_new"),
        (EMAIL, "number_not_on_record"),
        (MOBILE, "number_is_the_lost_phone"),
    ],
)
def test_number_on_record_and_old_enough(contact: Contact, code: str) -> None:
    """R16: 14 days before the case to the instant; unknown age counts as new; the lost phone proves nothing."""
    of = case(about=account(contacts=(contact,)))
    assert giving(of, Method.CALLBACK, contact_id=contact.id) == code
    assert number_is_trustworthy(of, contact.id).code == code


def test_privileged_numbers_are_older() -> None:
    """R16: 30 days where the subject is privileged."""
    young = account(contacts=(DESK.model_copy(update={"bound_since": OPENED - timedelta(days=29)}),))
    assert giving(case(about=young), Method.CALLBACK) == "allowed"
    assert giving(case(about=young, tier=Tier.PRIVILEGED), Method.CALLBACK) == "number_too_new"


@pytest.mark.parametrize("given_id", [None, "", "c-typed-by-agent", "+49 170 666"])
def test_number_that_is_not_on_record(given_id: str | None) -> None:
    """R2, R16: nothing but a contact point of the snapshot is called back."""
    assert giving(case(), Method.CALLBACK, contact_id=given_id) == "number_not_on_record"


@pytest.mark.parametrize(
    ("reason", "code"),
    [
        (Reason.LOST_PHONE, "number_is_the_lost_phone"),
        (Reason.WIPED_DEVICE, "number_is_the_lost_phone"),
        (Reason.DEVICE_IN_OTHER_HANDS, "number_is_the_lost_phone"),
        (Reason.LOST_SECURITY_KEY, "allowed"),
        (Reason.BROKEN_FACTOR, "allowed"),
    ],
)
def test_mobile_number_of_a_phone_that_is_gone(reason: Reason, code: str) -> None:
    """R16: lost, wiped or in other hands, a mobile number proves nothing."""
    assert giving(case(stated=intake(reason)), Method.CALLBACK, contact_id=MOBILE.id) == code


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({}, "allowed"),
        ({"ticket_opened_at": NOW}, "allowed"),
        ({"ticket_opened_at": OPENED - timedelta(microseconds=1)}, "ticket_too_old"),
        ({"ticket_opened_at": NOW + timedelta(microseconds=1)}, "ticket_too_old"),
        ({"ticket_opened_at": None}, "ticket_too_old"),
        ({"quotes_case": False}, "ticket_does_not_quote"),
        ({"author_id": None}, "author_not_independent"),
        ({"author_id": "kim"}, "author_not_independent"),
        ({"author_id": "ada"}, "author_not_independent"),
        ({"author_id": "cleo"}, "author_not_independent"),
        ({"author_id": "colleague"}, "author_not_independent"),
        ({"author_id": "colleague", "author_person_id": "person-colleague"}, "author_cannot_vouch"),
        ({"author_id": "colleague", "author_person_id": "person-ada"}, "author_not_independent"),
        ({"author_confirmed": None}, "author_not_confirmed"),
    ],
)
def test_corroborating_ticket(change: dict[str, Any], code: str) -> None:
    """R14: opened after the case, quoting it, by the manager, who is neither subject, agent nor approver."""
    assert giving(case(), TICKET, **change) == code


@pytest.mark.parametrize("party", ["agent", "acting_admin"])
def test_manager_who_is_a_party_cannot_vouch(party: str) -> None:
    """R14: the subject's manager does not vouch in a case they carry or execute."""
    mara = actor("mara", Role.AGENT)
    of = case().model_copy(update={party: mara})
    assert giving(of, TICKET) == "author_not_independent"


def test_manager_does_not_vouch_and_verify() -> None:
    """R14, R19: a manager who is an approver gives one of the two, in whichever order."""
    of, mara = case(), actor("mara", Role.APPROVER)
    by_mara = verdict(of, mara, Method.VIDEO_CALL)
    ticket = verdict(of, DEV, TICKET)
    assert giving(of, TICKET, by=CLEO, acts=[by_mara]) == "author_not_independent"
    assert giving(of, Method.VIDEO_CALL, by=mara, acts=[ticket]) == "author_not_independent"
    assert giving(of, TICKET, by=mara) == "author_not_independent"


def test_nobody_without_a_manager_is_vouched_for() -> None:
    """R14: where the directory knows no manager, no ticket counts, also not one without an author."""
    of = case(about=account(manager_id=None))
    assert giving(of, TICKET, author_person_id="person-mara") == "author_cannot_vouch"
    assert giving(of, TICKET, author_id=None) == "author_not_independent"


WEEK = timedelta(days=7)
UMA: dict[str, Any] = {"author_id": "uma", "author_person_id": "person-uma", "author_confirmed": "callback"}


@pytest.mark.parametrize("method", [TICKET, Method.RECOVERY_CONTACT])
@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"author_recovered_at": NOW - WEEK + timedelta(microseconds=1)}, "author_recovered_lately"),
        ({"author_recovered_at": NOW - WEEK}, "allowed"),
        ({"author_tied_to": ("person-ada",)}, "author_is_granter"),
        ({"author_tied_to": ("person-cleo",)}, "author_is_granter"),
        ({"author_tied_to": ("person-dev",)}, "allowed"),
    ],
)
def test_who_vouches_stands_apart_and_was_not_recovered_lately(
    method: Method, change: dict[str, Any], code: str
) -> None:
    """R21: neither within a week of the own recovery, nor in a case with whom they gave or have a role from."""
    named = RecoveryContact(account_id="uma", person_id="person-uma", named_since=OPENED - timedelta(days=90))
    of = case(about=account(recovery_contacts=(named,)))
    said_of = change if method is TICKET else UMA | change
    assert giving(of, method, **said_of) == code


def test_who_was_made_by_a_voucher_does_not_verify_beside_them() -> None:
    """R21: in whichever order: the manager who vouched has given the second approver the role."""
    of = case()
    ticket = verdict(of, CLEO, TICKET, author_tied_to=("person-dev",))
    assert giving(of, Method.VIDEO_CALL, by=DEV, acts=[ticket]) == "granter_on_the_case"
    assert giving(of, Method.VIDEO_CALL, by=actor("eve", Role.APPROVER), acts=[ticket]) == "allowed"
    by_dev = verdict(of, DEV, Method.VIDEO_CALL)
    assert giving(of, TICKET, acts=[by_dev], author_tied_to=("person-dev",)) == "author_is_granter"
    assert len(counting(case_file(of, [ticket, verdict(of, DEV, Method.VIDEO_CALL, after(hours=2))]))) == 1


def test_time_without_zone_is_not_accepted() -> None:
    """B16: a ticket's time without its zone is refused instead of being compared with something else."""
    with pytest.raises(ValidationError):
        Evidence.model_validate({"seen": "x", "reference": "y", "ticket_opened_at": "2026-03-02T09:30:00"})


@given(days=st.integers(-5, 60), privileged=st.booleans())
def test_age_of_a_number(days: int, privileged: bool) -> None:
    """R16: a number is trusted exactly if it is as old as its tier asks."""
    of = case(
        about=account(contacts=(DESK.model_copy(update={"bound_since": OPENED - timedelta(days=days)}),)),
        tier=Tier.PRIVILEGED if privileged else Tier.STANDARD,
    )
    assert number_is_trustworthy(of, DESK.id).allowed == (days >= (30 if privileged else 14))


def test_agent_is_never_the_one_who_verifies() -> None:
    """R13: also not with evidence that fits."""
    assert giving(case(), by=actor("ada", Role.APPROVER, Role.AGENT)) == "agent_cannot_approve"
    assert giving(case(), by=ADA) == "role_missing"
