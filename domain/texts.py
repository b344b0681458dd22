"""A sentence as a value: its English template and what stands in its places; imports nothing of ours.

A door renders it in the reader's language: it looks the template up, then fills the places. No code takes a finished
sentence apart.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import PlainSerializer, PlainValidator

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pydantic import GetCoreSchemaHandler

_PLACE = re.compile(r"\{([a-z_][a-z0-9_]*)\}")


@dataclass(frozen=True, init=False)
class Text:
    """A sentence; `id` is the English template, as gettext has it, with `{name}` where a value stands.

    `str()` is the English sentence. A value may be a text of its own, which is then said in the same language.
    """

    id: str
    _values: tuple[tuple[str, Value], ...]

    def __init__(self, sentence: str, /, **values: Value) -> None:
        """Refuses values that have no place, and places that have no value: a sentence with a hole is no sentence."""
        if (places := set(_PLACE.findall(sentence))) != set(values):
            raise ValueError(f"places {sorted(places)} and values {sorted(values)} differ in {sentence!r}")
        object.__setattr__(self, "id", sentence)
        object.__setattr__(self, "_values", tuple(values.items()))

    @property
    def values(self) -> Mapping[str, Value]:
        """What stands in the places, by their names."""
        return MappingProxyType(dict(self._values))

    def __str__(self) -> str:
        """The sentence in English."""
        there = dict(self._values)
        return _PLACE.sub(lambda place: _english(there[place[1]]), self.id)

    def __bool__(self) -> bool:
        """Whether it says anything."""
        return bool(self.id)

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: type[Any], handler: GetCoreSchemaHandler) -> Any:
        """A text in an answer is its English sentence; one that is read is taken as it stands."""
        return handler.generate_schema(_IN_ANSWERS)


Value = str | int | datetime | Text
"""What may stand in a sentence."""


def verbatim(words: str) -> Text:
    """Words that are no sentence of ours, such as a name; they are the same in every language."""
    return Text("{words}", words=words)


def joined(texts: Iterable[Text], between: str = " ") -> Text:
    """Several texts in a row as one: those that say nothing are left out."""
    said = [one for one in texts if one]
    if len(said) == 1:
        return said[0]
    values: dict[str, Value] = {f"part_{number}": one for number, one in enumerate(said)}
    return Text(between.join(f"{{{name}}}" for name in values), **values)


def any_of(words: Iterable[Value]) -> Text:
    """One of several, each of which does; at least one."""
    first, *others = words
    found = first if isinstance(first, Text) else Text("{words}", words=first)
    for other in others:
        found = Text("{one} or {other}", one=found, other=other)
    return found


NOTHING = joined(())
"""Where nothing is to be said."""


def _english(value: Value) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
    return str(value)


def _as_text(found: object) -> Text:
    if isinstance(found, Text):
        return found
    if isinstance(found, str):
        return verbatim(found)
    raise ValueError("not a text")


_IN_ANSWERS = Annotated[
    Any, PlainValidator(_as_text, json_schema_input_type=str), PlainSerializer(str, return_type=str)
]
