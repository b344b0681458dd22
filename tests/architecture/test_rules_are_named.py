"""Every rule and fault that the product claims to cover has a test that names it."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
_ID = re.compile(r"\b([RB]\d{1,2})\b")
_RANGE = re.compile(r"\b[RB]\d{1,2} ?(?:\u2013|-|to) ?[RB]?\d{1,2}\b")

COVERED_RULES = tuple(range(1, 45))
COVERED_FAULTS = tuple(range(1, 31))
CLAIMED = [f"R{number}" for number in COVERED_RULES] + [f"B{number:02}" for number in COVERED_FAULTS]


def ids_in(text: str) -> set[str]:
    """The rules and faults that a line names by themselves; "R10 to R12" names none, for it says nothing of R11."""
    return set(_ID.findall(_RANGE.sub("", text)))


@cache
def named_by_tests() -> frozenset[str]:
    """What the names and first docstring lines of all tests name."""
    found: set[str] = set()
    for path in sorted(TESTS.rglob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
                first_line = (ast.get_docstring(node) or "").partition("\n")[0]
                found |= ids_in(node.name.upper().replace("_", " ")) | ids_in(first_line)
    return frozenset(found)


@pytest.mark.parametrize("claim", CLAIMED)
def test_a_test_names_it(claim: str) -> None:
    """A rule or fault without a test that names it is not covered."""
    assert claim in named_by_tests()


def test_a_range_names_nothing() -> None:
    """M15: a test that claims a span of rules proves none of them; what stands beside the span counts."""
    assert ids_in("R10 to R12, B01, R5-R7 and R13") == {"B01", "R13"}
