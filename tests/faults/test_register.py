"""The register is whole, and every test that it names is there and not skipped."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest

from tests.faults.register import FAULTS, RESERVE

TESTS = Path(__file__).resolve().parents[1]
EVERYTHING = FAULTS | RESERVE


@cache
def _functions(module: str) -> dict[str, ast.FunctionDef | ast.AsyncFunctionDef]:
    tree = ast.parse((TESTS / module).read_text(encoding="utf-8"))
    return {one.name: one for one in tree.body if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)}


def test_no_fault_is_left_out() -> None:
    """B01 to B30 and the thirteen in reserve, each with a title of its own and at least one test."""
    assert list(FAULTS) == [f"B{number:02}" for number in range(1, 31)]
    assert list(RESERVE) == [f"RES{number:02}" for number in range(1, 14)]
    assert all(one.tests for one in EVERYTHING.values())
    assert len({one.title for one in EVERYTHING.values()}) == len(EVERYTHING)


@pytest.mark.parametrize("name", EVERYTHING)
def test_every_named_test_is_there(name: str) -> None:
    """A test that was renamed, taken away or switched off is missed here."""
    for test in EVERYTHING[name].tests:
        module, _, function = test.partition("::")
        assert (TESTS / module).is_file(), test
        found = _functions(module).get(function)
        assert found is not None, test
        assert not any("skip" in ast.unparse(mark) or "xfail" in ast.unparse(mark) for mark in found.decorator_list), (
            test
        )
