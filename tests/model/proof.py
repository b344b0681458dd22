"""The whole proof: every small world explored, every rule broken once, on two processes."""

from __future__ import annotations

import gc
import multiprocessing
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tests.model.explore import Exploration, Explored
from tests.model.invariants import EVERY_CASE_ENDS, INVARIANTS, STATES_ARE_TOLD_APART
from tests.model.mutations import MUTATIONS, caught
from tests.model.worlds import WORLDS

if TYPE_CHECKING:
    from tests.model.world import World

PROCESSES = 2
LEVELS_LESS, AT_MOST = 3, 4
"""A quick exploration goes so many levels less deep, and never deeper than that."""


@dataclass(frozen=True)
class Result:
    """What all explorations and mutations gave."""

    worlds: tuple[Explored, ...]
    uncaught: tuple[str, ...]
    seconds: float

    @property
    def held(self) -> bool:
        """Whether everything held and every broken rule was noticed."""
        return not self.uncaught and not any(one.violations for one in self.worlds)

    def summary(self) -> dict[str, object]:
        """The figures, as they are printed."""
        violations = [violation for one in self.worlds for violation in one.violations]
        return {
            "states": sum(one.states for one in self.worlds),
            "transitions": sum(one.transitions for one in self.worlds),
            "depth": max(one.depth for one in self.worlds),
            "claims": sum(one.claims for one in self.worlds),
            "invariants": len(INVARIANTS) + len((EVERY_CASE_ENDS, STATES_ARE_TOLD_APART)),
            "violations": len(violations),
            "mutations": {"tried": len(MUTATIONS), "caught": len(MUTATIONS) - len(self.uncaught)},
            "seconds": self.seconds,
            "worlds": {
                one.world: {"states": one.states, "depth": one.depth, "exhausted": one.closed} for one in self.worlds
            },
            **({"violated": [[one.invariant, *one.way] for one in violations]} if violations else {}),
            **({"uncaught": list(self.uncaught)} if self.uncaught else {}),
        }


def explore_all(*, quick: bool = False) -> Result:
    """Explore and mutate in two processes, the largest worlds first."""
    started = time.monotonic()
    context = multiprocessing.get_context("spawn")
    # What a search makes it keeps, and nothing of it is a ring: looking for rings would cost a quarter of the time.
    with context.Pool(PROCESSES, initializer=gc.disable) as pool:
        worlds = pool.map_async(_explore, [(number, quick) for number in range(len(WORLDS))], chunksize=1)
        mutated = pool.map_async(_is_caught, range(len(MUTATIONS)), chunksize=1)
        found, noticed = worlds.get(), mutated.get()
    uncaught = tuple(one.name for one, was_caught in zip(MUTATIONS, noticed, strict=True) if not was_caught)
    return Result(tuple(found), uncaught, round(time.monotonic() - started, 1))


def quick_depth(world: World) -> int:
    """How deep a quick exploration goes."""
    return min(max(world.depth - LEVELS_LESS, 1), AT_MOST)


def _explore(asked: tuple[int, bool]) -> Explored:
    number, quick = asked
    world = WORLDS[number]
    return Exploration(replace(world, depth=quick_depth(world)) if quick else world).run()


def _is_caught(number: int) -> bool:
    return caught(MUTATIONS[number])
