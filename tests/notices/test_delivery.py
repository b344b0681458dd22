"""The relay of notices: once, never twice, never lost, never in each other's way, and always visible (R23)."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from domain.account import ContactKind
from domain.acts import Delivery, NoticeBody
from domain.notices import NoticeRefused, NoticeState
from domain.policy.cooling import cooling_off
from domain.policy.document import CoolingOffPolicy, Policy
from store.notices import notices_of_case
from tests.attacks.support import as_application
from tests.notices.servers import Mood, mail_server
from tests.notices.support import Collecting, due, relay_of, rows
from tests.notices.test_smtp import channel as smtp_channel
from tests.support import waiting
from tests.support.world import CALM

if TYPE_CHECKING:
    from uuid import UUID

    from domain.notices import Notice
    from domain.ports import HandingOver
    from tests.support.world import World

MAIL = frozenset({ContactKind.EMAIL})
PHONES = frozenset({ContactKind.DESK_PHONE, ContactKind.MOBILE})


@dataclass
class Refusing:
    """A channel that does not take anything for now."""

    kinds: frozenset[ContactKind] = MAIL
    name: str = "refusing"
    tried: int = 0

    async def deliver(self, notice: Notice, handing_over: HandingOver) -> None:
        self.tried += 1
        raise NoticeRefused("server_busy")


@dataclass
class Hanging:
    """A channel that hangs, before or after it has handed over."""

    after: bool
    kinds: frozenset[ContactKind] = MAIL
    name: str = "hanging"
    entered: asyncio.Event = field(default_factory=asyncio.Event)
    go_on: asyncio.Event = field(default_factory=asyncio.Event)
    taken: list[Notice] = field(default_factory=list)

    async def deliver(self, notice: Notice, handing_over: HandingOver) -> None:
        if self.after:
            await handing_over()
            self.taken.append(notice)
        self.entered.set()
        await self.go_on.wait()
        if not self.after:
            await handing_over()
            self.taken.append(notice)


def others() -> Collecting:
    """A channel for telephones."""
    return Collecting(PHONES, name="phones")


async def states(w: World, case_id: UUID, kind: str = "email") -> set[tuple[str, str]]:
    """States and codes of the case's notices to contact points of this kind."""
    return {(one["state"], one["code"]) for one in await rows(w, case_id) if one["contact_kind"] == kind}


async def acts_about(w: World, case_id: UUID) -> list[NoticeBody]:
    """What the case knows of its notices."""
    _, acts = await w.case(case_id)
    return [act.body for act in acts if isinstance(act.body, NoticeBody)]


async def opened(w: World) -> UUID:
    """A case whose opening is to be told."""
    return await w.open("bo", "kim")


async def test_two_relays_send_each_notice_once(w: World) -> None:
    """R33: many relays work at the same moment; each address has one mail and the case one act for it."""
    channel = Collecting(frozenset(ContactKind))
    relays = [relay_of(w, channel) for _ in range(4)]
    case_id = await opened(w)
    for _ in range(3):
        await asyncio.gather(*(one.work() for one in relays))
    addresses = [one.address for one in channel.taken]
    assert len(addresses) == len(set(addresses)) == len(await rows(w, case_id))
    assert len(await acts_about(w, case_id)) == len(addresses)


async def test_a_real_mail_server_takes_the_mails_and_the_case_learns_of_it(w: World) -> None:
    """R23, R25: accepted by the mail server: a signed act rings the case, and the audit has no address."""
    async with mail_server() as server:
        relay = relay_of(w, smtp_channel(server), others())
        case_id = await opened(w)
        await relay.work()
    assert len(server.mails) == 2
    assert await states(w, case_id) == {("accepted", "")}
    events = await w.audit(case_id, "recovery.notice_settled")
    assert {one["data"]["state"] for one in events} == {"accepted"}
    case, _ = await w.case(case_id)
    assert not any(one.value in str(events) for one in case.snapshot.contacts)


@pytest.mark.parametrize("mood", [Mood.DROPPING_AFTER_CONTENT, Mood.SILENT_AFTER_CONTENT])
async def test_no_answer_after_handing_over_is_unknown_and_not_sent_again(w: World, mood: Mood) -> None:
    """R23: the mail may have arrived; it is shown as unknown, and its reader is not told twice."""
    async with mail_server(mood=mood) as server:
        relay = relay_of(w, smtp_channel(server, timeout=0.5), others())
        case_id = await opened(w)
        await relay.work()
        await due(w)
        await relay.work()
        assert len(server.mails) == 2
    assert await states(w, case_id) == {("unknown", "no_answer")}
    assert {one.delivery for one in await acts_about(w, case_id)} == {Delivery.UNKNOWN, Delivery.ACCEPTED}


async def test_a_crash_between_handing_over_and_the_commit_is_unknown(w: World) -> None:
    """R33: the relay dies after the content left: the next one neither sends again nor waits for ever."""
    hanging = Hanging(after=True)
    case_id = await opened(w)
    dying = asyncio.create_task(relay_of(w, hanging, others()).work())
    async with asyncio.timeout(20):
        await hanging.entered.wait()
    dying.cancel()
    await asyncio.gather(dying, return_exceptions=True)
    second = Collecting(MAIL)
    relay = relay_of(w, second, others())
    await due(w)
    await relay.work()
    assert "sending" in {state for state, _ in await states(w, case_id)}
    await w.owner("UPDATE recovery.notices SET sending_at = sending_at - interval '10 min'")
    await relay.work()
    assert ("unknown", "interrupted") in await states(w, case_id)
    assert not {one.id for one in second.taken} & {one.id for one in hanging.taken}


async def test_a_crash_before_handing_over_loses_nothing(w: World) -> None:
    """R23: the relay dies while it connects: nothing has left, so another one sends it."""
    hanging, second = Hanging(after=False), Collecting(MAIL)
    case_id = await opened(w)
    dying = asyncio.create_task(relay_of(w, hanging, others()).work())
    async with asyncio.timeout(20):
        await hanging.entered.wait()
    dying.cancel()
    await asyncio.gather(dying, return_exceptions=True)
    await due(w)
    await relay_of(w, second, others()).work()
    assert len(second.taken) == 2
    assert await states(w, case_id) == {("accepted", "")}


async def test_a_relay_that_was_overtaken_hands_nothing_over(w: World) -> None:
    """R33: a relay that slept past its lease finds the notice taken over and lets go of it."""
    sleeping, second = Hanging(after=False), Collecting(MAIL)
    case_id = await opened(w)
    late = asyncio.create_task(relay_of(w, sleeping, others()).work())
    async with asyncio.timeout(20):
        await sleeping.entered.wait()
    await due(w)
    await relay_of(w, second, others()).work()
    sleeping.go_on.set()
    async with asyncio.timeout(20):
        await late
    assert (len(second.taken), sleeping.taken) == (2, [])
    assert await states(w, case_id) == {("accepted", "")}


async def test_a_channel_that_is_down_for_a_day_loses_nothing(w: World) -> None:
    """R23: refused again and again, ever more seldom; when the channel is back within the day, everybody is told."""
    refusing = Refusing()
    case_id = await opened(w)
    relay = relay_of(w, refusing, others())
    waits = []
    for _ in range(5):
        await relay.work()
        waits.append(
            await w.owner("SELECT max(next_at - clock_timestamp()) FROM recovery.notices WHERE state = 'waiting'")
        )
        await due(w)
    assert waits == sorted(waits)
    assert await states(w, case_id) == {("waiting", "server_busy")}
    assert len([one for one in await acts_about(w, case_id) if one.delivery is not Delivery.ACCEPTED]) == 0
    back = Collecting(MAIL)
    await relay_of(w, back, others()).work()
    assert len(back.taken) == 2
    assert await states(w, case_id) == {("accepted", "")}


async def test_after_a_day_of_refusals_it_has_failed_and_says_so(w: World) -> None:
    """R23, B10: given up after 24 hours: the case and its audit show the failure and its code."""
    refusing = Refusing()
    case_id = await opened(w)
    relay = relay_of(w, refusing, others())
    await relay.work()
    await w.owner("UPDATE recovery.notices SET created_at = created_at - interval '25 hours'")
    await due(w)
    await relay.work()
    assert await states(w, case_id) == {("failed", "server_busy")}
    tried = refusing.tried
    await due(w)
    await relay.work()
    assert refusing.tried == tried
    failed = [one for one in await w.audit(case_id, "recovery.notice_settled") if one["outcome"] == "failure"]
    assert {one["data"]["code"] for one in failed} == {"server_busy"}
    assert Delivery.FAILED in {one.delivery for one in await acts_about(w, case_id)}


async def test_a_contact_point_that_no_channel_serves_has_failed(w: World) -> None:
    """R23: without a channel for telephones their notices fail at once, visibly."""
    case_id = await opened(w)
    await relay_of(w, Collecting(MAIL)).work()
    assert await states(w, case_id, "desk_phone") == {("failed", "no_channel")}
    assert await states(w, case_id) == {("accepted", "")}
    async with w.parts.ledger.unit(w.tenant_id) as unit:
        shown = await notices_of_case(unit, case_id)
    assert {(one.contact_kind, one.state) for one in shown} >= {("desk_phone", NoticeState.FAILED)}


async def test_a_channel_that_hangs_holds_back_no_other(w: World) -> None:
    """R23: while the mail server hangs, telephones are told, and so are the cases that come after."""
    hanging, phones = Hanging(after=False), others()
    relay = relay_of(w, hanging, phones)
    loops = relay.loops()
    await opened(w)
    await relay.expand()
    running = [asyncio.create_task(_forever(one)) for one in loops]

    async def both() -> bool:
        return len({one.reference for one in phones.taken}) >= 2

    try:
        async with asyncio.timeout(waiting.PATIENCE_SECONDS):
            await hanging.entered.wait()
            await w.open("bo", "lee")
            await waiting.until(both)
    finally:
        for one in running:
            one.cancel()
        await asyncio.gather(*running, return_exceptions=True)


async def _forever(work: Any) -> None:
    while True:
        await work()
        await waiting.pause()


async def test_one_bad_row_holds_back_no_other(w: World) -> None:
    """B26: a notice that cannot be read and an order of an unknown occasion are passed over."""
    await opened(w)
    async with as_application(w) as insider:
        await insider.execute(
            "INSERT INTO recovery.notice_orders (case_id, occasion, at) "
            "SELECT id, 'from_the_future', clock_timestamp() - interval '1 day' FROM recovery.cases"
        )
        await insider.execute(_FORGED, "nobody-knows", "kim@evil.example")
    channel = Collecting(frozenset(ContactKind))
    await relay_of(w, channel).work()
    assert channel.taken
    assert "kim@evil.example" not in {one.address for one in channel.taken}


_FORGED = (
    "INSERT INTO recovery.notices (id, tenant_id, case_id, occasion, audience, contact_id, contact_kind, address, "
    "told_at, seal, seal_key) SELECT gen_random_uuid(), tenant_id, id, 'opened', $1, 'c1', 'email', $2, "
    "clock_timestamp(), '\\x00', 'k1-00000000' FROM recovery.cases"
)


async def test_a_notice_written_past_the_relay_is_not_sent(w: World) -> None:
    """R12 of the reserve: with the application's database login alone an insider cannot make us send mail."""
    case_id = await opened(w)
    async with as_application(w) as insider:
        await insider.execute(_FORGED, "on_record", "kim@evil.example")
    channel = Collecting(frozenset(ContactKind))
    await relay_of(w, channel).work()
    assert "kim@evil.example" not in {one.address for one in channel.taken}
    assert ("failed", "not_genuine") in await states(w, case_id)


async def test_an_acceptance_written_past_the_relay_starts_no_cooling_off(w: World) -> None:
    """R25: with the database login alone a notice that never left cannot be made to count."""
    await w.set_policy(
        Policy.model_validate(
            {**CALM.model_dump(), "cooling_off": CoolingOffPolicy(weak_seconds=60, privileged_seconds=60).model_dump()}
        )
    )
    case_id = await opened(w)
    relay = relay_of(w, Refusing(kinds=frozenset(ContactKind)))
    await relay.work()
    async with as_application(w) as insider:
        await insider.execute(
            "UPDATE recovery.notices SET state = 'accepted', settled_at = clock_timestamp(), "
            "next_at = clock_timestamp()"
        )
    await relay.work()
    assert {one.delivery for one in await acts_about(w, case_id)} == {Delivery.UNKNOWN}
    found = cooling_off(await w.parts.ledger.read_file(w.tenant_id, case_id))
    assert (found.code, found.until) == ("officer_decides_cooling_off", None)
    assert {one["outcome"] for one in await w.audit(case_id, "recovery.notice_settled")} == {"denied"}
