"""What R19 asks for, as one value: judged, drawn, waived and said alike."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.acts import Act, Method, Waiver
from domain.case import Case
from domain.people import Tier
from domain.policy.drawing import how_many
from domain.policy.requirement import PAIR, Requirement, requirement_of
from domain.policy.verification import enough
from tests.domain.builders import CLEO, DEV, WITH_PASSWORD, case, policy_with, verdict, verification

METHODS = (Method.IN_PERSON, Method.CALLBACK, Method.CORROBORATING_TICKET, Method.VIDEO_CALL, Method.WORKING_FACTOR)
Given = list[tuple[int, Method]]
GIVEN = st.lists(st.tuples(st.integers(0, 1), st.sampled_from(METHODS)), max_size=4)
CASES = [
    (tier, raised, password, methods)
    for tier, raised, password, methods in product(Tier, (False, True), (False, True), (1, 2, 3))
]


def a_case(tier: Tier, raised: bool, password: bool, methods: int) -> Case:
    """A case of this danger, in a tenant that asks for so many methods."""
    policy = policy_with(raised_threat=raised, verification=verification(standard_methods=methods).verification)
    return case(tier=tier, policy=policy, stated=WITH_PASSWORD if password else None)


def verdicts(of: Case, given_by: Given) -> list[Act]:
    """These approvers' verdicts by these methods."""
    return [verdict(of, (CLEO, DEV)[who], method) for who, method in given_by]


@pytest.mark.parametrize("shape", CASES)
def test_the_product_draws_as_many_as_are_needed(shape: tuple[Tier, bool, bool, int]) -> None:
    """R19 R22: the number drawn is the number required, by construction and in every shape."""
    of = a_case(*shape)
    assert how_many(of) == requirement_of(of).people


@pytest.mark.parametrize("shape", CASES)
def test_what_is_waivable_is_what_a_waiver_changes(shape: tuple[Tier, bool, bool, int]) -> None:
    """R39: an officer can waive exactly what is asked for; the time to object is not among the verdicts."""
    needed = requirement_of(a_case(*shape))
    changed = {one for one in Waiver if needed.without(one) != needed}
    assert needed.waivable == changed | {Waiver.COOLING_OFF}


@given(given_by=GIVEN, shape=st.sampled_from(CASES), waiver=st.sampled_from(list(Waiver)))
def test_a_waiver_never_asks_for_more(given_by: Given, shape: tuple[Tier, bool, bool, int], waiver: Waiver) -> None:
    """R39: what is enough without a waiver is enough with it, unless the waived thing is not asked for at all."""
    of = a_case(*shape)
    group = verdicts(of, given_by)
    if waiver in requirement_of(of).waivable and enough(of, group):
        assert enough(of, group, waiver)


@given(given_by=GIVEN, shape=st.sampled_from(CASES))
def test_more_danger_never_needs_less(given_by: Given, shape: tuple[Tier, bool, bool, int]) -> None:
    """R19 R41: what is enough for a privileged person, under a raised threat, or with a new password, is without it."""
    tier, raised, password, methods = shape
    of = a_case(*shape)
    if enough(of, verdicts(of, given_by)):
        for milder in ((Tier.STANDARD, raised, password), (tier, False, password), (tier, raised, False)):
            calmer = a_case(*milder, methods)
            assert enough(calmer, verdicts(calmer, given_by))


@pytest.mark.parametrize("shape", CASES)
def test_the_words_say_the_numbers(shape: tuple[Tier, bool, bool, int]) -> None:
    """D3: what is shown is read off what is judged."""
    needed = requirement_of(a_case(*shape))
    words = str(needed.in_words())
    assert ("two approvers" in words) is (needed.people == 2)
    assert ("two of them strong" in words) is (needed.strong == 2)
    assert ("one of them strong" in words) is (needed.strong == 1)
    assert (str(needed.methods) in words) is (needed.methods > PAIR)


def test_a_raised_threat_asks_privileged_people_for_two_strong_methods() -> None:
    """R41 D3: one strong method is what everybody needs then, two is what privileged people need."""
    assert requirement_of(a_case(Tier.STANDARD, True, False, 2)) == Requirement(
        people=2, apart=True, methods=2, strong=1
    )
    assert requirement_of(a_case(Tier.PRIVILEGED, True, False, 2)).strong == 2
