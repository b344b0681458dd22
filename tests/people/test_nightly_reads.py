"""Our own nightly reads give ages where the provider has none, and never a wrong one (R16, R22)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from unittest import mock
from uuid import uuid4

import pytest
import pytest_asyncio

from domain.account import Account, Contact, ContactKind
from domain.people import Role
from domain.policy.document import VerificationPolicy
from starter.relay import nightly
from starter.relay.nightly import NightlyReads
from store.nightly import take_round
from store.sightings import look_alikes, with_sightings
from store.statements import SQL
from tests.attacks.support import as_application
from tests.people.provider import Provider
from tests.recovery.conftest import MakeWorld
from tests.support.database import pool_of
from tests.support.world import CALM, World

DAY = timedelta(days=1)
NUMBER = Contact(id="c-1", kind=ContactKind.DESK_PHONE, value="+49 30 1234567", bound_since=None)
OTHER = Contact(id="c-2", kind=ContactKind.MOBILE, value="+49 170 7654321", bound_since=None)


@dataclass
class Nights:
    """A world without a worker, a provider of a few people, and the reads between them."""

    w: World
    provider: Provider
    reads: NightlyReads

    async def night(self, after: timedelta = DAY) -> int:
        """Let this much time pass and the relay look."""
        await self.w.forward(after)
        return await self.read()

    async def read(self) -> int:
        """The relay looks."""
        async with asyncio.timeout(20):
            return await self.reads.read()

    async def aged(self, account: Account) -> Account:
        """The account as a door would snapshot it."""
        async with self.w.parts.ledger.unit(self.w.tenant_id) as unit:
            return await with_sightings(unit, account)

    async def seen(self, account_id: str) -> list[datetime | None]:
        """Since when the reads have seen each contact of this account."""
        return [one.seen_since for one in (await self.aged(self.provider.people[account_id])).contacts]

    async def age(self, account_id: str) -> timedelta | None:
        """How long the account's first contact has been seen, to the day."""
        since = (await self.seen(account_id))[0]
        now = await pool_of(self.w.parts.ledger).fetchval(SQL["tenant_now"], self.w.tenant_id)
        return timedelta(days=round((now - since) / DAY)) if since else None

    async def events(self) -> list[dict[str, int]]:
        """What the audit was told about too few approvers."""
        rows = await pool_of(self.w.parts.ledger).fetch(
            "SELECT text::jsonb -> 'data' AS data FROM recovery.audit_events "
            "WHERE type = 'recovery.few_eligible_approvers' ORDER BY seq"
        )
        return [row["data"] for row in rows]


@pytest_asyncio.fixture(loop_scope="session")
async def nights(make_world: MakeWorld) -> AsyncIterator[Nights]:
    """Kim with one number whose age the provider does not know."""
    async with make_world(start_worker=False) as w:
        provider = Provider()
        provider.put("kim", contacts=(NUMBER,), manager_since=None)
        yield Nights(w, provider, NightlyReads(w.parts.ledger, provider, uuid4))


async def test_what_is_seen_every_night_grows_old(nights: Nights) -> None:
    """R16: seen unchanged for fourteen nights is fourteen days old, the manager too; a first look has no age yet."""
    assert await nights.seen("kim") == [None]
    await nights.read()
    for _ in range(14):
        await nights.night()
    assert await nights.age("kim") == 14 * DAY
    aged = await nights.aged(nights.provider.people["kim"])
    assert aged.manager_since == aged.contacts[0].seen_since
    assert aged.contacts[0].known_since == aged.contacts[0].seen_since


async def test_another_number_is_new(nights: Nights) -> None:
    """R16 B11: only what was seen is old: a number exchanged under the same id has no age."""
    await nights.read()
    await nights.night(14 * DAY)
    nights.provider.put("kim", contacts=(NUMBER.model_copy(update={"value": "+49 30 999"}),))
    assert await nights.seen("kim") == [None]
    await nights.night()
    assert await nights.age("kim") == timedelta(0)


async def test_what_was_away_one_night_starts_anew(nights: Nights) -> None:
    """R16: unchanged means seen at every read."""
    await nights.read()
    await nights.night()
    nights.provider.put("kim", contacts=(OTHER,))
    await nights.night()
    nights.provider.put("kim", contacts=(NUMBER, OTHER))
    await nights.night()
    assert await nights.age("kim") == timedelta(0)


async def test_an_account_that_was_away_starts_anew(nights: Nights) -> None:
    """R16: an account that no read showed for a night is not known from before."""
    nights.provider.put("lee", contacts=(OTHER,))
    await nights.read()
    gone = nights.provider.people.pop("lee")
    await nights.night()
    nights.provider.people["lee"] = gone
    assert await nights.seen("lee") == [None]
    await nights.night()
    assert await nights.age("lee") == timedelta(0)
    assert await nights.age("kim") == 2 * DAY


async def test_three_days_without_a_read_are_bridged_and_more_are_not(nights: Nights) -> None:
    """R16: a gap of three days does not make everything new; a longer one does, and before the next read already."""
    await nights.read()
    await nights.night(3 * DAY - timedelta(hours=1))
    assert await nights.age("kim") == 3 * DAY
    await nights.w.forward(3 * DAY + timedelta(hours=1))
    assert await nights.seen("kim") == [None]
    await nights.read()
    assert await nights.age("kim") == timedelta(0)


async def test_once_a_day(nights: Nights) -> None:
    """R16: the due time stands in the store: another relay, or the same after a restart, reads nothing again."""
    assert await nights.read() == 1
    again = NightlyReads(nights.w.parts.ledger, nights.provider, uuid4)
    assert await again.read() == 0
    assert await nights.night(timedelta(hours=23)) == 0
    assert await nights.night(timedelta(hours=2)) == 1


async def test_two_relays_read_each_account_once(nights: Nights) -> None:
    """R16: two relays at the same moment: one holds the lease, the other leaves it."""
    other = NightlyReads(nights.w.parts.ledger, nights.provider, uuid4)
    assert sorted(await asyncio.gather(nights.read(), other.read())) == [0, 1]
    assert nights.provider.asked == [None]


async def test_a_reader_who_lost_the_lease_records_nothing(nights: Nights) -> None:
    """R16: a relay that was asleep past the lease finds that another has gone on."""
    other = NightlyReads(nights.w.parts.ledger, nights.provider, uuid4)
    taken = await take_round(nights.w.parts.ledger, nights.w.tenant_id, uuid4(), nightly.TIMING)
    assert taken is not None
    assert await other.read() == 0
    await nights.w.forward(timedelta(minutes=6))
    assert await other.read() == 1
    assert await nights.reads._pages(taken) == 0


async def test_a_read_that_failed_half_way_goes_on_there(nights: Nights) -> None:
    """R16: after an outage the round continues with the next page; nothing is forgotten, nobody is read twice."""
    for name in ("ann", "ben", "cid", "dan"):
        nights.provider.put(name, contacts=(OTHER,))
    with mock.patch.object(nightly, "PAGE", 2):
        await nights.read()
        nights.provider.asked.clear()

        def fails(after: str | None) -> None:
            nights.provider.away = after == "ben"

        nights.provider.on_some = fails
        await nights.night()
        assert nights.provider.asked == [None, "ben"]
        nights.provider.away, nights.provider.on_some = False, lambda _: None
        assert await nights.read() == 0, "it rests for some minutes"
        assert await nights.night(timedelta(minutes=6)) == 3
        assert nights.provider.asked == [None, "ben", "ben", "dan"]
    assert [await nights.age(name) for name in ("ann", "dan", "kim")] == [DAY, DAY, DAY]


async def test_pages_are_spread(nights: Nights) -> None:
    """R16: a large tenant is read some pages at a time, and the rest at the next look."""
    for name in ("ann", "ben", "cid", "dan"):
        nights.provider.put(name)
    with mock.patch.object(nightly, "PAGE", 1), mock.patch.object(nightly, "PAGES", 2):
        assert [await nights.read() for _ in range(4)] == [2, 2, 1, 0]


async def test_an_outage_makes_nothing_new_and_nothing_old(nights: Nights) -> None:
    """R16: while the provider answers nothing no age is lost, and none is gained past three days."""
    await nights.read()
    await nights.night()
    nights.provider.away = True
    await nights.night()
    assert await nights.age("kim") == 2 * DAY
    await nights.night(3 * DAY)
    assert await nights.seen("kim") == [None]


async def test_a_provider_that_shows_nobody_makes_nobody_new(nights: Nights) -> None:
    """R16: an answer without most of the people is an outage that does not say so."""
    for name in ("ann", "ben", "cid"):
        nights.provider.put(name)
    await nights.read()
    everybody, nights.provider.people = nights.provider.people, {}
    await nights.night()
    nights.provider.people = everybody
    await nights.night()
    assert await nights.age("kim") == 2 * DAY


async def test_what_such_a_read_did_show_counts(nights: Nights) -> None:
    """R16: a number that was away from an account which was shown starts anew, whichever others were left out."""
    for name in ("ann", "ben", "cid"):
        nights.provider.put(name)
    await nights.read()
    everybody = dict(nights.provider.people)
    nights.provider.people = {}
    nights.provider.put("kim", contacts=(OTHER,))
    await nights.night()
    nights.provider.people = everybody
    await nights.night()
    assert await nights.age("kim") == timedelta(0)


async def test_one_tenants_fault_does_not_stop_another(nights: Nights) -> None:
    """R16: every tenant has its own round."""
    other = uuid4()
    await nights.w.owner("INSERT INTO recovery.tenants (id, slug, name) VALUES ($1, 'a-first', 'A')", other)
    looked: list[object] = []

    class Failing(Provider):
        async def some(self, tenant_id: object, *, after: str | None, limit: int) -> list[Account]:
            looked.append(tenant_id)
            if tenant_id == other:
                raise RuntimeError
            return await super().some(nights.w.tenant_id, after=after, limit=limit)

    reads = NightlyReads(nights.w.parts.ledger, Failing(people=nights.provider.people), uuid4)
    assert await reads.read() == 1
    assert looked == [other, nights.w.tenant_id]


async def test_a_clock_that_stepped_back_stops_no_reads(nights: Nights) -> None:
    """R16: a due time from a clock that was far ahead is not waited for."""
    await nights.w.forward(400 * DAY)
    await nights.read()
    await nights.w.forward(-400 * DAY)
    assert await nights.read() == 1


async def test_no_value_is_kept(nights: Nights) -> None:
    """R44: sightings and skeletons hold digests and ids of accounts, never a number, address or name."""
    await nights.read()
    kept = await nights.w.owner(
        "SELECT string_agg(s::text, ' ') || (SELECT string_agg(k::text, ' ') FROM recovery.skeletons k) "
        "FROM recovery.sightings s"
    )
    assert "1234567" not in kept
    assert "Kim" not in kept
    assert b"1234567".hex() not in kept


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE recovery.sightings SET first_seen_at = first_seen_at - interval '1 year'",
        "UPDATE recovery.sightings SET first_seen_at = first_seen_at - interval '1 year', signature = NULL",
        """INSERT INTO recovery.sightings SELECT tenant_id, account_id, what, sha256('x'), first_seen_at, last_seen_at,
            signature, key_id FROM recovery.sightings WHERE what = 'manager'""",
    ],
)
async def test_an_age_written_past_the_reads_is_none(nights: Nights, statement: str) -> None:
    """R16: an insider with the database login and no key makes no number a day older."""
    await nights.read()
    before = await nights.seen("kim")
    async with as_application(nights.w) as connection:
        await connection.execute(statement)
    now = await nights.seen("kim")
    assert now in ([None], before)
    assert now == [None] or "INSERT" in statement


async def test_accounts_that_look_alike_are_found(nights: Nights) -> None:
    """R8 R04: another person's account with the same skeleton; the own second login is none, nor one that is gone."""
    kim = nights.provider.put("kim", login="kim.reyes", display_name="Kim Reyes")
    nights.provider.put("kim2", login="k\u0456m.reyes", display_name="Somebody")
    nights.provider.put("kim3", login="other", display_name="\u039aim  Reyes")
    nights.provider.put("kim4", login="kim.reyes", display_name="Kim Reyes", person_id="person-kim")
    nights.provider.put("lee", login="lee", display_name="Lee")

    async def found() -> set[str]:
        async with nights.w.parts.ledger.unit(nights.w.tenant_id) as unit:
            return set(await look_alikes(unit, kim))

    await nights.read()
    assert await found() == {"kim2", "kim3"}
    nights.provider.put("kim2", login="renamed", display_name="Somebody")
    nights.provider.people.pop("kim3")
    await nights.night()
    assert await found() == set()


async def test_too_few_approvers_are_warned_of_once_a_day(nights: Nights) -> None:
    """R22: active approvers whose role is old enough are counted each night, and fewer than enough are told."""
    for key in ("bo", "cleo", "dev"):
        nights.provider.put(nights.w.accounts[key])
    await nights.read()
    assert await nights.events() == []
    assert not await nights.w.owner(SQL["approvers_are_few"])
    await nights.w.give_roles("dev", Role.APPROVER, founding=False, since=datetime.now().astimezone())
    await nights.night()
    assert await nights.events() == [{"eligible": 2, "wanted": 3}]
    assert await nights.w.owner(SQL["approvers_are_few"])
    await nights.read()
    assert len(await nights.events()) == 1
    nights.provider.put(nights.w.accounts["cleo"], status="disabled")
    await nights.night()
    assert (await nights.events())[-1] == {"eligible": 1, "wanted": 3}
    await nights.w.set_policy(CALM.model_copy(update={"verification": VerificationPolicy(enough_approvers=2)}))
    nights.provider.put(nights.w.accounts["cleo"])
    await nights.night()
    assert len(await nights.events()) == 2
    assert not await nights.w.owner(SQL["approvers_are_few"])
