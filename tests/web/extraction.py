"""Everything that pages say, found in templates and code: the English sentences that each language needs words for."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment

from directory.pages.refusals import SENTENCES
from domain import campaign_words, notice_words
from settings import Settings
from tests.web.terminal import words_in
from web.texts import PLACE

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
TEMPLATES = (
    "web/shared/templates",
    "starter/console/templates",
    "directory/pages/templates",
    "starter/status_page/templates",
    "starter/stop_page/templates",
)
CODE = (
    "starter/console",
    "service",
    "starter/status_page",
    "starter/stop_page",
    "starter/api",
    "domain/errors.py",
    "domain/texts.py",
    "domain/identity_document.py",
    "domain/policy",
    "directory",
)
"""What is said here may come to stand on a page."""
ERRORS = ("domain/campaign.py", "store/errors.py", "store/audit/errors.py", "transport/errors.py")
"""Where some errors may be shown, those with a kind of answer, and others are for the log."""

SAYS = {"Text": 0, "refuse": 2, "Refused": 1, "InputRefused": 1, "key": 1, "translated": 0}
"""What takes the id of a text, and which of its arguments that is."""
SAYS_BY_NAME = {"Refusal": "sentence"}
"""And what takes it by name, where it may be the id itself."""

_VALUE = re.compile(r"%\((\w+)\)s")


@dataclass
class Message:
    """A sentence of the pages, with its plural where it has one, and the files that say it."""

    one: str
    many: str | None = None
    files: list[str] = field(default_factory=list)

    @property
    def values(self) -> set[str]:
        """The names of what is put into it."""
        return values_in(self.many or self.one)


def values_in(text: str) -> set[str]:
    """The names of what is put into a text: `%(name)s` by templates, `{name}` by code."""
    return set(_VALUE.findall(text)) | set(PLACE.findall(text))


@cache
def every_message() -> dict[str, Message]:
    """Each sentence once, in the order of the folders, the files and their lines."""
    found: dict[str, Message] = {}
    for file, one, many in (*_templates(), *_tables(), *_code()):
        message = found.setdefault(one, Message(one, many))
        message.many = message.many or many
        if file not in message.files:
            message.files.append(file)
    return found


def _templates() -> Iterator[tuple[str, str, str | None]]:
    # As the pages are rendered: it decides which blanks a sentence has.
    environment = Environment(trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.i18n"])
    for folder in TEMPLATES:
        for path in sorted((ROOT / folder).glob("*.html")):
            # What the extension adds at run time; it is told no types.
            extracted = environment.extract_translations(path.read_text("utf-8"))  # type: ignore[attr-defined]
            for _, _, said in extracted:
                # A plural comes as both forms and the count, a sentence by itself or with nothing beside it.
                texts = [one for one in (said if isinstance(said, tuple) else (said,)) if isinstance(one, str)]
                if texts:
                    yield _name(path), texts[0], texts[1] if len(texts) > 1 else None


def _tables() -> Iterator[tuple[str, str, None]]:
    yield "settings.py", str(Settings.model_fields["help_line"].default), None
    for sentence in SENTENCES.values():
        yield "directory/pages/refusals.py", sentence, None
    for sentence in notice_words.every_sentence():
        yield "domain/notice_words.py", sentence, None
    for sentence in campaign_words.every_sentence():
        yield "domain/campaign_words.py", sentence, None


def _code() -> Iterator[tuple[str, str, None]]:
    for place in CODE:
        paths = [ROOT / place] if place.endswith(".py") else sorted((ROOT / place).rglob("*.py"))
        for path in paths:
            for sentence in ids_in(path.read_text("utf-8")):
                yield _name(path), sentence, None
    for path in sorted((ROOT / "starter/cli").glob("*.py")):
        for sentence in words_in(path.read_text("utf-8")):
            yield _name(path), sentence, None
    for name in ERRORS:
        for _, sentence in errors_in((ROOT / name).read_text("utf-8"), giving="kind"):
            yield name, sentence, None


def ids_in(source: str) -> list[str]:
    """The ids of the texts in a module, in the order of the lines; a text without words of its own needs none."""
    found = [(what.lineno, what.value) for _, what in said_in(source) if isinstance(what, ast.Constant)]
    found += errors_in(source, giving="code")
    texts = [one for _, one in sorted(found) if isinstance(one, str)]
    return [one for one in texts if any(map(str.isalpha, PLACE.sub("", one)))]


def said_in(source: str) -> Iterator[tuple[ast.Call, ast.expr]]:
    """Each call that takes an id, and what stands in the id's place."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            position = SAYS.get(name, len(node.args))
            if position < len(node.args):
                yield node, node.args[position]
            yield from ((node, one.value) for one in node.keywords if one.arg == SAYS_BY_NAME.get(name, ""))


def errors_in(source: str, *, giving: str) -> Iterator[tuple[int, str]]:
    """The lines and sentences of errors, which say the first line of their docstring; known by what they declare."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ClassDef) and any(_gives(line, giving) for line in node.body):
            yield node.lineno, (ast.get_docstring(node) or "").partition("\n")[0]


def _gives(line: ast.stmt, wanted: str) -> bool:
    match line:
        case (
            ast.Assign(targets=[ast.Name(id=name)], value=value) | ast.AnnAssign(target=ast.Name(id=name), value=value)
        ):
            return name == wanted and _is_of_an_answer(value)
    return False


def _is_of_an_answer(value: ast.expr | None) -> bool:
    match value:
        case ast.Constant(value=str()) | ast.Attribute(value=ast.Name(id="Code" | "Kind")):
            return True
    return False


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()
