"""The proof, less deep: every invariant in every small world, every broken rule noticed (the whole is `make model`)."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations_with_replacement
from typing import TYPE_CHECKING

import pytest

from tests.model.explore import Exploration
from tests.model.mutations import MUTATIONS, Mutation, caught
from tests.model.proof import explore_all, quick_depth
from tests.model.worlds import WORLDS
from tests.model.worlds_short import SHORT

if TYPE_CHECKING:
    from tests.model.world import World

LIMITS = (30, 120, 300, 600, 900, 1200, 1800, 14_400, 28_800, 86_400, 259_200)
"""Every number of seconds that a rule compares an age with."""


@pytest.mark.parametrize("world", WORLDS, ids=lambda one: one.name)
def test_every_invariant_holds_in(world: World) -> None:
    """Whatever happens in whichever order, the rules are kept and every case can end (R5 to R41, B01, B17)."""
    found = Exploration(replace(world, depth=quick_depth(world))).run()
    assert found.violations == []
    assert found.states > 1


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda one: one.name)
def test_a_broken_rule_is_noticed(mutation: Mutation) -> None:
    """A rule broken on purpose is caught by the invariant that is named with it."""
    assert caught(mutation)


@pytest.mark.parametrize("world", [*WORLDS, *SHORT], ids=lambda one: one.name)
def test_no_wait_ends_on_a_limit(world: World) -> None:
    """Ages are never within five seconds of a limit, so that rounding them tells no two states apart wrongly."""
    waits = [move for move in world.moves if move.waits]
    steps = [seconds for move in waits for seconds in move.waits]
    most = sum(move.limit or 0 for move in waits)
    sums = {sum(chosen) for size in range(1, most + 1) for chosen in combinations_with_replacement(steps, size)}
    assert [one for one in sums for limit in LIMITS if abs(one - limit) < 5] == []


def test_broken_rules_are_mended_again() -> None:
    """After the mutations the rules are what they were: nothing is noticed any more."""
    world = next(one for one in SHORT if one.name == "short")
    assert caught(next(one for one in MUTATIONS if one.world == "short"))
    assert Exploration(world).run().violations == []


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_whole_proof() -> None:
    """The whole proof, as `make model` runs it."""
    assert explore_all().held
