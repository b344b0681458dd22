"""Writes docs/rules.md, where each rule of the runbook is found: `make rules`, or `python -m tests.tooling.rules_page`.

A rule is at home where a docstring has a paragraph line that begins with its number and a colon ("R19: …"). It says the
rule in one sentence, as the code has it now. Everything on the page is read from the repository.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from tests.architecture.sources import ROOT, Source, sources
from tests.architecture.test_rules_are_named import ids_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PAGE = ROOT / "docs" / "rules.md"
ALL = tuple(f"R{number}" for number in range(1, 47))
NOT_BUILT = {
    "R45": "An open case is handed from one agent to another, by two people.",
    "R46": "A tenant in which nobody can decide any more is taken up again by the people who run the system.",
}
"""What the code does not do yet, and so has no home."""

_NO_PART = {"tests", "bench", "examples"}
_MARKER = re.compile(r"^(R\d{1,2}): (.+)$")
_NAMED = re.compile(r"\bR\d{1,2}\b")
_HEAD = """# Rules

Where each rule of the runbook stands in the code. The sentence is that of the function named beside it; *also refused
in* are the other files that refuse something by this rule, and *tests* those with a test that names it. This page is
written from the repository by `make rules`: to change a sentence, change the docstring.

"""


@dataclass(frozen=True)
class Home:
    """Where a rule is said and judged: its sentence, the file, and the function or class ("" for the module)."""

    rule: str
    sentence: str
    path: str
    name: str


def homes() -> list[Home]:
    """Every place that says to be a rule's home; a rule that has two of them is there twice."""
    return [
        Home(rule, sentence, source.path, name)
        for source in _product()
        for name, text in _docstrings(source.tree, "")
        for rule, sentence in _said(text)
    ]


def page() -> str:
    """The page as it should be."""
    home = {one.rule: one for one in homes()}
    return _HEAD + "\n".join(_entry(rule, home.get(rule)) for rule in ALL)


def _entry(rule: str, home: Home | None) -> str:
    if home is None:
        return f"## {rule}\n\n{NOT_BUILT.get(rule, 'This rule has no home.')}\n\n- not built yet\n"
    where = f"{_link(home.path)}, `{home.name}`" if home.name else _link(home.path)
    also = [path for path in _refusing().get(rule, []) if path != home.path]
    lines = [f"- code: {where}"]
    if also:
        lines.append(f"- also refused in: {', '.join(_link(one) for one in also)}")
    lines.append(f"- tests: {', '.join(_link(one) for one in _tested_by().get(rule, [])) or 'none'}")
    return f"## {rule}\n\n{home.sentence}\n\n" + "\n".join(lines) + "\n"


def _product() -> list[Source]:
    return [source for source in sources() if source.package not in _NO_PART]


def _docstrings(node: ast.AST, prefix: str) -> Iterator[tuple[str, str]]:
    if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
        name = prefix if isinstance(node, ast.Module) else f"{prefix}.{node.name}".lstrip(".")
        yield name, ast.get_docstring(node) or ""
        for one in node.body:
            yield from _docstrings(one, name)


def _said(text: str) -> Iterator[tuple[str, str]]:
    """The rules that a docstring is the home of, each with its sentence on one line."""
    found: list[list[str]] = []
    for line in text.splitlines():
        if match := _MARKER.match(line):
            found.append([match[1], match[2]])
        elif found and line.strip():
            found[-1].append(line.strip())
        elif found:
            found.append([])
    yield from ((words[0], " ".join(words[1:])) for words in found if words and _NAMED.fullmatch(words[0]))


@cache
def _refusing() -> Mapping[str, list[str]]:
    """The product's files that refuse something, by the rule that they refuse it by."""
    found: dict[str, list[str]] = defaultdict(list)
    for source in _product():
        rules = {
            node.args[0].value
            for node in ast.walk(source.tree)
            if isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id == "refuse"
            and isinstance(node.args[0], ast.Constant)
        }
        for rule in rules:
            found[str(rule)].append(source.path)
    return found


@cache
def _tested_by() -> Mapping[str, list[str]]:
    """The files of tests, by the rules that a test in them names."""
    found: dict[str, list[str]] = defaultdict(list)
    for source in sources():
        if source.package != "tests":
            continue
        rules = {
            rule
            for node in ast.walk(source.tree)
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_")
            for rule in ids_in((ast.get_docstring(node) or "").partition("\n")[0])
        }
        for rule in rules:
            found[rule].append(source.path)
    return found


def _link(path: str) -> str:
    return f"[{path}](../{path})"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
