"""How often a public page answers: guesses cost their sender. In memory, one a process; imports nothing of ours."""

from __future__ import annotations

import ipaddress
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

A_MINUTE = 60.0
MOST_OF_ONE = 20
MOST_OF_ALL = 600
# One customer has at least a /64 to take addresses from (RFC 6177).
_ONE_SENDER_V6 = 64


class PerMinute:
    """Counts within a minute, by client and altogether; `clock` is in seconds."""

    def __init__(self, clock: Callable[[], float], *, of_one: int = MOST_OF_ONE, of_all: int = MOST_OF_ALL) -> None:
        self._clock = clock
        self._of_one = of_one
        self._of_all = of_all
        self._began = clock()
        self._counts: Counter[str] = Counter()
        self._all = 0

    def admit(self, client: str) -> bool:
        """Count one; False where this client, or everybody together, has sent too many."""
        self._turn_the_minute()
        # A sender who is refused already uses up nothing of what is left for the others.
        if self._counts[client] >= self._of_one or self._all >= self._of_all:
            return False
        self._all += 1
        self._counts[client] += 1
        return True

    def is_spent(self, client: str) -> bool:
        """Whether the next one would be refused; counts nothing."""
        self._turn_the_minute()
        return self._all >= self._of_all or self._counts[client] >= self._of_one

    def _turn_the_minute(self) -> None:
        now = self._clock()
        if now - self._began >= A_MINUTE:
            self._began, self._counts, self._all = now, Counter(), 0


def client_of(request: Request) -> str:
    """Who sent a request, as far as an address tells: of IPv6 the network that one sender has to themselves."""
    host = request.client.host if request.client else ""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((int(address), _ONE_SENDER_V6), strict=False))
    return host
