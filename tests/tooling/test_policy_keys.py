"""docs/policy.md says of each key what its declaration says."""

from __future__ import annotations

from tests.tooling.policy_keys import PAGE, page, table


def test_the_table_of_keys_is_up_to_date() -> None:
    """R26: a developer who declares a key writes the table anew: `python -m tests.tooling.policy_keys`."""
    text = PAGE.read_text(encoding="utf-8")
    assert page(text) == text
    assert table() in text
