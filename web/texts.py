"""Sentences that are values, said in a reader's language: the template is looked up first, its places are filled then.

Knows nothing of ours: whatever has an `id` and `values` can be said.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

PLACE = re.compile(r"\{([a-z_][a-z0-9_]*)\}")
"""Where a value stands in a sentence of the code: `{days}`."""


@runtime_checkable
class Sayable(Protocol):
    """A sentence in its two parts."""

    @property
    def id(self) -> str:
        """The English template."""
        ...

    @property
    def values(self) -> Mapping[str, object]:
        """What stands in its places; a value may be a sentence of its own."""
        ...


def said(text: Sayable, words: Callable[[str], str]) -> str:
    """The sentence with its values; `words` gives the template in the reader's language.

    What a value holds is never looked at again: braces in a name stay braces.
    """
    values = text.values
    return PLACE.sub(lambda place: _value(values[place[1]], words), words(text.id))


def _value(value: object, words: Callable[[str], str]) -> str:
    if isinstance(value, Sayable):
        return said(value, words)
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
    return str(value)
