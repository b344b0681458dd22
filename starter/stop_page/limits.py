"""How many wrong stop links are answered: guesses cost their sender, and never keep a real link from working."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

A_MINUTE = 60.0
MOST_OF_ONE = 20
MOST_OF_ALL = 600


class WrongTokens:
    """Counts within a minute, by client address and altogether; `clock` is in seconds. One a process, in memory."""

    def __init__(self, clock: Callable[[], float], *, of_one: int = MOST_OF_ONE, of_all: int = MOST_OF_ALL) -> None:
        self._clock = clock
        self._of_one = of_one
        self._of_all = of_all
        self._began = clock()
        self._counts: Counter[str] = Counter()
        self._all = 0

    def admit(self, client: str) -> bool:
        """Count one; False where this client, or everybody together, has sent too many."""
        now = self._clock()
        if now - self._began >= A_MINUTE:
            self._began, self._counts, self._all = now, Counter(), 0
        self._all += 1
        if self._all > self._of_all:
            # Nothing more is remembered, so that the count itself cannot be made to grow.
            return False
        self._counts[client] += 1
        return self._counts[client] <= self._of_one
