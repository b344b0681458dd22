"""What comes up more than once in a case is told each time, and one event only once (R23, R24, R38)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import uuid4

from domain.acts import ActKind, BreakGlassBody, Method, Ruling, Verdict, Waiver
from domain.messages import Phase
from domain.notices import Occasion, occasion_of
from domain.ports import ProviderEvent
from starter.relay.follower import Follower
from tests.people.test_follower_is_fair import Feed
from tests.recovery.test_objections import seen
from tests.support import playing
from tests.support.database import pool_of

if TYPE_CHECKING:
    from uuid import UUID

    from tests.support.world import World


async def orders(w: World, case_id: UUID, occasion: Occasion) -> list[str]:
    """The names of this occasion's orders."""
    rows = await pool_of(w.parts.ledger).fetch(
        "SELECT occasion FROM recovery.notice_orders WHERE case_id = $1 ORDER BY at, occasion", case_id
    )
    return [row["occasion"] for row in rows if occasion_of(row["occasion"]) is occasion]


async def follow(w: World, *events: ProviderEvent) -> None:
    """The follower sees these events, and each a second time, as after a crash before its acknowledgement."""

    async def ring(row: int) -> bool:
        return await w.outbox.deliver_now(row)

    for _ in range(2):
        await Follower(w.parts.ledger, Feed(list(events)), ring, uuid4).follow()


def event(w: World, kind: str) -> ProviderEvent:
    """Something that happened to Kim."""
    return ProviderEvent(
        id=str(uuid4()), tenant_id=w.tenant_id, account_id=w.accounts["kim"], type=kind, at=datetime.now(UTC)
    )


async def test_two_different_alerts_are_two_notices(w: World) -> None:
    """R18, R39: broken glass does not swallow the alert of a failed verification after it."""
    case_id = await w.open("bo", "kim")
    await w.until_phase(case_id, Phase.VERIFICATION)
    await w.decide("sol", case_id, BreakGlassBody(waives=Waiver.COOLING_OFF, because="The plant stands still tonight"))
    body = await w.verdict(case_id, Method.IN_PERSON)
    await w.decide("cleo", case_id, body.model_copy(update={"verdict": Verdict.FAILED}))
    assert sorted(await orders(w, case_id, Occasion.SECURITY_ALERT)) == [
        "security_alert:glass_broken",
        "security_alert:verification_failed",
    ]


async def test_two_changes_of_contacts_are_two_notices_and_one_event_is_one(w: World) -> None:
    """R23, B11: the second change during a case is told too; the same event shown twice is not."""
    case_id = await w.open("bo", "kim")
    first, second = event(w, "user.contact_changed"), event(w, "user.contact_changed")
    await follow(w, first)
    assert len(await orders(w, case_id, Occasion.CONTACT_CHANGED)) == 1
    await follow(w, first, second)
    assert len(await orders(w, case_id, Occasion.CONTACT_CHANGED)) == 2


async def test_each_factor_in_the_watch_is_told(w: World) -> None:
    """R38: a second factor set up while the account is watched is told as the first is; ids stay out of the name."""
    played = await playing.wiped(w)
    await playing.enrol(w, played.browser)
    await w.until_closed(played.case_id)
    events = [event(w, "mfa.factor_enrolled"), event(w, "mfa.factor_enrolled")]
    await follow(w, *events)
    names = await orders(w, played.case_id, Occasion.FACTOR_ADDED)
    assert len(names) == 2
    assert not any(one.id in name for one in events for name in names)


async def test_suspended_twice_is_alerted_twice(w: World) -> None:
    """R24: a second objection after the claim, once the first was ruled on, alerts security again."""
    played = await playing.wiped(w)
    for times, contact in enumerate(("email", "desk_phone"), start=1):
        await w.object(played.case_id, contact)
        await seen(w, played.case_id, "recovery.suspended_after_objection", times)
        await w.rule("sol", played.case_id, Ruling.RESUME)
        await seen(w, played.case_id, "recovery.suspension_lifted", times)
    _, acts = await w.case(played.case_id)
    assert sum(act.kind is ActKind.SUSPENDED for act in acts) == 2
    names = await orders(w, played.case_id, Occasion.SECURITY_ALERT)
    assert [one for one in names if "suspended" in one] == [
        "security_alert:suspended_after_objection",
        "security_alert:suspended_after_objection1",
    ]
