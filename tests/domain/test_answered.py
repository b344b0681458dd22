"""A step that is repeated is answered as before, and an older store holds (B01, B29)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from activities.answered import answered_before

versions = st.integers(min_value=0, max_value=2**31)


@given(versions, versions)
def test_versions_decide_alone(asked: int, known: int) -> None:
    """B01, B29: ahead repeats the recorded answer, behind holds, and only where both agree something is done."""
    expected = {-1: "recorded", 0: None, 1: "held"}[(asked > known) - (asked < known)]
    assert answered_before(asked, known, lambda: "recorded", lambda: "held") == expected


@pytest.mark.parametrize(("asked", "known"), [(1, 1), (2, 1)])
def test_nothing_is_looked_up_unless_it_answers(asked: int, known: int) -> None:
    """Only a store that is ahead is asked for what it recorded."""

    def never() -> str:
        raise AssertionError

    assert answered_before(asked, known, never, lambda: "held") in {None, "held"}
