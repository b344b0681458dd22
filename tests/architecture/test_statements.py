"""The same question is written once: each named statement belongs to one file of the store (docs/adr/0017)."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from store.statements import SQL
from tests.architecture.sources import Source, parse, sources

if TYPE_CHECKING:
    from collections.abc import Iterable


def run_by(files: Iterable[Source]) -> dict[str, set[str]]:
    """Which files of the store name each statement."""
    found: dict[str, set[str]] = {name: set() for name in SQL.names()}
    for source in files:
        if source.package != "store":
            continue
        for node in ast.walk(source.tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in found:
                found[node.value].add(source.path)
    return found


def test_each_statement_is_run_by_one_file() -> None:
    """None lies about unused, and none is asked for by two files, which would each make something else of its rows."""
    assert {name: files for name, files in run_by(sources()).items() if len(files) != 1} == {}


def test_a_question_asked_twice_is_seen() -> None:
    """Whether it is run directly or by its name alone."""
    twice = [parse("store/a.py", "SQL['case_wiped']"), parse("store/b.py", "self._execute('case_wiped')")]
    assert run_by(twice)["case_wiped"] == {"store/a.py", "store/b.py"}
    assert run_by(twice)["case_close"] == set()
