"""Whether a tenant's ticket pattern can be matched in bounded time: one that cannot would stop the whole product."""

from __future__ import annotations

import re

LONGEST_REFERENCE = 200
MOST_WAYS = 10_000_000
"""Ways in which a reference may be tried before it is found not to match; below a second."""
_ENDLESS = MOST_WAYS + 1
_COUNT = re.compile(r"([*+?]|\{\d+\}|\{\d*,\d*\})[?+]?")


def is_bounded(pattern: str) -> bool:
    """Whether the pattern is plain enough: few varying parts, no repeating of what varies, nothing that looks back.

    A pattern that `re` cannot read is refused elsewhere; the answer is of no use then.
    """
    ways, end = _alternatives(pattern, 0)
    return end >= len(pattern) and ways <= MOST_WAYS


def _alternatives(pattern: str, at: int) -> tuple[int, int]:
    """In how many ways the alternatives from here to the group's end can be tried, and where it ends."""
    ways, at = _sequence(pattern, at)
    while at < len(pattern) and pattern[at] == "|":
        more, at = _sequence(pattern, at + 1)
        ways += more
    return ways, at


def _sequence(pattern: str, at: int) -> tuple[int, int]:
    ways = 1
    while at < len(pattern) and pattern[at] not in "|)":
        of_one, at = _one(pattern, at)
        count = _COUNT.match(pattern, at)
        if count is not None:
            of_one, at = _repeated(of_one, count[1]), count.end()
        ways = min(ways * of_one, _ENDLESS)
    return ways, at


def _one(pattern: str, at: int) -> tuple[int, int]:
    """A character, an escape, a set or a group."""
    if pattern[at] == "\\":
        looks_back = pattern[at + 1 : at + 2] in set("123456789")
        return (_ENDLESS if looks_back else 1), at + 2
    if pattern[at] == "[":
        return 1, _end_of_set(pattern, at)
    if pattern[at] != "(":
        return 1, at + 1
    plain = pattern.startswith("(?:", at)
    if pattern.startswith("(?", at) and not plain:
        return _ENDLESS, len(pattern)
    ways, end = _alternatives(pattern, at + (3 if plain else 1))
    return ways, end + 1


def _end_of_set(pattern: str, at: int) -> int:
    at += 2 if pattern.startswith("[^", at) else 1
    # A bracket that comes first is itself a member.
    at += pattern.startswith("]", at)
    while at < len(pattern) and pattern[at] != "]":
        at += 2 if pattern[at] == "\\" else 1
    return at + 1


def _repeated(ways: int, count: str) -> int:
    if count == "?":
        return ways + 1
    if ways > 1:
        return _ENDLESS
    if "," in count:
        lowest, _, highest = count.strip("{}").partition(",")
        return max(min(int(highest or LONGEST_REFERENCE), LONGEST_REFERENCE) - int(lowest or 0) + 1, 1)
    return 1 if count.startswith("{") else LONGEST_REFERENCE + 1
