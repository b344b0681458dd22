"""What the command line says, found in its code: sentences, questions, headings, names, and the words of its errors."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

SPEAKS = {
    *("spoken", "marked"),
    *("ask_choice", "ask_line", "ask_optional", "ask_secret", "ask_text", "ask_yes_or_no", "chosen"),
}
"""What takes a sentence of ours first; a question may also come by this name."""
QUESTION = "question"
LABELS = {"print_table", "print_facts"}
"""What takes a list of headings first, or names with values."""


def words_in(source: str) -> list[str]:
    """Each once, in the order of the lines. A question may be a constant of the module; an error says its docstring."""
    tree = ast.parse(source)
    constants = {
        target.id: node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute):
            for said in _said(node, _name(node.func)):
                value = constants.get(said.id) if isinstance(said, ast.Name) else getattr(said, "value", None)
                if isinstance(value, str):
                    found.append((said.lineno, said.col_offset, value))
        elif isinstance(node, ast.ClassDef) and _has_a_code(node):
            found.append((node.lineno, 0, (ast.get_docstring(node) or "").partition("\n")[0]))
    return list(dict.fromkeys(value for _, _, value in sorted(found)))


def _has_a_code(node: ast.ClassDef) -> bool:
    return any(
        isinstance(line, ast.Assign) and any(isinstance(one, ast.Name) and one.id == "code" for one in line.targets)
        for line in node.body
    )


def _said(call: ast.Call, name: str) -> Iterator[ast.expr]:
    if name in SPEAKS:
        yield from call.args[:1]
    if name in LABELS:
        for first in call.args[:1]:
            yield from first.elts if isinstance(first, ast.List) else ()
            yield from (key for key in first.keys if key) if isinstance(first, ast.Dict) else ()
    yield from (one.value for one in call.keywords if one.arg == QUESTION)


def _name(called: ast.Name | ast.Attribute) -> str:
    return called.id if isinstance(called, ast.Name) else called.attr
