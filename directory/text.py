"""What text the database can hold and compare, and what people may name things; imports nothing of ours but errors."""

from __future__ import annotations

import unicodedata

from directory.errors import NameUnsuitable

_LONGEST = 512
LONGEST_NAME = 60
# Controls, formatting (bidi overrides, invisible joiners), lone surrogates, private and unassigned ones, separators.
_UNREADABLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def is_storable(text: object) -> bool:
    """Whether PostgreSQL can hold it: a string without NUL and lone surrogates, of at most 512 characters."""
    if not isinstance(text, str) or len(text) > _LONGEST or "\0" in text:
        return False
    return not any("\ud800" <= letter <= "\udfff" for letter in text)


def factor_name(typed: str) -> str:
    """A name as others may see it: one line of at most 60 characters, none of which hides or turns around the rest.

    Raises `NameUnsuitable` where nothing is left, or too much.
    """
    if len(typed) > _LONGEST:
        raise NameUnsuitable
    spaced = "".join(" " if letter.isspace() else letter for letter in unicodedata.normalize("NFC", typed))
    kept = "".join(letter for letter in spaced if unicodedata.category(letter) not in _UNREADABLE)
    name = " ".join(kept.split())
    # A name of marks alone would be drawn over what stands before it.
    if not 1 <= len(name) <= LONGEST_NAME or unicodedata.category(name[0]).startswith("M"):
        raise NameUnsuitable
    return name
