"""The id of a text is written out where it is said, so that a translator finds it."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import pytest

from tests.web.extraction import ROOT, errors_in, every_message, ids_in, said_in
from web.texts import PLACE

if TYPE_CHECKING:
    from pathlib import Path

FOLDERS = ("domain", "service", "starter", "store", "activities")
# These take an id for their caller, who has written it out.
PASSED_ON = {"domain/texts.py", "domain/errors.py", "domain/policy/decision.py", "domain/policy/keys.py"}
# What is called Text there is the terminal's.
ANOTHER_TEXT = "starter/cli/"
# Templates of messages stand in tables there, which the extraction asks for every one.
IN_TABLES = {"domain/notice_words.py", "domain/campaign_words.py"}
MODULES = sorted(
    path
    for folder in FOLDERS
    for path in (ROOT / folder).rglob("*.py")
    if (name := path.relative_to(ROOT).as_posix()) not in PASSED_ON | IN_TABLES and not name.startswith(ANOTHER_TEXT)
)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_id_is_written_out(path: Path) -> None:
    """No f-string, nothing added together, and no variable where a text begins; each place has its value beside it."""
    for call, what in said_in(path.read_text("utf-8")):
        place = f"line {what.lineno}: {ast.unparse(what)}"
        assert not isinstance(what, (ast.JoinedStr, ast.BinOp)), place
        if getattr(call.func, "id", "") == "Text":
            assert isinstance(what, ast.Constant), place
            given = {one.arg for one in call.keywords}
            assert given == set(PLACE.findall(str(what.value))), place


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_sentence_that_may_be_shown_is_in_the_catalogs(path: Path) -> None:
    """What is said anywhere, and every error that says what kind of answer it is; test_catalogs holds their words."""
    source = path.read_text("utf-8")
    said = {sentence for _, sentence in errors_in(source, giving="kind")}
    said |= {
        what.value for _, what in said_in(source) if isinstance(what, ast.Constant) and isinstance(what.value, str)
    }
    assert {one for one in said if any(map(str.isalpha, PLACE.sub("", one)))} - set(every_message()) == set()


def test_ids_are_found_at_any_depth() -> None:
    """Within another text, in a table, in a call that takes none; what only holds values needs no words."""
    source = (
        'Row(None, [Text("a {b}", b=Text("c", **d))], {k: translated("e")})\nText("{x} {y}", x=1, y=2)\nText(f"{z}")'
    )
    assert ids_in(source) == ["a {b}", "c", "e"]
