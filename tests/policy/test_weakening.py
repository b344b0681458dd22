"""Which way a change of policy points (R26)."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.account import FactorKind
from domain.policy.document import KEYS, Policy
from domain.policy.keys import leaves
from domain.policy.weakening import changes, weakenings

BASE = Policy()
WEAKER: dict[str, Any] = {
    "case_hours": 100,
    "privileged_roles": frozenset({"admin"}),
    "step_up": {"required": False},
    "verification": {"standard_methods": 1},
    "enrolment": {"window_minutes": 60},
    "cooling_off": {"weak_seconds": 600},
    "brakes": {"wipes_an_hour": 31},
}


def test_every_key_has_a_direction() -> None:
    """R26: a key that a developer adds to the policy without saying which way is weaker fails here."""
    assert list(KEYS) == list(leaves(BASE))
    assert all(one.weaker.value for one in KEYS.values())


@pytest.mark.parametrize("name", sorted(WEAKER))
def test_weaker_is_found_and_the_way_back_is_not(name: str) -> None:
    """R26: fewer methods, longer windows, higher brakes, step-up off are weaker; the way back is not."""
    after = Policy.model_validate({name: WEAKER[name]})
    assert len(weakenings(BASE, after)) == 1
    assert weakenings(after, BASE) == ()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"raised_threat": True}, {}),
        ({"verification": {"three_people": True}}, {}),
        ({}, {"verification": {"draw_approver": False}}),
        ({}, {"verification": {"escalate_minutes": 11}}),
        ({}, {"verification": {"hr_roles": ["hr_admin", "sales"]}}),
        ({}, {"enrolment": {"allowed_kinds": [FactorKind.TOTP, FactorKind.WEBAUTHN, FactorKind.SMS]}}),
        ({"ticket_pattern": "A", "ticket_example": "A"}, {}),
        ({"ticket_pattern": "A", "ticket_example": "A"}, {"ticket_pattern": "A+", "ticket_example": "A"}),
    ],
)
def test_what_else_is_weaker(before: dict[str, Any], after: dict[str, Any]) -> None:
    """R26: a threat called off, an approver no longer drawn, more kinds of factor, another ticket pattern."""
    assert weakenings(Policy.model_validate(before), Policy.model_validate(after))


def test_a_ticket_pattern_where_there_was_none_is_no_weakening() -> None:
    """R7, R26: to ask for a ticket from now on is stricter."""
    assert weakenings(BASE, Policy(ticket_pattern="HD-[0-9]+", ticket_example="HD-1")) == ()


NEUTRAL = {"ticket_example", "verification.remind_minutes"}
"""What makes nothing weaker whichever way it moves."""


def other_values(name: str) -> st.SearchStrategy[Any]:
    """Any value of the kind that this key has."""
    value = leaves(BASE)[name]
    if isinstance(value, bool):
        return st.booleans()
    if isinstance(value, int):
        return st.integers(0, 500)
    if isinstance(value, frozenset):
        return st.frozensets(st.sampled_from(["hr_admin", "admin", "sales", "totp", "sms"]))
    return st.sampled_from([None, "A", "B"])


anything = st.fixed_dictionaries({name: other_values(name) for name in leaves(BASE)})


def policy_of(values: dict[str, Any]) -> Policy:
    """A policy with these values, whether or not it is a valid one."""
    tables: dict[str, dict[str, Any]] = {}
    for name, value in values.items():
        table, _, key = name.rpartition(".")
        tables.setdefault(table, {})[key] = value
    plain = tables.pop("")
    inner = {name: getattr(BASE, name).model_copy(update=keys) for name, keys in tables.items()}
    return BASE.model_copy(update={**plain, **inner})


@given(anything, anything)
def test_only_equal_policies_weaken_in_neither_direction(one: dict[str, Any], other: dict[str, Any]) -> None:
    """R26: whatever differs is weaker one way or the other, so no change slips through both ways."""
    before, after = policy_of(one), policy_of(other)
    differs = set(changes(before, after)) - NEUTRAL
    assert set(weakenings(before, after)) | set(weakenings(after, before)) == differs


@given(anything, anything, anything)
def test_a_weakening_cannot_be_split_into_harmless_steps(
    one: dict[str, Any], between: dict[str, Any], other: dict[str, Any]
) -> None:
    """R26: what is weaker in the end is weaker in one of the steps on the way there."""
    first, middle, last = policy_of(one), policy_of(between), policy_of(other)
    steps = set(weakenings(first, middle)) | set(weakenings(middle, last))
    assert set(weakenings(first, last)) <= steps


def test_floors_hold_whoever_agrees() -> None:
    """R26: built-in floors are the model's own: no two administrators set what it refuses."""
    for below in (
        {"verification": {"contact_age_days": 13}},
        {"verification": {"young_days": 6}},
        {"cooling_off": {"weak_seconds": 599}},
        {"presence": {"confirmed_minutes": 11}},
        {"enrolment": {"window_minutes": 61}},
    ):
        with pytest.raises(ValueError, match="validation error"):
            Policy.model_validate(below)
