"""Notices on their way: orders become one notice an address, channels deliver them, cases learn the result (R23)."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import structlog

from domain.acts import Delivery, NoticeBody
from domain.audit import EventOutcome, EventType
from domain.errors import RecoveryError
from domain.events import by_part
from domain.notices import TO_STAFF, NoticeState, occasion_of
from starter.relay.delivering import hand_over

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from domain.account import ContactKind
    from domain.ports import NewIds, NoticeChannel
    from starter.relay.notice_orders import NoticeOrders
    from starter.relay.notice_texts import NoticeTexts
    from store.ledger import Ledger
    from store.notices import NoticeBook, NoticeRow

_LOG = structlog.get_logger(__name__)
BATCH = 20
LINK_LIFETIME = timedelta(days=90)
"""Longer than any case with its watch; later the link is as good as unknown."""
_DELIVERY = {
    NoticeState.ACCEPTED: (Delivery.ACCEPTED, EventOutcome.SUCCESS),
    NoticeState.FAILED: (Delivery.FAILED, EventOutcome.FAILURE),
    NoticeState.UNKNOWN: (Delivery.UNKNOWN, EventOutcome.PARTIAL),
}


@dataclass(frozen=True, kw_only=True)
class NoticeParts:
    """What the relay of notices works with."""

    ledger: Ledger
    book: NoticeBook
    orders: NoticeOrders
    texts: NoticeTexts
    channels: Sequence[NoticeChannel]
    new_id: NewIds


@dataclass
class _Attempt:
    """One try of a notice, as the store keeps it."""

    book: NoticeBook
    row: NoticeRow
    channel: str
    token_hash: bytes | None
    name: str = "notice"
    field: str = "notice"

    async def begin(self) -> bool:
        return await self.book.begin_sending(
            self.row, self.channel, token_hash=self.token_hash, link_lifetime=LINK_LIFETIME
        )

    async def settle(self, state: NoticeState, code: str) -> None:
        await self.book.settle(self.row, state, code)

    async def try_again(self, code: str) -> None:
        await self.book.try_again(self.row, code)


class NoticeRelay:
    """Many may run at once: rows are leased, and an attempt that was overtaken can neither send nor settle."""

    def __init__(self, parts: NoticeParts) -> None:
        self._parts = parts
        self._book = parts.book
        self._kinds = _served(parts.channels)

    def loops(self) -> list[Callable[[], Awaitable[int]]]:
        """What is to be done every few seconds, each for itself: a channel that hangs delays no other."""
        return [self.expand, self.record, *(lambda name=name: self.deliver_over(name) for name in self._kinds)]

    async def work(self) -> int:
        """Everything once; returns how much there was to do."""
        return await self.expand() + await self.deliver() + await self.record()

    async def expand(self) -> int:
        """Make notices of what is ordered."""
        return await self._parts.orders.expand()

    async def deliver(self) -> int:
        """Try what is due, over all channels side by side."""
        return sum(await asyncio.gather(*(self.deliver_over(name) for name in self._kinds)))

    async def deliver_over(self, name: str) -> int:
        """Try what is due over one channel; returns how many were tried."""
        channel = next(one for one in self._parts.channels if one.name == name)
        rows = await self._book.claim(self._kinds[name], BATCH)
        await asyncio.gather(*(self._deliver_one(channel, row) for row in rows))
        return len(rows)

    async def record(self) -> int:
        """Settle what was left behind, and tell the cases what became of their notices."""
        await self._book.settle_lost([kind for kinds in self._kinds.values() for kind in kinds])
        rows = await self._book.settled(BATCH)
        for row in rows:
            try:
                await self._record_one(row)
            except Exception:  # noqa: BLE001 - whatever it is
                # One case that cannot be read must not hold back the others' results; it is tried again.
                _LOG.exception("notice_not_recorded", notice=str(row.id))
        return len(rows)

    async def _deliver_one(self, channel: NoticeChannel, row: NoticeRow) -> None:
        try:
            if not row.genuine:
                # Written past the relay: it goes nowhere, and the case shows it.
                await self._book.settle(row, NoticeState.FAILED, "not_genuine")
                return
            await self._attempt(channel, row)
        except Exception as error:  # noqa: BLE001 - whatever it is
            # What the store did not take is left to the lease, or to be settled as unknown. No trace: it could hold
            # an address.
            _LOG.warning("notice_not_settled", notice=str(row.id), kind=type(error).__name__)

    async def _attempt(self, channel: NoticeChannel, row: NoticeRow) -> None:
        try:
            notice, token_hash = await self._parts.texts.compose(row)
        except (RecoveryError, ValueError):
            await self._book.try_again(row, "not_written")
            return
        await hand_over(_Attempt(self._book, row, channel.name, token_hash), notice, channel)

    async def _record_one(self, row: NoticeRow) -> None:
        delivery, outcome = _DELIVERY[row.state]
        code = row.code
        if row.state is NoticeState.ACCEPTED and not row.genuine:
            delivery, outcome, code = Delivery.UNKNOWN, EventOutcome.DENIED, "not_genuine"
        async with self._parts.ledger.page(row.tenant_id, row.case_id) as page:
            if not await self._book.recorded(page.unit, row):
                return
            contact = row.recipient.contact_id
            if occasion_of(row.occasion) not in TO_STAFF:
                body = NoticeBody(notice_id=row.id, occasion=row.occasion, contact_id=contact, delivery=delivery)
                # The outbox rings the workflow: the cooling-off may begin now (R25).
                await page.add_act(act_id=self._parts.new_id(), actor=None, body=body)
            page.audit(
                by_part(
                    "relay", EventType.NOTICE_SETTLED, outcome, subject_id=page.case.subject_id, case_id=row.case_id,
                    notice=str(row.id), occasion=row.occasion, contact=contact, kind=row.recipient.kind.value,
                    state=delivery.value, code=code, channel=row.channel or "none",
                )
            )  # fmt: skip


def _served(channels: Sequence[NoticeChannel]) -> dict[str, list[ContactKind]]:
    """Which kinds each channel serves: the first one named that can."""
    served: dict[str, list[ContactKind]] = {}
    taken: set[ContactKind] = set()
    for one in channels:
        served[one.name] = sorted(one.kinds - taken)
        taken |= one.kinds
    return served
