"""What text the database can hold and compare; imports nothing of ours."""

from __future__ import annotations

_LONGEST = 512


def is_storable(text: object) -> bool:
    """Whether PostgreSQL can hold it: a string without NUL and lone surrogates, of at most 512 characters."""
    if not isinstance(text, str) or len(text) > _LONGEST or "\0" in text:
        return False
    return not any("\ud800" <= letter <= "\udfff" for letter in text)
