"""Brakes, held cases, break-glass and the drawn approver (R22, R39, R41)."""

from __future__ import annotations

from typing import Any

import pytest

from domain.acts import (
    Act,
    Brake,
    BreakGlassBody,
    DrawnBody,
    ExecuteBody,
    HeldBody,
    Method,
    PresenceBody,
    ReleaseBody,
    ReviewBody,
    Verdict,
    Waiver,
)
from domain.case import Case
from domain.messages import Outcome, Phase
from domain.people import Actor, Role, Tier
from domain.policy.brakes import (
    SubjectHistory,
    held,
    opening_brakes,
    released,
    tier_with_history,
    verdict_brakes,
    wipe_brakes,
)
from domain.policy.document import BrakePolicy
from domain.policy.doors import is_proved, may_decide
from domain.policy.drawing import eligible_approvers, how_many
from domain.policy.judge import judge
from domain.policy.progress import progress
from domain.policy.verification import enough, sufficient
from tests.domain.builders import (
    ADA,
    BO,
    BROWSER,
    CLEO,
    DEV,
    HOSTILE,
    SOL,
    WITH_PASSWORD,
    act,
    actor,
    after,
    case,
    case_file,
    execute_act,
    members,
    policy_with,
    presence_act,
    proof,
    provider_says,
    said,
    verdict,
)

WHY = "The plant stands still and the second approver is in the air"
TESS = actor("tess", Role.SECURITY)
NOW = after(hours=2)
IN_PERSON, CALLBACK, TICKET = Method.IN_PERSON, Method.CALLBACK, Method.CORROBORATING_TICKET


def answer(by: Actor, body: Any, of: Case, acts: list[Act], **at: float) -> str:
    """How this decision is answered."""
    people = members(ADA, CLEO, DEV, SOL, BO, TESS)
    return may_decide(by, body, case_file(of, acts, after(**at) if at else NOW, people)).code


def holding(of: Case, brake: Brake = Brake.AGENT) -> Act:
    """The product holds the case."""
    return act(of, HeldBody(brake=brake), None, after(seconds=1), proved=None)


@pytest.mark.parametrize(
    ("history", "tier"),
    [
        (SubjectHistory(), Tier.STANDARD),
        (SubjectHistory(opened=2), Tier.STANDARD),
        (SubjectHistory(opened=3), Tier.PRIVILEGED),
        (SubjectHistory(opened=1, recovered=1), Tier.PRIVILEGED),
        (SubjectHistory(opened=1, failed=1), Tier.PRIVILEGED),
    ],
)
def test_history_raises_the_tier(history: SubjectHistory, tier: Tier) -> None:
    """R41, B10: one recovery, one failed verification or case after case within 30 days; it never lowers anything."""
    assert tier_with_history(Tier.STANDARD, history) is tier
    assert tier_with_history(Tier.PRIVILEGED, history) is Tier.PRIVILEGED


def test_measures() -> None:
    """R41: twenty openings, ten verdicts, five of a pair, thirty wipes are usual; one more is not."""
    limits = BrakePolicy()
    assert opening_brakes(limits, opened_today=19) == []
    assert opening_brakes(limits, opened_today=20) == [Brake.AGENT]
    assert verdict_brakes(limits, verdicts_today=9, pair_today=4) == []
    assert verdict_brakes(limits, verdicts_today=10, pair_today=5) == [Brake.APPROVER, Brake.PAIR]
    assert wipe_brakes(limits, claimed_this_hour=29) == []
    assert wipe_brakes(limits, claimed_this_hour=30) == [Brake.TENANT]


def test_a_held_case_waits_for_an_officer() -> None:
    """R41: neither presence nor reset is taken in a held case, a release answers it, and the judge looks too."""
    of = case()
    acts = [holding(of), verdict(of), presence_act(of), execute_act(of)]
    assert progress(case_file(of, acts, NOW)).code == "held_past_a_brake"
    assert answer(CLEO, PresenceBody(presence_id=BROWSER), of, acts[:2]) == "held_past_a_brake"
    assert answer(ADA, ExecuteBody(), of, acts[:2]) == "held_past_a_brake"
    refused = judge(case_file(of, acts, after(minutes=63)), provider_says(after(minutes=63)))
    assert not refused.allowed
    free = act(of, ReleaseBody(because=WHY), SOL, after(minutes=30))
    assert held([holding(of), free]) is None
    assert released([holding(of), free], Brake.AGENT)
    assert not released([holding(of), free], Brake.PAIR)


@pytest.mark.parametrize(
    ("by", "code"), [(SOL, "allowed"), (TESS, "allowed"), (ADA, "role_missing"), (CLEO, "role_missing")]
)
def test_who_releases(by: Actor, code: str) -> None:
    """R6, R41: a security officer who is no party; nobody releases what is not held."""
    of = case()
    assert answer(by, ReleaseBody(because=WHY), of, [holding(of)]) == code
    own = case(subject_person_id=SOL.person_id)
    assert answer(SOL, ReleaseBody(because=WHY), own, [holding(own)]) == "own_case"
    assert answer(SOL, ReleaseBody(because=WHY), of, []) == "case_not_held"


def test_a_strong_method_is_never_blocked_by_history() -> None:
    """R41: openings and failures raise the tier; two people with one strong method still recover the subject."""
    of = case(tier=tier_with_history(Tier.STANDARD, SubjectHistory(failed=3, opened=9)))
    assert enough(of, [verdict(of, CLEO, IN_PERSON), verdict(of, DEV, CALLBACK)])


@pytest.mark.parametrize(
    ("waiver", "given", "suffices"),
    [
        (None, [(CLEO, IN_PERSON), (CLEO, CALLBACK)], False),
        (Waiver.SECOND_PERSON, [(CLEO, IN_PERSON), (CLEO, CALLBACK)], True),
        (Waiver.SECOND_PERSON, [(CLEO, CALLBACK), (CLEO, TICKET)], False),
        (Waiver.STRONG_METHOD, [(CLEO, CALLBACK), (DEV, TICKET)], True),
        (Waiver.STRONG_METHOD, [(CLEO, CALLBACK), (CLEO, TICKET)], False),
        (Waiver.SECOND_METHOD, [(CLEO, IN_PERSON), (DEV, IN_PERSON)], True),
        (Waiver.SECOND_METHOD, [(CLEO, IN_PERSON)], False),
        (Waiver.COOLING_OFF, [(CLEO, IN_PERSON)], False),
    ],
)
def test_one_requirement_is_waived(waiver: Waiver | None, given: list[tuple[Actor, Method]], suffices: bool) -> None:
    """R39: exactly the one requirement of R19 that was waived, and nothing besides."""
    of = case(tier=Tier.PRIVILEGED)
    assert enough(of, [verdict(of, by, method) for by, method in given], waiver) is suffices


def test_only_the_first_waiver_counts() -> None:
    """R39: one requirement, not one after the other."""
    of = case(tier=Tier.PRIVILEGED)
    first = act(of, BreakGlassBody(waives=Waiver.SECOND_PERSON, because=WHY), SOL, after(minutes=2))
    second = act(of, BreakGlassBody(waives=Waiver.STRONG_METHOD, because=WHY), SOL, after(minutes=3))
    verdicts = [verdict(of, CLEO, CALLBACK), verdict(of, CLEO, TICKET, after(minutes=61))]
    assert not sufficient(case_file(of, [first, second, *verdicts], after(minutes=62)))
    assert answer(TESS, BreakGlassBody(waives=Waiver.STRONG_METHOD, because=WHY), of, [first]) == "already_waived"


def test_who_breaks_the_glass() -> None:
    """R39: an officer who is no party, for what the case asks for, with a hardware-bound key; it verifies nothing."""
    of, plain = case(tier=Tier.PRIVILEGED), case()
    body = BreakGlassBody(waives=Waiver.STRONG_METHOD, because=WHY)
    assert answer(SOL, body, of, []) == "allowed"
    assert answer(ADA, body, of, []) == "role_missing"
    assert answer(SOL, body, plain, []) == "not_asked_for"
    mine = case(tier=Tier.PRIVILEGED, agent=SOL, acting_admin=SOL)
    assert answer(SOL, body, mine, []) == "officer_is_a_party"
    file = case_file(of, (), NOW, members(ADA, SOL))
    assert is_proved(SOL, body, proof(of, SOL, body, NOW), file).allowed
    for soft in ({"aal": 2}, {"hardware_bound": False}, {"phishing_resistant": False}):
        assert is_proved(SOL, body, proof(of, SOL, body, NOW, **soft), file).code == "step_up_too_weak"


def test_who_broke_the_glass_verifies_nothing() -> None:
    """R39: no other party to the case, also not afterwards."""
    both = actor("sol", Role.SECURITY, Role.APPROVER)
    of = case(tier=Tier.PRIVILEGED)
    glass = act(of, BreakGlassBody(waives=Waiver.SECOND_PERSON, because=WHY), both, after(minutes=2))
    assert answer(both, said(), of, [glass]) == "officer_is_a_party"
    assert not enough(of, [])
    assert not sufficient(
        case_file(of, [glass, verdict(of, both), verdict(of, both, CALLBACK, after(minutes=61))], NOW)
    )


def test_break_glass_waives_neither_presence_nor_brakes() -> None:
    """R39: never R36 and never R41: no waiver has such a name, and a held or unattended case stays where it is."""
    assert {one.value for one in Waiver} == {"second_person", "second_method", "strong_method", "cooling_off"}
    of = case()
    glass = act(of, BreakGlassBody(waives=Waiver.COOLING_OFF, because=WHY), SOL, after(minutes=2))
    assert progress(case_file(of, [holding(of), glass, verdict(of)], NOW)).code == "held_past_a_brake"
    assert progress(case_file(of, [glass, verdict(of)], NOW)).phase is Phase.PRESENCE


def test_review_stays_open_until_another_officer_closes_it() -> None:
    """R39: the review outlives the case, and the officer who broke the glass does not review it."""
    of = case(tier=Tier.PRIVILEGED, outcome=Outcome.RECOVERED, closed_at=after(hours=1))
    glass = act(of, BreakGlassBody(waives=Waiver.COOLING_OFF, because=WHY), SOL, after(minutes=2))
    body = ReviewBody(because="Looked at the flight and the outage; it was right")
    assert answer(SOL, body, of, [glass]) == "own_break_glass"
    assert answer(TESS, body, of, [glass]) == "allowed"
    closed = [glass, act(of, body, TESS, after(hours=3))]
    assert answer(TESS, body, of, closed) == "case_closed"
    assert answer(TESS, body, of, []) == "case_closed"


def test_raised_threat_tightens_every_tier() -> None:
    """R41: the standard tier then needs what the privileged one does, and that one a second strong method."""
    policy = policy_with(raised_threat=True)
    standard, privileged = case(policy=policy), case(policy=policy, tier=Tier.PRIVILEGED)
    assert not enough(standard, [verdict(standard, CLEO, IN_PERSON)])
    assert enough(standard, [verdict(standard, CLEO, IN_PERSON), verdict(standard, DEV, CALLBACK)])
    assert not enough(privileged, [verdict(privileged, CLEO, IN_PERSON), verdict(privileged, DEV, CALLBACK)])
    document = verdict(privileged, DEV, Method.IDENTITY_DOCUMENT)
    assert enough(privileged, [verdict(privileged, CLEO, IN_PERSON), document])


def drawn(of: Case, *approvers: str) -> Act:
    """The product's draw."""
    return act(of, DrawnBody(approvers=approvers, eligible=3), None, after(seconds=1), proved=None)


def test_only_who_was_drawn_verifies() -> None:
    """R22: the product draws, so that no agent picks a friend; after 20 minutes without answer others may help."""
    of = case()
    acts = [drawn(of, CLEO.account_id)]
    assert answer(CLEO, said(), of, acts, minutes=5) == "allowed"
    assert answer(DEV, said(), of, acts, minutes=5) == "approver_not_drawn"
    assert answer(DEV, said(), of, acts, minutes=21) == "allowed"
    assert answer(DEV, said(), of, [*acts, verdict(of, CLEO, CALLBACK, after(minutes=19))], minutes=21) == (
        "approver_not_drawn"
    )


def test_anybody_may_deny_or_doubt() -> None:
    """R18, R22: to stop a case nobody needs to have been drawn."""
    of = case()
    for concluded in (Verdict.FAILED, Verdict.UNCERTAIN):
        assert answer(DEV, said(verdict=concluded), of, [drawn(of, CLEO.account_id)], minutes=5) == "allowed"


def test_how_many_are_drawn() -> None:
    """R19, R22: as many people as the case needs."""
    assert how_many(case()) == 1
    for of in (case(tier=Tier.PRIVILEGED), case(stated=WITH_PASSWORD), case(stated=HOSTILE)):
        assert how_many(of) == 2


def test_who_is_eligible() -> None:
    """R13, R21, R22: neither agent nor subject nor a member inactive, young or granted by the agent; one login each."""
    of = case()
    people = members(ADA, CLEO, DEV, SOL, BO, actor("kim-2", Role.APPROVER, person="person-kim"))
    assert [one.account_id for one in eligible_approvers(of, people.values(), now=NOW)] == ["bo", "cleo", "dev"]
    people[CLEO.person_id] = people[CLEO.person_id].model_copy(update={"since": after(minutes=1)})
    people[DEV.person_id] = people[DEV.person_id].model_copy(update={"active": False})
    people[BO.person_id] = people[BO.person_id].model_copy(update={"granted_by": frozenset({ADA.person_id})})
    assert eligible_approvers(of, people.values(), now=NOW) == []
