"""Prose in the code names the role that acts (agent, approver, thief, caller …), where "whoever" would name none."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator

import pytest

from tests.architecture.sources import ROOT, sources

NO_ROLE = re.compile(r"\bwho(?:m|so)?ever\b", re.IGNORECASE)
NOT_PRODUCTION = {"tests", "bench", "examples"}


def prose(code: str) -> Iterator[tuple[int, str]]:
    """Every docstring and comment with the line it begins on; an attribute's docstring counts as well."""
    for node in ast.walk(ast.parse(code)):
        match node:
            case ast.Expr(value=ast.Constant(value=str(text))):
                yield node.lineno, text
    for token in tokenize.generate_tokens(io.StringIO(code).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string


def without_a_role(path: str, code: str) -> list[str]:
    """Where the file's prose leaves open who acts."""
    return [f"{path}:{line}" for line, text in prose(code) if NO_ROLE.search(text)]


def test_production_prose_names_the_role() -> None:
    """D9: no docstring or comment of production says "whoever"; sentences that a user reads are no prose of ours."""
    production = [source.path for source in sources() if source.package not in NOT_PRODUCTION]
    assert len(production) > 100
    found = [where for path in production for where in without_a_role(path, (ROOT / path).read_text(encoding="utf-8"))]
    assert found == []


@pytest.mark.parametrize(
    "code",
    [
        '"""Whoever opens it."""',
        'def f():\n    """Opens.\n\n    By whomever.\n    """',
        'class A:\n    a: int\n    """Whoever has it."""',
        "a = 1  # whoever reads",
        "# WHOEVER reads",
    ],
)
def test_prose_without_a_role_is_noticed(code: str) -> None:
    """In any docstring and comment, in any case and on any line of it."""
    assert len(without_a_role("a.py", code)) == 1


def test_what_a_user_reads_is_not_looked_at() -> None:
    """A refusal's sentence is translated as it stands, and is no docstring."""
    assert without_a_role("a.py", 'refuse("R13", "Whoever opened the case cannot verify it.")  # the agent') == []
