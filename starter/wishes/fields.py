"""The kinds of fields that requests hold: strict, bounded, and storable; validation errors never quote them (B26)."""

from __future__ import annotations

import unicodedata
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, StrictBool
from pydantic_core import PydanticCustomError

from starter.wishes.limits import LONGEST_TEXT

_UNUSABLE = "has characters that are not text"


class Strict(BaseModel):
    """A request body: unknown fields are refused, so that no client thinks they were believed (B04)."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Nothing(Strict):
    """An empty object, or no body at all."""


def _text(value: str) -> str:
    value = value.replace("\r\n", "\n")
    if any(unicodedata.category(one) in {"Cc", "Cs"} and one not in "\n\t" for one in value):
        raise PydanticCustomError("text_unusable", _UNUSABLE)
    return value


def _line(value: str) -> str:
    if any(unicodedata.category(one) in {"Cc", "Cs"} for one in value):
        raise PydanticCustomError("text_unusable", _UNUSABLE)
    return value


def _spelt(value: object) -> object:
    if not isinstance(value, str):
        raise PydanticCustomError("string_type", "is not a string")
    return value


Text = Annotated[str, Field(max_length=LONGEST_TEXT), AfterValidator(_text)]
"""Several lines; control characters other than line ends and tabs are refused."""

Line = Annotated[str, Field(max_length=320), AfterValidator(_line)]
"""One line."""

Identifier = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_line)]
"""An opaque id; what it names is looked up, never parsed."""

Secret = Annotated[str, Field(max_length=4096, repr=False), AfterValidator(_text)]
"""A password or a typed code, kept out of every repr; text that is no code is a wrong code (B28)."""

Moment = Annotated[AwareDatetime, BeforeValidator(_spelt)]
"""An RFC 3339 time with its offset."""

Flag = StrictBool
