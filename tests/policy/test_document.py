"""The policy as a TOML document: errors with line and range, written with every rule, read back the same."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.policy.document import Policy
from domain.policy.keys import leaves
from service.policy_file import PolicyRefused, read_document, read_toml, write_toml
from tests.support.refusals import coded


def problems(text: str) -> list[str]:
    """What is said about a document."""
    with pytest.raises(PolicyRefused) as refused:
        read_toml(text)
    return [str(one) for one in refused.value.problems]


def test_an_empty_document_is_the_default() -> None:
    """Every key may be left out."""
    assert read_toml("") == Policy()


def test_all_errors_at_once_with_line_and_range() -> None:
    """R26: an administrator sees every problem, where it is and what is allowed there."""
    text = "case_hours = 5000\n\n[verification]\nfresh_hours = 48\nfresh_hour = 3\n"
    assert problems(text) == [
        "line 1: case_hours: It must be a whole number from 1 to 336.",
        "line 4: verification.fresh_hours: It must be a whole number from 1 to 24.",
        "line 5: verification.fresh_hour: There is no such key. Did you mean fresh_hours?",
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x = ", "line 1: This is not TOML."),
        ("case_hours = 10\n[brakes\n", "line 2: This is not TOML."),
        ("[cooling_off]\nweak_seconds = 5", "cooling_off is below its floor"),
        ('ticket_pattern = "HD-[0-9]+"\n', "It needs a ticket_example"),
        ('ticket_pattern = "HD-[0-9]+"\nticket_example = "abc"', "ticket_example does not match ticket_pattern"),
        ('ticket_pattern = "("\nticket_example = "a"', "not a regular expression"),
        ('ticket_pattern = "a{99999999999}"\nticket_example = "a"', "not a regular expression"),
        ('ticket_pattern = "(a+)+$"\nticket_example = "' + "a" * 60 + '!"', "too involved"),
        ("case_hours = 3", "cooling_off is not over before case_hours have passed"),
        ("[verification]\nremind_minutes = 30", "remind_minutes must be less than escalate_minutes"),
        ('[enrolment]\nallowed_kinds = ["totp", "magic"]', "a list of kinds of factor"),
        ('[enrolment]\nallowed_kinds = ["backup_codes"]', "needs at least one kind"),
        ("verification = 3", "It must be a table"),
        ("version = 7", "counts versions itself"),
        ("raised_threat = 1.5", "true or false"),
        ("raised_threat = 1", "true or false"),
        ('case_hours = "5"', "a whole number from 1 to 336"),
        ("case_hours = true", "a whole number from 1 to 336"),
        ("case_hours = 2026-11-25", "a whole number from 1 to 336"),
        ("privileged_roles = [1, 2]", "a list of texts"),
        ("[[brakes]]\npair_a_day = 3", "line 1: brakes: It must be a table"),
        ("fresh_hours = 3", "Did you mean verification.fresh_hours?"),
        ("nonsense = 3", "line 1: nonsense: There is no such key."),
    ],
)
def test_impossible_documents(text: str, said: str) -> None:
    """R7, R26: what could never be met is refused, with the place and in words."""
    assert any(said in one for one in problems(text))


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("\nverification.fresh_hours = 48", 2),
        ('\n"case_hours" = 999', 2),
        ("\nverification = { fresh_hours = 48 }", 2),
        ("# a comment\n[ verification ] # another\n  fresh_hours   = 48", 3),
        ("[cooling_off]\nweak_seconds = 5", 1),
        ("\n[verification]\n\nremind_minutes = 30", 2),
        ('ticket_pattern = "A"\n\nticket_example = "b"', 3),
    ],
)
def test_however_a_key_is_written_its_line_is_found(text: str, line: int) -> None:
    """R26: dotted, quoted and inline keys, and what does not go together, are found where they stand."""
    assert [one.partition(":")[0] for one in problems(text)] == [f"line {line}"]


def test_no_value_is_quoted_back() -> None:
    """B09, B26: an error says what is allowed, never what was sent."""
    assert "hunter2" not in " ".join(problems('case_hours = "hunter2"\nnonsense = "hunter2"\nx = hunter2'))


@given(
    st.builds(
        lambda hours, roles, threat: Policy(case_hours=hours, privileged_roles=roles, raised_threat=threat),
        st.integers(5, 336),
        st.frozensets(st.text(max_size=20), max_size=4),
        st.booleans(),
    )
)
def test_it_reads_back_as_it_was_written(policy: Policy) -> None:
    """What `policy show` prints is a document that `policy apply` takes, whatever stands in it."""
    assert read_toml(write_toml(policy)) == policy


def test_every_key_is_written_with_its_rule_and_default() -> None:
    """A reader of the document sees which rule a key belongs to and what it would be without them."""
    text = write_toml(Policy.model_validate({"cooling_off": {"weak_seconds": 900}}))
    assert "without a strong method (default: 1800)\nweak_seconds = 900" in text
    assert "(default)\nprivileged_seconds = 14400" in text
    for name in leaves(Policy()):
        above, _, _ = text.partition(f"\n{name.rpartition('.')[2]} = ")
        if above != text:
            assert re.match(r"# R\d+: .* \(default.*\)$", above.splitlines()[-1])


def test_a_document_that_is_parsed_already() -> None:
    """A founding document holds the same keys as JSON; what JSON can hold beside is refused, not tripped over (B26)."""
    strange: Any
    for strange in ({"ticket_pattern": "\ud800"}, {"case_hours": float("nan")}, {"verification": [[]]}, {"": {}}):
        with pytest.raises(PolicyRefused, check=coded("policy_refused")):
            read_document(strange)
    assert read_document({"demonstration": True, "cooling_off": {"weak_seconds": 4}}).cooling_off.weak_seconds == 4
