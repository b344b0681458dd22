"""The id of a text is written out where it is said, so that a translator finds it."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import pytest

from tests.web.extraction import ROOT, SAYS, ids_in

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FOLDERS = ("domain", "service", "starter", "store", "activities")
# These take an id for their caller, who has written it out.
PASSED_ON = {"domain/texts.py", "domain/errors.py", "domain/policy/decision.py"}
# What is called Text there is the terminal's.
ANOTHER_TEXT = "starter/cli/"
MODULES = sorted(
    path
    for folder in FOLDERS
    for path in (ROOT / folder).rglob("*.py")
    if (name := path.relative_to(ROOT).as_posix()) not in PASSED_ON and not name.startswith(ANOTHER_TEXT)
)


def said(path: Path) -> Iterator[tuple[str, ast.expr]]:
    """Each call that takes an id, and what stands in the id's place."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call):
            name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            position = SAYS[name][0] - 1 if name in SAYS else len(node.args)
            if position < len(node.args):
                yield name, node.args[position]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_id_is_written_out_and_found(path: Path) -> None:
    """No f-string, nothing added together; and babel, which sees one call within another but no deeper, finds each."""
    found = set(ids_in(path.read_bytes()))
    for name, what in said(path):
        place = f"line {what.lineno}: {ast.unparse(what)}"
        assert not isinstance(what, (ast.JoinedStr, ast.BinOp)), place
        assert name != "Text" or isinstance(what, ast.Constant), place
        if isinstance(what, ast.Constant) and any(map(str.isalpha, str(what.value))):
            assert what.value in found, place
