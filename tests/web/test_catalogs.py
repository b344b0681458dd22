"""Everything that pages say has words in every language, and nothing else has."""

from __future__ import annotations

import re

import pytest
from babel.messages.pofile import read_po

from domain.texts import Text, joined
from tests.web.catalogs import untranslated
from tests.web.extraction import every_message, values_in
from web.languages import CATALOGS, translated, translated_plural
from web.texts import PLACE

CATALOG_FILES = sorted(CATALOGS.glob("*.po"))
MANY_LETTERS = 10
"""A sentence with so many letters of its own is another one in German."""
_MARKUP = re.compile(r"<[a-z/]|&[a-z]+;")


@pytest.mark.parametrize("path", CATALOG_FILES, ids=lambda path: path.stem)
def test_nothing_is_missing_and_nothing_is_left_over(path: object) -> None:
    """`python -m tests.web` brings a catalog up to date; what it lists needs words."""
    with path.open("rb") as file:  # type: ignore[attr-defined] # a path
        catalog = read_po(file)
    there = {one.id if isinstance(one.id, str) else one.id[0] for one in catalog if one.id}
    wanted = set(every_message())
    assert (sorted(wanted - there), sorted(there - wanted)) == ([], [])
    assert untranslated(path) == []  # type: ignore[arg-type]


@pytest.mark.parametrize("path", CATALOG_FILES, ids=lambda path: path.stem)
def test_values_come_through_and_words_are_no_markup(path: object) -> None:
    """Each value that a sentence carries is in its translation, and nothing in it could be read as HTML (B26)."""
    with path.open("rb") as file:  # type: ignore[attr-defined]
        catalog = read_po(file)
    for one in catalog:
        if not one.id:
            continue
        ids = [one.id] if isinstance(one.id, str) else list(one.id)
        texts = [one.string] if isinstance(one.string, str) else list(one.string or ())
        assert len(texts) == len(ids), ids
        for key, text in zip(ids, texts, strict=True):
            assert values_in(text) == values_in(key), key
            assert not _MARKUP.search(text), key


@pytest.mark.parametrize("sentence", sorted(one for one in every_message() if PLACE.search(one)))
def test_a_sentence_is_said_with_its_values(sentence: str) -> None:
    """What code says with values in it is said in German with the same values."""
    values = {name: f"v{place}" for place, name in enumerate(PLACE.findall(sentence))}
    text = Text(sentence, **values)
    german = translated(text, "de")
    if sum(char.isalpha() for char in PLACE.sub("", sentence)) >= MANY_LETTERS:
        assert german != str(text)
    assert [value for value in values.values() if value not in german] == []


def test_several_sentences_in_a_row() -> None:
    """Services put sentences in a row; each is said in German, and one that nobody knows stays as it is."""
    drawn = Text("You were drawn to do it.")
    assert (
        translated(joined([Text("Verify the caller out of band."), drawn]), "de")
        == "Prüfen Sie die anrufende Person auf einem anderen Weg. Sie wurden dafür gezogen."
    )
    assert translated(joined([Text("No such sentence."), drawn]), "de") == "No such sentence. Sie wurden dafür gezogen."


def test_counts() -> None:
    """One and many."""
    one, many = "%(num)s minute", "%(num)s minutes"
    assert (translated_plural(one, many, 1, "de"), translated_plural(one, many, 2, "de")) == (
        "%(num)s Minute",
        "%(num)s Minuten",
    )
