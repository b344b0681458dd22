"""Which language a browser gets, and that nothing said in one is missing in the other."""

from __future__ import annotations

import pytest

from web.languages import CATALOGS, NAMES, SOURCE, preferred, translated, translated_plural


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "en"),
        ("de", "de"),
        ("de-AT,de;q=0.9,en;q=0.8", "de"),
        ("fr,de;q=0.5,en;q=0.9", "en"),
        ("fr-CH, fr;q=0.9", "en"),
        ("de;q=0, en;q=0.1", "en"),
        ("de;q=nonsense", "en"),
        ("*", "en"),
        (",;q=,=;de" * 1000, "en"),
    ],
)
def test_the_browsers_first_language_that_we_speak(header: str, language: str) -> None:
    """RFC 9110 §12.5.4: by weight; what cannot be read is passed over."""
    assert preferred(header) == language


def test_every_language_but_the_first_has_a_catalog() -> None:
    """A language that is offered can be spoken."""
    assert {path.stem for path in CATALOGS.glob("*.po")} == set(NAMES) - {SOURCE}


def test_a_sentence_without_words_is_said_in_english() -> None:
    """Nothing disappears because nobody has translated it."""
    assert translated("No such sentence in any catalog.", "de") == "No such sentence in any catalog."
    assert translated_plural("one", "many", 2, "de") == "many"
