"""Events that cannot be taken in do not hold back those behind them (architecture, step 12)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from unittest import mock
from uuid import uuid4

import pytest

from domain.ports import ProviderEvent
from starter.relay import follower as follower_module
from starter.relay.follower import LONGEST_REST, Follower
from tests.support.world import World


@dataclass
class Feed:
    """A feed of a test's own events."""

    waiting: list[ProviderEvent] = field(default_factory=list)

    async def undelivered(self, limit: int) -> list[ProviderEvent]:
        """The oldest."""
        return self.waiting[:limit]

    async def acknowledge(self, event_ids: Sequence[str]) -> None:
        """Gone."""
        self.waiting = [one for one in self.waiting if one.id not in event_ids]


class Clock:
    """A monotonic clock that a test moves."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


def _event(w: World, *, poison: bool = False) -> ProviderEvent:
    # No tenant of ours: its observation cannot be written.
    tenant = uuid4() if poison else w.tenant_id
    return ProviderEvent(
        id=str(uuid4()), tenant_id=tenant, account_id=w.accounts["lee"], type="user.signed_in", at=datetime.now(UTC)
    )


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The follower's clock."""
    made = Clock()
    monkeypatch.setattr(follower_module, "monotonic", made)
    return made


async def _rung(_row: int) -> bool:
    return True


async def test_a_batch_of_broken_events_does_not_block_the_rest(w: World, clock: Clock) -> None:
    """Architecture 12: a whole batch of events that fail leaves the next batch its turn, as often as it takes."""
    del clock
    feed = Feed([_event(w, poison=True) for _ in range(6)] + [_event(w) for _ in range(3)])
    follower = Follower(w.parts.ledger, feed, _rung, uuid4)
    with mock.patch.object(follower_module, "BATCH", 3):
        assert [await follower.follow() for _ in range(4)] == [0, 0, 3, 0]
    assert len(feed.waiting) == 6


async def test_a_broken_event_is_tried_again_ever_more_seldom(w: World, clock: Clock) -> None:
    """Architecture 12: after a rest it is tried again, and taken in once whatever was wrong is right."""
    event = _event(w)
    feed = Feed([event])
    follower = Follower(w.parts.ledger, feed, _rung, uuid4)
    tries = []

    async def fails(_event: ProviderEvent) -> int | None:
        tries.append(clock.now)
        raise RuntimeError

    with mock.patch.object(follower, "_take_in", fails):
        for _ in range(200):
            await follower.follow()
            clock.now += 1
    assert tries == [1000, 1001, 1003, 1007, 1015, 1031, 1063, 1123, 1183]
    clock.now += LONGEST_REST
    assert await follower.follow() == 1
    assert feed.waiting == []


async def test_what_another_relay_took_in_is_forgotten(w: World, clock: Clock) -> None:
    """Architecture 12: the memory of failures does not grow with events that are no longer there."""
    del clock
    feed = Feed([_event(w, poison=True) for _ in range(2)])
    follower = Follower(w.parts.ledger, feed, _rung, uuid4)
    await follower.follow()
    assert len(follower._failing) == 2
    feed.waiting = [_event(w)]
    await follower.follow()
    assert follower._failing == {}
