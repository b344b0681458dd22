"""How often one client or one person may try something of a kind within a minute."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from starter.page_limits import PerMinute

if TYPE_CHECKING:
    from collections.abc import Callable

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
