"""The language of the command line: chosen once, before anything is said; what is typed and JSON stay as they are."""

from __future__ import annotations

from contextvars import ContextVar
from enum import StrEnum
from typing import TYPE_CHECKING

from domain.texts import Text as Sentence
from web.languages import translated

if TYPE_CHECKING:
    from datetime import datetime

    from domain.errors import RecoveryError


class Language(StrEnum):
    """What the command line speaks."""

    EN = "en"
    DE = "de"


_SPOKEN: ContextVar[str] = ContextVar("spoken", default=Language.EN.value)


def speak(language: str) -> None:
    """Speak this language from now on; one without a catalog is English."""
    _SPOKEN.set(language if language in set(Language) else Language.EN.value)


def language() -> str:
    """What is spoken, as its tag."""
    return _SPOKEN.get()


def spoken(sentence: str, /, **values: str | int | datetime | Sentence) -> str:
    """A sentence of ours with its values, in the language that is spoken."""
    return translated(Sentence(sentence, **values), _SPOKEN.get())


def marked(sentence: str) -> str:
    """A sentence that is spoken elsewhere: so that it is found for the catalogs."""
    return sentence


def spoken_error(error: RecoveryError) -> str:
    """What an error says, in the language that is spoken where it is a sentence of ours."""
    return translated(error.text, _SPOKEN.get())
