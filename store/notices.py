"""Notices as rows, sealed so that a database login alone sends no notice and starts no cooling-off (R23, R25)."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from domain.account import ContactKind
from domain.acts import canonical
from domain.notices import Audience, NoticeState, Recipient
from store.statements import SQL

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from store.ledger import Ledger
    from store.statements import Row
    from store.unit import Unit

LEASE = timedelta(minutes=2)
"""A relay that has claimed a notice has this long before another one may."""
LOST_AFTER = timedelta(minutes=5)
"""A notice that has been `sending` for so long was left behind by a relay that died."""
GIVE_UP = timedelta(hours=24)
MOST_KEPT = 500


@dataclass(frozen=True, kw_only=True)
class NoticeOrder:
    """What is to be told; `occasion` is the order's whole name, `attempts` counts this one."""

    tenant_id: UUID
    case_id: UUID
    occasion: str
    data: dict[str, object]
    at: datetime
    attempts: int


@dataclass(frozen=True, kw_only=True)
class NoticeRow:
    """One claimed or settled notice; `genuine` says that its seals hold."""

    id: UUID
    tenant_id: UUID
    case_id: UUID
    occasion: str
    recipient: Recipient
    about: dict[str, object] = field(default_factory=dict)
    told_at: datetime
    state: NoticeState
    code: str
    channel: str | None
    attempts: int
    tenant: str = ""
    genuine: bool


class NoticeBook:
    """The notices of all tenants. Every change is one statement, fenced by the attempt that makes it."""

    def __init__(self, ledger: Ledger) -> None:
        self._pool = ledger._pool
        self._signer = ledger._act_signer

    async def claim_orders(self, limit: int) -> list[NoticeOrder]:
        """Orders that no relay is working on."""
        rows = await self._pool.fetch(SQL["notice_orders_claim"], limit)
        return [NoticeOrder(**dict(row)) for row in rows]

    async def put(self, unit: Unit, notice_id: UUID, order: NoticeOrder, recipient: Recipient) -> None:
        """Write one notice of an order; an address that this occasion has already stays as it is."""
        key_id, seal = self._signer.sign_act(_told(notice_id, order.case_id, order.occasion, order.data, recipient))
        await unit._connection.execute(
            SQL["notice_insert"], notice_id, order.tenant_id, order.case_id, order.occasion, recipient.audience.value,
            recipient.contact_id, recipient.kind.value, recipient.address, order.data, order.at, seal, key_id,
        )  # fmt: skip

    async def expanded(self, unit: Unit, order: NoticeOrder) -> None:
        """Every notice of this order is written."""
        await unit._connection.execute(SQL["notice_order_expanded"], order.case_id, order.occasion)

    async def claim(self, kinds: Sequence[ContactKind], limit: int) -> list[NoticeRow]:
        """Notices that are due to contact points of these kinds, leased for two minutes."""
        rows = await self._pool.fetch(SQL["notices_claim"], [kind.value for kind in kinds], limit, LEASE)
        return self._readable(rows)

    async def begin_sending(
        self, row: NoticeRow, channel: str, *, token_hash: bytes | None, link_lifetime: timedelta
    ) -> bool:
        """Commit that this attempt hands the notice over, with this stop link; False where another has taken over."""
        async with self._pool.acquire() as connection, connection.transaction():
            if await connection.fetchval(SQL["notice_sending"], row.id, row.attempts, channel) is None:
                return False
            if token_hash is not None:
                await connection.execute(SQL["stop_link_insert"], token_hash, row.id, link_lifetime)
            return True

    async def settle(self, row: NoticeRow, state: NoticeState, code: str) -> None:
        """Write what became of it, unless that has been decided meanwhile."""
        seal: tuple[str | None, bytes | None] = (None, None)
        if state is NoticeState.ACCEPTED:
            seal = self._signer.sign_act(_accepted(row.id))
        await self._pool.execute(SQL["notice_settle"], row.id, row.attempts, state.value, code, seal[1], seal[0])

    async def try_again(self, row: NoticeRow, code: str) -> None:
        """Not taken: wait longer each time, and give up after a day."""
        await self._pool.execute(SQL["notice_again"], row.id, row.attempts, code, GIVE_UP)

    async def settle_lost(self, served: Sequence[ContactKind]) -> None:
        """What a dead relay left in the middle becomes `unknown`; what no channel serves has failed."""
        await self._pool.execute(SQL["notices_lost"], LOST_AFTER)
        await self._pool.execute(SQL["notices_unserved"], [kind.value for kind in served])

    async def settled(self, limit: int) -> list[NoticeRow]:
        """Notices whose result their case does not know yet."""
        return self._readable(await self._pool.fetch(SQL["notices_to_record"], limit))

    async def recorded(self, unit: Unit, row: NoticeRow) -> bool:
        """The case learns within this unit what became of the notice; False where it did before."""
        return await unit._connection.fetchval(SQL["notice_recorded"], row.id) is not None

    async def keep(self, notice_id: UUID, *, subject: str, text: str, contact: str) -> None:
        """Keep what the development channel accepted; the oldest make room."""
        await self._pool.execute(SQL["kept_notice_insert"], notice_id, subject, text, contact)
        await self._pool.execute(SQL["kept_notices_purge"], MOST_KEPT)

    def _readable(self, rows: Sequence[Row]) -> list[NoticeRow]:
        found = []
        for row in rows:
            # What another release or a stranger wrote must not hold back the others.
            with suppress(ValueError):
                found.append(self._row(row))
        return found

    def _row(self, row: Row) -> NoticeRow:
        recipient = Recipient(
            contact_id=row["contact_id"],
            kind=ContactKind(row["contact_kind"]),
            address=row["address"],
            audience=Audience(row["audience"]),
        )
        state = NoticeState(row["state"])
        told = _told(row["id"], row["case_id"], row["occasion"], row["about"], recipient)
        genuine = self._signer.verify_act(row["seal_key"], told, bytes(row["seal"]))
        if state is NoticeState.ACCEPTED:
            genuine = (
                genuine
                and row["result_seal"] is not None
                and self._signer.verify_act(row["result_key"] or "", _accepted(row["id"]), bytes(row["result_seal"]))
            )
        return NoticeRow(
            id=row["id"], tenant_id=row["tenant_id"], case_id=row["case_id"], occasion=row["occasion"],
            recipient=recipient, about=row["about"], told_at=row["told_at"], state=state, code=row["code"],
            channel=row["channel"], attempts=row["attempts"], tenant=row.get("tenant_name", ""), genuine=genuine,
        )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class NoticeStanding:
    """One notice as a case shows it: how it stands, and to which contact point by its id, never the address (R23)."""

    id: UUID
    occasion: str
    audience: str
    contact_id: str
    contact_kind: str
    state: NoticeState
    code: str
    channel: str | None
    attempts: int
    told_at: datetime
    settled_at: datetime | None
    objected_at: datetime | None


async def notices_of_case(unit: Unit, case_id: UUID) -> list[NoticeStanding]:
    """The case's notices, oldest first; those not sent and those of unknown fate among them (R23)."""
    rows = await unit._connection.fetch(SQL["notices_of_case"], case_id, unit.tenant_id)
    return [NoticeStanding(**{**dict(row), "state": NoticeState(row["state"])}) for row in rows]


def _told(notice_id: UUID, case_id: UUID, occasion: str, about: dict[str, object], to: Recipient) -> bytes:
    content = {
        "id": str(notice_id), "case": str(case_id), "occasion": occasion, "about": about,
        "contact": to.contact_id, "kind": to.kind.value, "address": to.address, "audience": to.audience.value,
    }  # fmt: skip
    return b"mfa-recovery notice v1\n" + canonical(content)


def _accepted(notice_id: UUID) -> bytes:
    return b"mfa-recovery notice accepted v1\n" + notice_id.bytes
