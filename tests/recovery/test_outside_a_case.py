"""Factors that vanish by another way than a case."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID, uuid4

from domain.audit import EventType
from tests.support import playing
from tests.support.database import pool_of

if TYPE_CHECKING:
    from tests.support.world import World


async def _incidents(w: World) -> list[str]:
    rows = await pool_of(w.parts.ledger).fetch(
        "SELECT subject_id FROM recovery.audit_events WHERE type = $1 ORDER BY seq",
        EventType.FACTOR_REMOVED_OUTSIDE_CASE,
    )
    return [row["subject_id"] for row in rows]


async def test_a_factor_removed_outside_any_case_is_an_incident(w: World) -> None:
    """R42: an administrator's removal that no case ordered is audited as an incident, once, naming the account."""
    lee = w.accounts["lee"]
    factor = next(one for one in (await w.parts.feed.read(lee)).factors if one.kind == "totp")
    await w.parts.directory.administration.remove_factor(UUID(lee), UUID(factor.id), uuid4())
    for _ in range(3):
        await w.follower.follow()
    assert await _incidents(w) == [lee]


async def test_the_wipe_of_a_case_is_none(w: World) -> None:
    """R42: what a case removes is no incident."""
    played = await playing.wiped(w)
    await playing.enrol(w, played.browser)
    await w.until_closed(played.case_id)
    assert await _incidents(w) == []
