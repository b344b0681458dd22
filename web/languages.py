"""The languages of the pages: which one a browser gets, and the words of each. English sentences are the ids."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from babel.messages.pofile import read_po

from web.texts import Sayable, said

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request

CATALOGS = Path(__file__).parent / "catalogs"
SOURCE = "en"
NAMES = {"en": "English", "de": "Deutsch"}
"""Every language with its name in itself; the first is the one that the code is written in."""

COOKIE = "language"
_MOST_PREFERENCES = 20


def language_of(request: Request) -> str:
    """The language that the reader chose, else the first of the browser's that we speak, else English."""
    chosen = request.cookies.get(COOKIE, "")
    return chosen if chosen in NAMES else preferred(request.headers.get("accept-language", ""))


def preferred(header: str) -> str:
    """The first language of an Accept-Language header that we speak, by its weight (RFC 9110 §12.5.4)."""
    found = [_weighed(one) for one in header.split(",")[:_MOST_PREFERENCES]]
    spoken = [(weight, tag) for weight, tag in found if tag in NAMES and weight > 0]
    return max(spoken, key=lambda one: one[0])[1] if spoken else SOURCE


def translated(sentence: str | Sayable, language: str) -> str:
    """The sentence in this language, or as it is where the catalog lacks it; a `str` is a whole one, an id."""
    words = _catalog(language)
    if isinstance(sentence, Sayable):
        return said(sentence, lambda template: words.get(template) or template)
    return words.get(sentence) or sentence


def translated_plural(one: str, many: str, count: int, language: str) -> str:
    """The form for this count. Both our languages have the two forms of `count == 1` and not."""
    found = _catalog(language).get(one if count == 1 else many)
    return found or (one if count == 1 else many)


@cache
def _catalog(language: str) -> Mapping[str, str]:
    if language == SOURCE:
        return {}
    with (CATALOGS / f"{language}.po").open("rb") as file:
        catalog = read_po(file, locale=language)
    words: dict[str, str] = {}
    for message in catalog:
        if not message.id:
            # The file's header, whose id is no sentence.
            continue
        ids = [message.id] if isinstance(message.id, str) else list(message.id)
        texts = [message.string] if isinstance(message.string, str) else list(message.string or ())
        words |= dict(zip(ids, texts, strict=False))
    return words


def _weighed(preference: str) -> tuple[float, str]:
    tag, _, weight = preference.partition(";")
    text = weight.strip().removeprefix("q=")
    try:
        value = float(text) if text else 1.0
    except ValueError:
        value = 0.0
    return value, tag.strip().partition("-")[0].lower()
