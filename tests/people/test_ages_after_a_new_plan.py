"""A plan made anew forgets nothing that our own reads have seen (R16, R20)."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

from starter.relay.nightly import NightlyReads
from tests.support import playing

if TYPE_CHECKING:
    from tests.support.world import World


async def test_a_new_plan_keeps_the_ages_that_our_reads_know(w: World) -> None:
    """R16 R20: a number of unknown age that our reads have seen for weeks still proves something in the new plan."""
    account = UUID(w.accounts["kim"])
    await w.owner("UPDATE directory.contact_points SET bound_since = NULL WHERE account_id = $1", account)
    reads = NightlyReads(w.parts.ledger, w.parts.feed, uuid4)
    await reads.read()
    for _ in range(8):
        await w.forward(timedelta(days=2))
        await reads.read()
    played = await playing.ready(w)
    await w.owner(
        "INSERT INTO directory.factors (account_id, kind, label, enrolled_at) VALUES ($1, 'sms', 'late', now())",
        account,
    )
    await w.execute(played.case_id, "bo")
    case = await w.until(played.case_id, lambda one: one.plan_version == 2)
    assert all(one.seen_since is not None for one in case.snapshot.contacts)
    await playing.verify(w, played.case_id)
