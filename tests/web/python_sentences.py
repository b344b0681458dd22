"""The sentences of a Python module, as the catalogs know them: a value in an f-string becomes `{its_name}`."""

from __future__ import annotations

import ast
import re

from web.sentences import PLACE

_SENTENCE = re.compile(r"[A-Z“{][^\n]*[a-z}”][^\n]*[.?!](?: ?\{\w+\})?")
_SENTENCE_BEFORE = re.compile(r"^\{\w+\} (?=[A-Z])")
"""A place for a whole sentence: what follows it is a sentence by itself."""
_SAID = frozenset({"say", "translated", "Entry", "PhaseView"})
"""What is handed to these is shown, sentence or not."""
_TRANSPARENT = frozenset({"len", "str", "clean", "join"})
"""Functions that do not change what a value is called."""
_PHRASES_OF = frozenset(
    {"in_words", "_allowed", "_described", "_too_new", "_before_the_reset", "_after_it", "_cooling_off"}
)
"""Functions that put sentences together from parts of them."""


def sentences_in(source: str) -> list[str]:
    """Each once, in the order of the lines; the docstrings of errors are their messages."""
    reader = _Reader()
    reader.visit(ast.parse(source))
    return list(dict.fromkeys(reader.found))


class _Reader(ast.NodeVisitor):
    def __init__(self) -> None:
        self.found: list[str] = []
        self._wide = False
        self._in_said = False

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        if _is_error(node):
            self.found.append((ast.get_docstring(node) or "").splitlines()[0])
        self._visit_body(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        wide, self._wide = self._wide, self._wide or node.name in _PHRASES_OF
        self._visit_body(node)
        self._wide = wide

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        self._visit_body(node)

    def visit_Expr(self, node: ast.Expr) -> None:
        # A docstring, also of a name.
        if not isinstance(node.value, ast.Constant):
            self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        name = _called(node)
        if name == "ValueError":
            # Ends the sentence of a policy's error.
            self.found += [f"{text}." for text in map(_text, node.args) if text]
            return
        said, self._in_said = self._in_said, self._in_said or name in _SAID
        self.generic_visit(node)
        self._in_said = said

    def visit_Constant(self, node: ast.Constant) -> None:
        self._add(_text(node))

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        self._add(_text(node))
        for part in node.values:
            # What stands in a place may be words again.
            self.visit(part) if isinstance(part, ast.FormattedValue) else None

    def visit_BinOp(self, node: ast.BinOp) -> None:
        text = _text(node)
        if text is None or text.startswith("{"):
            self.generic_visit(node)
        else:
            self._add(text)

    def _visit_body(self, node: ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        for one in node.body:
            self.visit(one)

    def _add(self, text: str | None) -> None:
        words = _SENTENCE_BEFORE.sub("", (text or "").strip())
        own = PLACE.sub("", words)
        if not any(letter.isalpha() for letter in own) or (PLACE.match(words) and " " not in own.strip()):
            # An address or a key made of parts.
            return
        if self._in_said or _SENTENCE.fullmatch(words) or (self._wide and _is_phrase(words)):
            self.found.append(words)


def _is_phrase(text: str) -> bool:
    return " " in text and any(letter.islower() for letter in text)


def _is_error(node: ast.ClassDef) -> bool:
    """Whether a class gives its `code` a value; a view only names its type."""
    return any(
        isinstance(one, (ast.Assign, ast.AnnAssign))
        and isinstance(one.value, ast.Constant)
        and any(isinstance(name, ast.Name) and name.id == "code" for name in _targets(one))
        for one in node.body
    )


def _targets(node: ast.Assign | ast.AnnAssign) -> list[ast.expr]:
    return node.targets if isinstance(node, ast.Assign) else [node.target]


def _text(node: ast.expr) -> str | None:
    """A string with places for its values, or None where it is none."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    if isinstance(node, ast.JoinedStr):
        return _joined(node)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        left, right = _text(node.left), _text(node.right)
        if left is None and right is None:
            return None
        return (left if left is not None else _place(node.left)) + (right if right is not None else _place(node.right))
    return None


def _joined(node: ast.JoinedStr) -> str:
    text, taken = "", set[str]()
    for part in node.values:
        if isinstance(part, ast.FormattedValue):
            name = _value_name(part.value)
            while name in taken:
                name += "_too"
            taken.add(name)
            text += f"{{{name}}}"
        elif isinstance(part, ast.Constant):
            text += str(part.value)
    return text


def _place(node: ast.expr) -> str:
    return f"{{{_value_name(node)}}}"


def _value_name(node: ast.expr) -> str:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name.strip("_").lower()
        case ast.Call() if _called(node) in _TRANSPARENT and node.args:
            return _value_name(node.args[0])
        case ast.Call():
            return _value_name(node.func)
        case ast.Subscript(value=value):
            return _value_name(value)
    return "value"


def _called(node: ast.Call) -> str:
    return node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
