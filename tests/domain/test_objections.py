"""Objections: paused before the claim, suspended after it, ruled on by an officer (R24)."""

from __future__ import annotations

from typing import Any

import pytest

from domain.acts import (
    Act,
    ExecuteBody,
    LiftedBody,
    Method,
    ObjectionBody,
    PresenceBody,
    Ruling,
    RulingBody,
    SuspendedBody,
)
from domain.case import Case
from domain.messages import Outcome, Phase
from domain.people import Actor, Role
from domain.policy.doors import may_decide
from domain.policy.judge import judge
from domain.policy.objections import lift_due, open_objections, suspended, suspension_due
from domain.policy.progress import progress
from tests.domain.builders import (
    ADA,
    BO,
    BROWSER,
    CLEO,
    DESK,
    DEV,
    EMAIL,
    SOL,
    act,
    actor,
    after,
    case,
    case_file,
    execute_act,
    members,
    presence_act,
    provider_says,
    verdict,
)

WHY = "Rang the subject on the desk phone: the objection was a mistake"
OTHER = actor("tess", Role.SECURITY)
KIM_OFFICER = actor("kim-2", Role.SECURITY, person="person-kim")
NOW = after(hours=2)


def objection(of: Case, contact: str = EMAIL.id, **at: float) -> Act:
    """The reader at this contact point says that this is not them."""
    return act(of, ObjectionBody(contact_id=contact), None, after(**(at or {"minutes": 70})), proved=None)


def ruling(of: Case, what: Ruling, by: Actor = SOL, **at: float) -> Act:
    """An officer's ruling."""
    return act(of, RulingBody(ruling=what, because=WHY), by, after(**(at or {"minutes": 80})))


def decided(by: Actor, of: Case, acts: list[Act], what: Ruling = Ruling.RESUME, because: str = WHY) -> str:
    """How this ruling is answered."""
    body = RulingBody(ruling=what, because=because)
    return may_decide(by, body, case_file(of, acts, NOW, members(ADA, CLEO, DEV, SOL, BO, OTHER, KIM_OFFICER))).code


def claimed(**changes: Any) -> Case:
    """A case whose wipe is done and whose enrolment is awaited."""
    facts: dict[str, Any] = {"claimed_at": after(minutes=65), "wiped_at": after(minutes=66), "enrol_by": after(hours=9)}
    return case(**facts, **changes)


def test_an_objection_pauses_the_case() -> None:
    """R24: nothing moves towards the reset while an objection is open, at the doors and before the judge."""
    of = case()
    acts = [verdict(of), objection(of, minutes=61), presence_act(of, at=after(minutes=62)), execute_act(of)]
    where = progress(case_file(of, acts, NOW, members()))
    assert (where.phase, where.code) == (Phase.COOLING_OFF, "paused_by_objection")
    file = case_file(of, acts[:2], after(minutes=62))
    assert may_decide(CLEO, PresenceBody(presence_id=BROWSER), file).code == "paused_by_objection"
    assert may_decide(ADA, ExecuteBody(), file).code == "paused_by_objection"
    refused = judge(case_file(of, acts, after(minutes=63)), provider_says(after(minutes=63)))
    assert not refused.allowed


def test_two_clean_methods_resume() -> None:
    """R24: two later methods on different channels resume it, unless one relies on the channel that objected."""
    of = case()
    before = [verdict(of, CLEO), verdict(of, DEV, Method.CALLBACK, after(minutes=61))]
    assert open_objections(case_file(of, [*before, objection(of)], people=members()))
    again = [verdict(of, CLEO, at=after(minutes=90)), verdict(of, DEV, Method.CALLBACK, after(minutes=91))]
    assert not open_objections(case_file(of, [objection(of), *again], people=members()))
    assert open_objections(case_file(of, [objection(of), again[0]], people=members()))
    assert open_objections(case_file(of, [objection(of, DESK.id), *again], people=members()))


def test_the_managers_objection_bars_the_managers_ticket() -> None:
    """R24: where the manager objects, the manager's own ticket resumes nothing."""
    of = case()
    again = [
        verdict(of, CLEO, at=after(minutes=90)),
        verdict(of, DEV, Method.CORROBORATING_TICKET, after(minutes=91)),
    ]
    assert open_objections(case_file(of, [objection(of, "manager"), *again], people=members()))
    assert not open_objections(case_file(of, [objection(of), *again], people=members()))


def test_an_officer_rules() -> None:
    """R24: an officer's ruling resumes the case or ends it as disputed, and covers every objection before it."""
    of = case()
    acts = [verdict(of), objection(of), objection(of, DESK.id, minutes=71)]
    assert not open_objections(case_file(of, [*acts, ruling(of, Ruling.RESUME)]))
    assert open_objections(case_file(of, [*acts, ruling(of, Ruling.RESUME), objection(of, minutes=90)]))
    assert progress(case_file(of, [*acts, ruling(of, Ruling.UPHOLD)], NOW)).outcome is Outcome.DISPUTED


@pytest.mark.parametrize(
    ("by", "because", "code"),
    [
        (SOL, WHY, "allowed"),
        (SOL, "ok", "reason_missing"),
        (CLEO, WHY, "role_missing"),
        (ADA, WHY, "role_missing"),
        (KIM_OFFICER, WHY, "own_case"),
    ],
)
def test_who_rules(by: Actor, because: str, code: str) -> None:
    """R6, R24: a security officer who is neither subject nor party, with a reason."""
    of = case()
    assert decided(by, of, [verdict(of), objection(of)], because=because) == code


def test_a_party_does_not_rule() -> None:
    """R24, R39: an officer who carries or verified the case rules on nothing in it."""
    judge_and_agent = case(agent=SOL, acting_admin=SOL)
    assert decided(SOL, judge_and_agent, [objection(judge_and_agent)]) == "officer_is_a_party"
    of = case()
    both = actor("cleo", Role.APPROVER, Role.SECURITY)
    assert decided(both, of, [verdict(of, both), objection(of)]) == "officer_is_a_party"


def test_nothing_to_rule_on() -> None:
    """R24: without an objection, or with an answered one, there is nothing to rule on."""
    of = case()
    assert decided(SOL, of, []) == "no_objection"
    assert decided(OTHER, of, [objection(of), ruling(of, Ruling.RESUME)]) == "no_objection"


def test_after_the_claim_it_suspends() -> None:
    """R24: an objection after the claim stops nothing that was done; what followed is suspended until a ruling."""
    of = claimed()
    acts = [objection(of)]
    assert suspension_due(case_file(of, acts))
    assert progress(case_file(of, acts, NOW)).code == "suspension_due"
    done = [*acts, act(of, SuspendedBody(), None, after(minutes=71), proved=None)]
    assert suspended(done)
    assert progress(case_file(of, done, after(hours=20))).code == "suspended_until_ruling"
    assert decided(SOL, of, done) == "allowed"


def test_two_methods_lift_no_suspension() -> None:
    """R24: after the claim only an officer lifts it, so that nobody talks an approver into it."""
    of = claimed()
    done = [objection(of), act(of, SuspendedBody(), None, after(minutes=71), proved=None)]
    again = [verdict(of, CLEO, at=after(minutes=90)), verdict(of, DEV, Method.CALLBACK, after(minutes=91))]
    assert not lift_due(case_file(of, [*done, *again]))
    assert lift_due(case_file(of, [*done, ruling(of, Ruling.RESUME)]))


def test_it_never_locks_anybody_out_for_good() -> None:
    """R24: a ruling lifts the suspension once; upheld, the case ends and a new one can help."""
    of = claimed()
    done = [objection(of), act(of, SuspendedBody(), None, after(minutes=71), proved=None)]
    lifted = [*done, ruling(of, Ruling.RESUME), act(of, LiftedBody(), None, after(minutes=81), proved=None)]
    assert not lift_due(case_file(of, lifted))
    assert progress(case_file(of, lifted, after(hours=3))).code == "enrolment_awaited"
    upheld = progress(case_file(of, [*done, ruling(of, Ruling.UPHOLD)], NOW))
    assert upheld.outcome is Outcome.DISPUTED


def test_ruling_on_a_closed_case_while_it_is_watched() -> None:
    """R24, R38: an objection in the watch is ruled on although the case has ended."""
    of = claimed(outcome=Outcome.RECOVERED, closed_at=after(minutes=69))
    acts = [objection(of), act(of, SuspendedBody(), None, after(minutes=71), proved=None)]
    assert decided(SOL, of, acts) == "allowed"
    assert decided(SOL, of, []) == "case_closed"
