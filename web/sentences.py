"""Sentences that carry values or stand in a row: found again among the known ones, and said in another language."""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

PLACE = re.compile(r"\{([a-z_][a-z0-9_]*)\}")
"""Where a value stands in a known sentence: `{days}`."""

_LONGEST = 2_000
_LONGEST_VALUE = 400
_FEWEST_LETTERS = 6
"""So many letters of its own tell a sentence from any other."""
_DEEPEST = 3
_END = re.compile(r"[.!?]\s+")


class _Pattern:
    """A known sentence with places for values, and the same in the other language."""

    def __init__(self, sentence: str, said: str) -> None:
        parts = PLACE.split(sentence)
        self.said = said
        self.names = parts[1::2]
        self._texts = parts[::2]
        self.letters = sum(map(len, self._texts))

    def values_in(self, sentence: str) -> list[str] | None:
        """What stands in the places, or None where this is another sentence; texts are sought once, from the left."""
        first, *between, last = self._texts
        end = len(sentence) - len(last)
        if end < len(first) or not sentence.startswith(first) or not sentence.endswith(last):
            return None
        values, at = [], len(first)
        for text in between:
            found = sentence.find(text, at, end)
            if found < 0:
                return None
            values.append(sentence[at:found])
            at = found + len(text)
        values.append(sentence[at:end])
        return values if all(len(one) <= _LONGEST_VALUE for one in values) else None


class Sentences:
    """What one language says for the sentences of the code; `{…}` stands for a value in both."""

    def __init__(self, words: Mapping[str, str]) -> None:
        self._words = words

    def said(self, sentence: str, *, depth: int = _DEEPEST) -> str | None:
        """The sentence, or several in a row, in this language; None where a part of it is not known.

        A value is taken over as it is, unless it is words of the code itself.
        """
        if known := self._words.get(sentence):
            return known
        if depth == 0 or not 0 < len(sentence) <= _LONGEST:
            return None
        return self._with_values(sentence, depth) or self._in_a_row(sentence, depth)

    def _with_values(self, sentence: str, depth: int) -> str | None:
        for one in self._patterns:
            found = one.values_in(sentence)
            values = None if found is None else [self._value(value, depth) for value in found]
            if values is not None and None not in values:
                there = dict(zip(one.names, values, strict=True))
                return PLACE.sub(lambda place, there=there: there[place[1]], one.said)  # type: ignore[misc]
        return None

    def _value(self, value: str, depth: int) -> str | None:
        """A value with its blanks; None for one that swallowed a sentence which is not known."""
        words = value.strip()
        said = self.said(words, depth=depth - 1)
        if said is None and _END.search(words):
            return None
        before, _, after = value.partition(words) if words else (value, "", "")
        return f"{before}{said or words}{after}"

    def _in_a_row(self, sentence: str, depth: int) -> str | None:
        """The longest known beginning, and then the rest."""
        for end in reversed([match.end() for match in _END.finditer(sentence)]):
            first, rest = sentence[:end].rstrip(), sentence[end:]
            if head := self._words.get(first) or self._with_values(first, depth):
                tail = self.said(rest, depth=depth)
                return f"{head} {tail}" if tail else None
        return None

    @cached_property
    def _patterns(self) -> list[_Pattern]:
        """Whoever has the most text of its own is asked first."""
        found = [_Pattern(sentence, said) for sentence, said in self._words.items() if said and PLACE.search(sentence)]
        return sorted((one for one in found if one.letters >= _FEWEST_LETTERS), key=lambda one: -one.letters)
