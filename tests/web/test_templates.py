"""No template says anything past the catalogs: each text, also one in an attribute, goes through `_` or `trans`."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest

from tests.web.extraction import ROOT, TEMPLATES

if TYPE_CHECKING:
    from pathlib import Path

PAGES = [path for folder in TEMPLATES for path in sorted((ROOT / folder).glob("*.html"))]
ENGLISH_ONLY = frozenset({"outbox.html"})
"""Shown to a developer on this machine."""
SPOKEN = frozenset({"alt", "aria-description", "aria-label", "label", "placeholder", "title"})
NOT_WORDS = frozenset({"UTC"})

_TRANSLATED = re.compile(r"\{%-?\s*trans\b.*?\bendtrans\s*-?%\}", re.DOTALL)
_COMMENT = re.compile(r"\{#.*?#\}", re.DOTALL)
_CODE = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
_SAID = re.compile(r"""\b(?:_|ngettext)\(\s*(?:'[^']*'|"[^"]*")(?:\s*,\s*(?:'[^']*'|"[^"]*"))?""")
_TEXT = re.compile(r"""'([^']*)'|"([^"]*)\"""")
_WORD = re.compile(r"(?<![/\w])[A-Za-z]{2,}")
"""A path of an address is none."""
_WORDS = re.compile(r"[A-Z][a-z]+(?: |$)|[a-z]{2,} [a-z]{2,}")
_MACRO = re.compile(r"\{%-?\s*macro described_by\b.*?\bendmacro\s*-?%\}", re.DOTALL)
"""Attributes only, which outside of a tag look like text."""


class _Texts(HTMLParser):
    """Everything that a reader, or a screen reader, is told."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._literal = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._literal += tag in {"code", "kbd"}
        self.found += [value for name, value in attrs if name in SPOKEN and value]

    def handle_endtag(self, tag: str) -> None:
        self._literal -= tag in {"code", "kbd"}

    def handle_data(self, data: str) -> None:
        if not self._literal:
            self.found.append(data)


def untranslated_in(source: str) -> list[str]:
    """What a template says itself, in its text and in its expressions."""
    bare = _MACRO.sub("", _TRANSLATED.sub("", _COMMENT.sub("", source)))
    texts = _Texts()
    texts.feed(_CODE.sub("", bare))
    literal = [word for text in texts.found for word in _WORD.findall(text) if word not in NOT_WORDS]
    expressed = [
        text
        for code in _CODE.findall(bare)
        for text in map("".join, _TEXT.findall(_SAID.sub("", code)))
        if _WORDS.search(text)
    ]
    return [*literal, *expressed]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_a_template_says_nothing_itself(path: Path) -> None:
    """A word outside of `_` stays English for everybody."""
    if path.name not in ENGLISH_ONLY:
        assert untranslated_in(path.read_text("utf-8")) == []


def test_the_search_finds_what_it_should() -> None:
    """Text, attributes and expressions; not code, comments and what is translated."""
    said = "{# A note #}<p title=\"{{ _('Yes') }}\" class=\"some words\">{{ _('Some words') }} <code>make up</code></p>"
    assert untranslated_in(said) == []
    assert untranslated_in("{% trans name=name %}Some {{ name }} words{% endtrans %} · 10:00 UTC") == []
    assert untranslated_in('<p title="Yes">Some {{ name }}</p>') == ["Yes", "Some"]
    assert untranslated_in("{{ 'Some words' if x else _('None') }}{% set y = \"No\" %}") == ["Some words", "No"]
