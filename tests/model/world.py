"""What a small world is made of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.model.moves import Move
    from tests.model.state import State


@dataclass(frozen=True)
class World:
    """A start, the moves that may happen, and a depth that leaves nothing out or fits the time.

    `alike` are logins that may be exchanged for each other; an `attentive` workflow looks after every move at once.
    """

    name: str
    start: Callable[[], State]
    moves: tuple[Move, ...]
    depth: int
    alike: frozenset[str] = frozenset()
    attentive: bool = True
