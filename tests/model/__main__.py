"""Explores every small world and breaks every rule once; prints JSON and fails on a violation or an uncaught mutation.

`--quick` explores less deep, for the test suite.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import sys
import time
from dataclasses import dataclass, replace

from tests.model.explore import Exploration, Explored
from tests.model.invariants import EVERY_CASE_ENDS, INVARIANTS, STATES_ARE_TOLD_APART
from tests.model.mutations import MUTATIONS, caught
from tests.model.worlds import WORLDS

PROCESSES = 2
QUICK_SHARE = 3
"""So many levels less in a quick exploration."""


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
    with context.Pool(PROCESSES) as pool:
        worlds = pool.map_async(_explore, [(number, quick) for number in range(len(WORLDS))], chunksize=1)
        mutated = pool.map_async(_is_caught, range(len(MUTATIONS)), chunksize=1)
        found, noticed = worlds.get(), mutated.get()
    uncaught = tuple(one.name for one, was_caught in zip(MUTATIONS, noticed, strict=True) if not was_caught)
    return Result(tuple(found), uncaught, round(time.monotonic() - started, 1))


def _explore(asked: tuple[int, bool]) -> Explored:
    number, quick = asked
    world = WORLDS[number]
    depth = max(world.depth - QUICK_SHARE, 1) if quick else world.depth
    return Exploration(replace(world, depth=depth)).run()


def _is_caught(number: int) -> bool:
    return caught(MUTATIONS[number])


def main() -> int:
    """Print the result; 1 where anything did not hold."""
    parser = argparse.ArgumentParser(prog="python -m tests.model", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="explore less deep")
    result = explore_all(quick=parser.parse_args().quick)
    sys.stdout.write(json.dumps(result.summary(), indent=2, ensure_ascii=False) + "\n")
    return 0 if result.held else 1


if __name__ == "__main__":
    sys.exit(main())
