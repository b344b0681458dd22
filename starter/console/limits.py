"""How often one client or one person may try something of a kind within a minute, and how much they may keep open."""

from __future__ import annotations

import time
from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING

from starter.page_limits import PerMinute

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MOST_STREAMS_OF_ONE = 20
"""More cases than one reader looks at; each holds a connection and asks the database four times a second."""
ALTOGETHER = 100
"""How many clients' worth of attempts of one kind are answered altogether."""


class Attempts:
    """Counts attempts, each kind by itself; `clock` is in seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._kinds: dict[str, PerMinute] = {}

    def admit(self, kind: str, who: str, *, most: int) -> bool:
        """Count one; False where this one has made more than `most` of this kind within the minute."""
        if kind not in self._kinds:
            self._kinds[kind] = PerMinute(self._clock, of_one=most, of_all=ALTOGETHER * most)
        return self._kinds[kind].admit(who)


class Streams:
    """The event streams that are open, by person: one of them cannot take every connection there is."""

    def __init__(self) -> None:
        self._open: Counter[str] = Counter()

    def has_room_for(self, who: str) -> bool:
        """Whether this person may open one more."""
        return self._open[who] < MOST_STREAMS_OF_ONE

    @contextmanager
    def one_more(self, who: str) -> Iterator[None]:
        """Count a stream for as long as it is open."""
        self._open[who] += 1
        try:
            yield
        finally:
            self._open[who] -= 1
