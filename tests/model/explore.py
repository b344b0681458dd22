"""Breadth-first through every interleaving of a small world, with the invariants judged at each event."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from domain.acts import Ruling, RulingBody
from domain.messages import Phase
from domain.policy.progress import progress
from tests.model import memo
from tests.model.cast import SAM, SOL
from tests.model.doors import decide, file_of, may_sign_in, present
from tests.model.invariants import EVERY_CASE_ENDS, STATES_ARE_TOLD_APART, broken
from tests.model.keys import key
from tests.model.machine import Machine
from tests.model.runs import next_activity, run

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator

    from tests.model.machine import Happened
    from tests.model.moves import Reached
    from tests.model.state import State
    from tests.model.world import World

SAMPLE = 97
"""Of every so many times that two ways lead to one key, it is checked that the two states are alike."""
LONGEST = 4 * 86_400.0
RESUME = RulingBody(ruling=Ruling.RESUME, because="Rang the person at the desk number")


@dataclass(frozen=True)
class Violation:
    """An invariant that did not hold, and the way there."""

    invariant: str
    world: str
    way: tuple[str, ...]


@dataclass
class Explored:
    """What an exploration found. `closed` tells that nothing was left beyond the depth."""

    world: str
    states: int = 0
    transitions: int = 0
    depth: int = 0
    by_depth: list[int] = field(default_factory=list)
    closed: bool = True
    claims: int = 0
    ended: dict[str, int] = field(default_factory=dict)
    merges_compared: int = 0
    violations: list[Violation] = field(default_factory=list)
    seconds: float = 0.0


@dataclass(slots=True)
class _Node:
    parent: _Node | None
    move: str
    depth: int

    def way(self) -> tuple[str, ...]:
        moves: list[str] = []
        node: _Node | None = self
        while node is not None:
            moves.append(node.move)
            node = node.parent
        return tuple(reversed(moves))


class Exploration:
    """One breadth-first search. With `stop_at` it ends at the first violation of that invariant."""

    def __init__(
        self, world: World, *, depth: int | None = None, stop_at: str | None = None, seconds: float | None = None
    ) -> None:
        self.world = world
        self.found = Explored(world.name)
        self._depth = world.depth if depth is None else depth
        self._stop_at = stop_at
        self._deadline = None if seconds is None else time.monotonic() + seconds
        self._indices: dict[Hashable, int] = {}
        self._came_from: list[list[int]] = []
        self._ends: list[int] = []
        self._kept: dict[int, State] = {}
        self._begun: dict[int, tuple[State, _Node]] = {}
        self._queue: deque[tuple[State, _Node, int]] = deque()

    def run(self) -> Explored:
        """Explore, then look whether every state can end."""
        started = time.monotonic()
        first = self.world.start()
        self._add(first, _Node(None, self.world.name, 0), None)
        while self._queue and not self._is_over():
            self._expand(*self._queue.popleft())
        if self._stop_at is None or self._stop_at == EVERY_CASE_ENDS:
            self._look_for_ends()
        self.found.states = len(self._indices)
        self.found.seconds = round(time.monotonic() - started, 1)
        return self.found

    def _is_over(self) -> bool:
        if self._deadline is not None and time.monotonic() > self._deadline:
            self.found.closed = False
            return True
        return self._stop_at is not None and any(one.invariant == self._stop_at for one in self.found.violations)

    def _expand(self, state: State, node: _Node, index: int) -> None:
        if node.depth > self.found.depth:
            self.found.depth = node.depth
            self.found.by_depth.append(len(self._indices))
        if state.case.outcome is not None:
            self._ends.append(index)
            self.found.ended[state.case.outcome] = self.found.ended.get(state.case.outcome, 0) + 1
            return
        if self._stop_at in {None, EVERY_CASE_ENDS}:
            if _expires(state):
                self._ends.append(index)
            else:
                self._begun[index] = (state, node)
        if node.depth >= self._depth:
            self.found.closed = False
            return
        for name, reached, happened in self._reached(state):
            self.found.transitions += 1
            self._judge(happened, node, name)
            after = _looked_at(reached) if self.world.attentive else reached
            self._add(after, _Node(node, name, node.depth + 1), index)

    def _reached(self, state: State) -> Iterator[Reached]:
        for number, move in enumerate(self.world.moves):
            if move.limit is not None and state.used[number] >= move.limit:
                continue
            for name, after, happened in move.reach(state):
                if move.limit is None:
                    yield name, after, happened
                else:
                    used = (*state.used[:number], state.used[number] + 1, *state.used[number + 1 :])
                    yield name, replace(after, used=used), happened

    def _judge(self, happened: tuple[Happened, ...], node: _Node, name: str) -> None:
        for one in happened:
            for invariant in broken(one):
                self._violated(invariant, (*node.way(), name))
            self.found.claims += type(one.event).__name__ == "Claimed"

    def _violated(self, invariant: str, way: tuple[str, ...]) -> None:
        if not any(one.invariant == invariant for one in self.found.violations):
            self.found.violations.append(Violation(invariant, self.world.name, way))

    def _add(self, state: State, node: _Node, origin: int | None) -> None:
        name = key(state, self.world.alike)
        index = self._indices.get(name)
        if index is None:
            index = self._indices[name] = len(self._indices)
            self._came_from.append([])
            self._queue.append((state, node, index))
            if index % SAMPLE == 0:
                self._kept[index] = state
        elif index in self._kept and self._stop_at is None:
            self._compare(self._kept[index], state, node)
        if origin is not None:
            self._came_from[index].append(origin)

    def _compare(self, one: State, other: State, node: _Node) -> None:
        self.found.merges_compared += 1
        if _seen_from_outside(one, self.world) != _seen_from_outside(other, self.world):
            self._violated(STATES_ARE_TOLD_APART, node.way())

    def _look_for_ends(self) -> None:
        """From the ends back to every state from which some way leads there; the rest is led out by hand."""
        if self._is_over() and self._stop_at != EVERY_CASE_ENDS:
            return
        reached, waiting = set(self._ends), list(self._ends)
        for index, (state, node) in self._begun.items():
            if index not in reached:
                self._go_back(reached, waiting)
            if index not in reached:
                if not can_end(state):
                    self._violated(EVERY_CASE_ENDS, node.way())
                    return
                reached.add(index)
                waiting.append(index)

    def _go_back(self, reached: set[int], waiting: list[int]) -> None:
        while waiting:
            for before in self._came_from[waiting.pop()]:
                if before not in reached:
                    reached.add(before)
                    waiting.append(before)


def _looked_at(state: State) -> State:
    """The workflow looks at once, wherever a look would tell it anything that steers it."""
    if next_activity(state) != "assess":
        return state
    where = progress(file_of(state))
    steers = where.outcome is not None or where.contain or not where.phase.before(Phase.RESET)
    return run(state, "assess").end if steers else state


def _seen_from_outside(state: State, world: World) -> tuple[object, ...]:
    """Where the case stands, and which moves are open from there."""
    where = progress(file_of(state))
    names = [name for move in world.moves for name, _, _ in move.reach(state)]
    for one in world.alike:
        names = [name.replace(f"{one}:", "alike:") for name in names]
    return (where.phase, where.code, where.outcome, where.contain, tuple(sorted(names)))


def _expires(state: State) -> bool:
    """Whether the clock alone ends it: before any effect nothing is left but to look and to close, once it expires."""
    case = state.believed()
    if case.claimed_at is not None or state.operations:
        return False
    return progress(file_of(state).at(case.expires_at)).outcome is not None


def can_end(state: State) -> bool:
    """Whether time, the worker and, where one is needed, a security officer bring this case to an end."""
    for _ in range(40):
        if state.case.outcome is not None:
            return True
        name = next_activity(state)
        if name is None:
            return True
        before, state = state, run(state, name).end
        if key(before) == key(state):
            state = _officer(replace(state, at=state.at + LONGEST))
    return False


def _officer(state: State) -> State:
    for login in (SOL, SAM):
        if may_sign_in(state, login):
            machine = Machine(state)
            if decide(machine, present(state, login), RESUME):
                return machine.state
    return state


memo.install()
