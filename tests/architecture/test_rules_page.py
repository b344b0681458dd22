"""docs/rules.md says where each rule of the runbook stands, and each has one home in the code."""

from __future__ import annotations

from collections import Counter

from tests.tooling.rules_page import ALL, NOT_BUILT, PAGE, homes, page


def test_each_rule_has_one_home() -> None:
    """A rule that no docstring says ("R19: …"), or that two do, is named here; what is not built says so."""
    found = Counter(one.rule for one in homes())
    assert [rule for rule in ALL if found[rule] != (0 if rule in NOT_BUILT else 1)] == []
    assert set(found) <= set(ALL)


def test_a_home_says_its_rule_in_a_sentence() -> None:
    """What the page says of a rule ends, names no second rule's home, and fits in a look."""
    for one in homes():
        assert one.sentence.endswith("."), one
        assert one.name, one
        assert len(one.sentence) < 300, one


def test_the_page_of_rules_is_up_to_date() -> None:
    """A developer who moves a rule, or names it in another file or test, writes the page anew: `make rules`."""
    assert PAGE.read_text(encoding="utf-8") == page(), "docs/rules.md is out of date: run `make rules` and commit it"
