"""Pages say only what the catalogs know: what nobody can translate would stay English for every reader, unseen."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import pytest

from starter.console import visit, words
from tests.notices.support import HELP_LINE
from tests.web.extraction import every_message
from web import rendering
from web.languages import translated
from web.texts import PLACE, Sayable

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def only_known_sentences(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Fails a test in which a page was asked to say something that no catalog has."""
    unknown: list[str] = []

    def noting(sentence: str | Sayable, language: str) -> str:
        unknown.extend(one for one in _ids(sentence) if one not in _known())
        return translated(sentence, language)

    for place in (rendering, visit, words):
        monkeypatch.setattr(place, "translated", noting)
    yield
    assert unknown == []


def _ids(sentence: object) -> Iterator[str]:
    """What has to be looked up: a plain text as a whole, else each template; what a value says is nobody's id."""
    if isinstance(sentence, Sayable):
        for value in sentence.values.values():
            if isinstance(value, Sayable):
                yield from _ids(value)
    template = sentence.id if isinstance(sentence, Sayable) else str(sentence)
    if any(map(str.isalpha, PLACE.sub("", template))):
        yield template


@cache
def _known() -> frozenset[str]:
    forms = {text for one in every_message().values() for text in (one.one, one.many) if text}
    # Set by the operator, in their own words.
    return frozenset(forms | {HELP_LINE})
