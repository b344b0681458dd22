"""A test that expects a refusal says which: a class that many rules refuse with proves nothing of one of them (M15)."""

from __future__ import annotations

import ast

import pytest

from tests.architecture.sources import Source, parse, sources

MANY = {
    *("RecoveryError", "Refused", "InputRefused", "PolicyRefused", "NoticeRefused"),
    *("SignInRefused", "StepUpRefused", "DirectoryError", "ApiRefused"),
}
"""Classes with more codes than one, their own or those of the classes below them."""


def without_a_code(source: Source) -> list[int]:
    """Lines that expect one of those and neither say a code nor ask for one afterwards."""
    return [
        item.context_expr.lineno
        for node in ast.walk(source.tree)
        if isinstance(node, ast.With | ast.AsyncWith)
        for item in node.items
        if _is_bare(item.context_expr) and not _asked_for(source, item.optional_vars)
    ]


def _is_bare(raises: ast.expr) -> bool:
    if not isinstance(raises, ast.Call) or ast.unparse(raises.func) != "pytest.raises" or not raises.args:
        return False
    names = {one.id for one in ast.walk(raises.args[0]) if isinstance(one, ast.Name)}
    return bool(names & MANY) and not {one.arg for one in raises.keywords} & {"match", "check"}


def _asked_for(source: Source, name: ast.expr | None) -> bool:
    return isinstance(name, ast.Name) and any(
        isinstance(node, ast.Attribute) and node.attr == "value" and ast.unparse(node.value) == name.id
        for node in ast.walk(source.tree)
    )


def test_every_expected_refusal_has_its_code() -> None:
    """M15: the wrong refusal, as of a login that was mistyped, must not pass for the one that is meant."""
    assert [f"{one.path}:{line}" for one in sources() if one.package == "tests" for line in without_a_code(one)] == []


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("with pytest.raises(Refused):\n    x()", [1]),
        ("with pytest.raises((Refused, ValueError)) as e:\n    x()", [1]),
        ("with pytest.raises(Refused, match='case_closed'):\n    x()", []),
        ("with pytest.raises(Refused, check=coded('case_closed')):\n    x()", []),
        ("with pytest.raises(Refused) as e:\n    x()\nassert e.value.code == 'case_closed'", []),
        ("with pytest.raises(CaseNotFound):\n    x()", []),
    ],
)
def test_bare_ones_are_found(code: str, found: list[int]) -> None:
    """The rule sees what it looks for, and nothing more."""
    assert without_a_code(parse("tests/x.py", code)) == found
