"""Ticket patterns that would stop the product are no policy (R7)."""

from __future__ import annotations

import re
import time
import warnings

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.policy.patterns import LONGEST_REFERENCE, is_bounded


@pytest.mark.parametrize(
    "pattern",
    [
        r"HD-\d+",
        r"(INC|REQ|CHG)-?\d{4,10}",
        r"(?:[A-Z]{2,10}-)?[0-9]+",
        r"[A-Z]+-\d+|\#[0-9]{6}",
        r"[]\]a]+\[",
        "x{}",
        "",
    ],
)
def test_what_desks_use_is_allowed(pattern: str) -> None:
    """R7: prefixes, numbers, alternatives and optional parts."""
    assert is_bounded(pattern)


@pytest.mark.parametrize(
    "pattern",
    [
        r"(a+)+",
        r"((a+))*",
        r"(a|a)*",
        r"(?:a?){30}",
        r"(a*)\1",
        r"(?=a+)a",
        r"(?P<n>a)",
        "a?" * 40 + "a" * 40,
        "a*" * 5,
        "(a|a)" * 30,
        "a{0,100}" * 4,
    ],
)
def test_what_could_take_for_ever_is_refused(pattern: str) -> None:
    """R7: an administrator who may check or set a policy must not be able to stop everybody's cases with it."""
    assert not is_bounded(pattern)


@given(st.text("ab?*+{},12()|[]\\^:-", max_size=14))
def test_what_is_allowed_ends(pattern: str) -> None:
    """R7: whatever passes is matched against the longest references within two seconds."""
    try:
        with warnings.catch_warnings(action="ignore", category=FutureWarning):
            compiled = re.compile(pattern)
    except re.error:
        return
    if not is_bounded(pattern):
        return
    begun = time.process_time()
    for reference in ("a" * LONGEST_REFERENCE, "ab" * (LONGEST_REFERENCE // 2), "a" * (LONGEST_REFERENCE - 1) + "!"):
        compiled.fullmatch(reference)
    assert time.process_time() - begun < 2
