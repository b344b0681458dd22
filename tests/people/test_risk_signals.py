"""What stands out about a subject, from facts alone (R8, B10, B11)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from domain.account import Contact, ContactKind, Factor, FactorKind, FormerContact
from domain.case import Risk, RiskCode
from domain.policy.brakes import SubjectHistory
from domain.policy.document import Policy
from domain.policy.risks import SENTENCES, Known, plan_changed, risk_signals
from service.case_view import risk_views
from tests.domain.builders import DESK, EMAIL, MOBILE, OPENED, account, case

LATELY = OPENED - timedelta(hours=2)


def signals(**known: Any) -> tuple[Risk, ...]:
    """The signals for a plain subject, with these facts different."""
    facts = {
        "subject": account(), "agent": None, "history": SubjectHistory(), "look_alikes": (), "staff_alike": (),
        "eligible": 3,
    }  # fmt: skip
    return risk_signals(Known(**{**facts, **known}), now=OPENED, policy=Policy())


def one(found: tuple[Risk, ...], code: RiskCode) -> Risk:
    """The one signal there is."""
    assert [risk.code for risk in found] == [code]
    return found[0]


def test_nothing_stands_out_about_a_plain_subject() -> None:
    """R8: no signal without a reason."""
    assert signals() == ()


def test_a_contact_changed_two_hours_ago() -> None:
    """B11: the old and the new one by kind and instant, and never by value."""
    new = MOBILE.model_copy(update={"bound_since": LATELY, "value": "+49 170 99"})
    old = FormerContact(id="c-old", kind=ContactKind.MOBILE, value="+49 170 1", replaced_at=LATELY)
    found = signals(subject=account(contacts=(DESK, new, EMAIL), former_contacts=(old,)))
    risk = one(found, RiskCode.CONTACT_CHANGED_LATELY)
    assert risk.facts == {
        "old": "mobile", "replaced": LATELY.isoformat(), "new": "mobile", "since": LATELY.isoformat(),
        "contact": "c-mobile",
    }  # fmt: skip
    assert "170" not in repr(found)


def test_a_contact_that_went_without_a_successor() -> None:
    """B11: a number that was taken away lately is told, one that went long ago is not."""
    gone = FormerContact(id="c-old", kind=ContactKind.DESK_PHONE, value="+49 30 9", replaced_at=LATELY)
    long_gone = gone.model_copy(update={"replaced_at": OPENED - timedelta(days=31)})
    risk = one(signals(subject=account(former_contacts=(gone, long_gone))), RiskCode.CONTACT_CHANGED_LATELY)
    assert risk.facts == {"old": "desk_phone", "replaced": LATELY.isoformat()}


def test_a_contact_of_unknown_age_counts_as_new_until_our_reads_know_it() -> None:
    """R16 B11: nobody knows since when counts as lately; seen by us for long enough does not."""
    unknown = Contact(id="c", kind=ContactKind.EMAIL, value="kim@acme.example", bound_since=None)
    risk = one(signals(subject=account(contacts=(unknown,))), RiskCode.CONTACT_CHANGED_LATELY)
    assert risk.facts["since"] == "unknown"
    seen = unknown.model_copy(update={"seen_since": OPENED - timedelta(days=31)})
    assert signals(subject=account(contacts=(seen,))) == ()


@pytest.mark.parametrize(("since", "said"), [(LATELY, LATELY.isoformat()), (None, "unknown")])
def test_a_manager_changed_lately(since: object, said: str) -> None:
    """R14 B11: who the manager is was changed lately, or nobody knows since when."""
    risk = one(signals(subject=account(manager_since=since)), RiskCode.MANAGER_CHANGED_LATELY)
    assert risk.facts == {"since": said}
    assert signals(subject=account(manager_id=None, manager_since=None)) == ()


def test_look_alikes_are_counted_and_named_by_id() -> None:
    """R8: so many accounts look like this one; the first are named, all are counted."""
    found = signals(look_alikes=tuple(f"a-{n}" for n in range(7)))
    assert one(found, RiskCode.LOOKALIKE_ACCOUNT).facts == {"count": 7, "accounts": "a-0, a-1, a-2, a-3, a-4"}


def test_an_agent_who_looks_like_the_subject() -> None:
    """R8: the agent's own account is compared as it is now, whatever the nightly reads saw."""
    agent = account(id="agent-1", login="k\u0456m", display_name="Somebody else")
    assert one(signals(agent=agent), RiskCode.AGENT_IS_LOOKALIKE).facts == {"count": 1, "accounts": "agent-1"}
    assert signals(agent=account(id="agent-2", login="bo", display_name="Bo")) == ()


def test_an_approver_who_looks_like_the_subject() -> None:
    """R8: both signals, once as an account and once as an approver who may verify."""
    found = signals(look_alikes=("x",), staff_alike=("x",))
    assert [risk.code for risk in found] == [RiskCode.LOOKALIKE_ACCOUNT, RiskCode.AGENT_IS_LOOKALIKE]


def test_earlier_cases() -> None:
    """B10: opened, failed and recovered before, each with its count."""
    found = signals(history=SubjectHistory(opened=3, recovered=1, failed=2))
    assert {risk.code: risk.facts["cases"] for risk in found} == {
        RiskCode.FAILED_VERIFICATION_BEFORE: 2, RiskCode.REPEATED_CASES: 3, RiskCode.RECOVERED_LATELY: 1
    }  # fmt: skip


def test_a_factor_enrolled_lately() -> None:
    """R8: a factor younger than R21's days stands out, an old one does not."""
    young = Factor(id="f-new", kind=FactorKind.WEBAUTHN, label="x", enrolled_at=LATELY)
    risk = one(signals(subject=account(factors=(*account().factors, young))), RiskCode.FACTOR_ENROLLED_LATELY)
    assert (risk.facts["factor"], risk.facts["kind"]) == ("f-new", "webauthn")


def test_password_signals() -> None:
    """R9: the signals that speak for a stolen password are named, others are not."""
    found = signals(subject=account(signals=("new_device", "password_breached", "something_else")))
    assert one(found, RiskCode.PASSWORD_SIGNALS).facts == {"signals": "new_device, password_breached"}


def test_unreadable_privilege() -> None:
    """R6: where roles cannot be read, that is said."""
    one(signals(subject=account(roles=None)), RiskCode.PRIVILEGE_UNREADABLE)


def test_few_eligible_approvers() -> None:
    """R22: fewer than policy calls enough."""
    assert one(signals(eligible=2), RiskCode.FEW_ELIGIBLE_APPROVERS).facts == {"eligible": 2, "enough": 3}


def test_a_plan_made_anew_is_shown() -> None:
    """R20: a case whose plan changed says so beside what stood out at its opening."""
    assert plan_changed(1) == ()
    opened_with = Risk(code=RiskCode.PRIVILEGE_UNREADABLE)
    views = risk_views(case(risks=(opened_with,), plan_version=3))
    assert [(view.code, view.facts) for view in views] == [
        (RiskCode.PRIVILEGE_UNREADABLE, {}), (RiskCode.PLAN_CHANGED, {"version": 3})
    ]  # fmt: skip


def test_every_signal_has_its_sentence() -> None:
    """R8: no code reaches a human without words."""
    assert set(SENTENCES) == set(RiskCode)
    assert all(str(sentence).endswith(".") for sentence in SENTENCES.values())
