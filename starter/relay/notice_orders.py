"""From what is to be told to whom: every address that an occasion concerns gets one notice (R23, B10, B11)."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import structlog

from domain.acts import Delivery, NoticeBody
from domain.audit import EventOutcome, EventType
from domain.errors import RecoveryError, SubjectGone
from domain.events import by_part
from domain.notices import STAFF, TO_STAFF, Audience, Known, Recipient, emails_of, occasion_of, recipients_of
from domain.people import Role

if TYPE_CHECKING:
    from collections.abc import Iterable

    from domain.account import Account
    from domain.ports import Accounts, NewIds
    from store.ledger import Ledger
    from store.notices import NoticeBook, NoticeOrder
    from store.page import Page

_LOG = structlog.get_logger(__name__)
BATCH = 20
NOBODY = "none"
"""The contact id of a notice that has no recipient."""


class NoticeOrders:
    """Makes notices of orders. Where the provider does not answer, those known from the case go out meanwhile."""

    def __init__(self, ledger: Ledger, book: NoticeBook, accounts: Accounts, new_id: NewIds) -> None:
        self._ledger = ledger
        self._book = book
        self._accounts = accounts
        self._new_id = new_id

    async def expand(self) -> int:
        """Returns how many orders were worked on."""
        orders = await self._book.claim_orders(BATCH)
        for order in orders:
            try:
                await self._expand_one(order)
            except Exception as error:  # noqa: BLE001 - whatever it is
                # One order that cannot be read must not hold back the others. No trace: it could hold an address.
                _LOG.warning(
                    "notices_not_made", case=str(order.case_id), occasion=order.occasion, kind=type(error).__name__
                )
        return len(orders)

    async def _expand_one(self, order: NoticeOrder) -> None:
        to_staff = occasion_of(order.occasion) in TO_STAFF
        reader = _Reader(self._accounts)
        recipients = await (self._staff(order, reader) if to_staff else self._concerned(order, reader))
        async with self._ledger.page(order.tenant_id, order.case_id) as page:
            for one in recipients:
                await self._book.put(page.unit, self._new_id(), order, one)
            if reader.complete:
                await self._book.expanded(page.unit, order)
                if not recipients:
                    await self._nobody(page, order, to_staff=to_staff)

    async def _concerned(self, order: NoticeOrder, reader: _Reader) -> list[Recipient]:
        case = (await self._ledger.read_file(order.tenant_id, order.case_id)).case
        present = await reader.read(case.subject_id)
        now_manager = present.manager_id if present else None
        known = Known(
            snapshot=case.snapshot,
            present=present,
            manager=await reader.read(case.snapshot.manager_id),
            new_manager=await reader.read(now_manager) if now_manager != case.snapshot.manager_id else None,
        )
        quarantine = timedelta(days=case.policy.cooling_off.quarantine_days)
        return recipients_of(known, now=order.at, quarantine=quarantine)

    async def _staff(self, order: NoticeOrder, reader: _Reader) -> list[Recipient]:
        """Those the order names, or every security officer; never the subject (R6)."""
        case = (await self._ledger.read_file(order.tenant_id, order.case_id)).case
        named = order.data.get("to")
        async with self._ledger.unit(order.tenant_id) as unit:
            officers = await unit.with_role(Role.SECURITY) if named is None else {}
        wanted: Iterable[object] = named if isinstance(named, list) else [one.account_id for one in officers.values()]
        found: list[Recipient] = []
        for account_id in wanted:
            account = await reader.read(str(account_id))
            if account is not None and account.person_id != case.subject_person_id:
                found += emails_of(account, f"{STAFF}:{account.id}", Audience.STAFF)
        return found

    async def _nobody(self, page: Page, order: NoticeOrder, *, to_staff: bool) -> None:
        """A notice without a recipient is a failure that the case shows (R23)."""
        if not to_staff:
            failed = Delivery.FAILED
            await page.record(
                NoticeBody(notice_id=self._new_id(), occasion=order.occasion, contact_id=NOBODY, delivery=failed)
            )
        page.audit(
            by_part(
                "relay",
                EventType.NOTICE_SETTLED,
                EventOutcome.FAILURE,
                subject_id=page.case.subject_id,
                case_id=order.case_id,
                occasion=order.occasion,
                contact=NOBODY,
                code="no_recipient",
            )
        )


class _Reader:
    """Reads accounts; one that is gone has no recipient, one that cannot be read now makes the rest wait."""

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts
        self.complete = True

    async def read(self, account_id: str | None) -> Account | None:
        if account_id is None:
            return None
        try:
            return await self._accounts.read(account_id)
        except SubjectGone:
            return None
        except (RecoveryError, OSError) as error:
            _LOG.info("account_not_read_for_notices", kind=type(error).__name__)
            self.complete = False
            return None
