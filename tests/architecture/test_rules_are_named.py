"""Every rule and fault that the product claims to cover has a test that names it."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
_ID = re.compile(r"\b([RB]\d{1,2})\b")
_RANGE = re.compile(r"\b([RB])(\d{1,2}) ?(?:\u2013|-|to) ?[RB]?(\d{1,2})\b")

COVERED_RULES = tuple(range(1, 45))
COVERED_FAULTS = tuple(range(1, 31))
CLAIMED = [f"R{number}" for number in COVERED_RULES] + [f"B{number:02}" for number in COVERED_FAULTS]


def ids_in(text: str) -> set[str]:
    """The rules and faults that a line names; "R10 to R12" names all three."""
    found = set(_ID.findall(text))
    for letter, first, last in _RANGE.findall(text):
        width = 2 if letter == "B" else 1
        found |= {f"{letter}{number:0{width}}" for number in range(int(first), int(last) + 1)}
    return found


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


def test_ranges_are_understood() -> None:
    """A line may name a span of rules."""
    assert ids_in("R10 to R12, B01") == {"R10", "R11", "R12", "B01"}
