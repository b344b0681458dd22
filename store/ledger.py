"""One transaction over the store: lock, read, decide, write, and the audit events last (architecture, step 1)."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from domain.errors import CaseNotFound
from domain.policy.genuine import believed
from store.acts import acts_of
from store.audit.append import append
from store.cases import case_from_row
from store.members import member_of_account
from store.page import Page, lock_case
from store.statements import SQL
from store.unit import Unit

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from uuid import UUID

    import asyncpg

    from domain.acts import Act
    from domain.audit import AuditEvent
    from domain.case import Case
    from domain.people import Member
    from domain.ports import ActSigner
    from store.audit.signing import Signer


class Ledger:
    """The store of one product; every change to a case goes through a `Unit` of it."""

    def __init__(self, pool: asyncpg.Pool, *, act_signer: ActSigner, audit_signer: Signer) -> None:
        self.pool = pool
        self._act_signer = act_signer
        self._audit_signer = audit_signer

    @asynccontextmanager
    async def unit(self, tenant_id: UUID) -> AsyncIterator[Unit]:
        """A transaction that appends the unit's audit events as its last act, or leaves no trace at all."""
        async with self.pool.acquire() as connection, connection.transaction():
            unit = Unit(connection, tenant_id, self._act_signer)
            yield unit
            await append(connection, tenant_id, unit.events, self._audit_signer)

    @asynccontextmanager
    async def page(self, tenant_id: UUID, case_id: UUID) -> AsyncIterator[Page]:
        """A unit that holds the lock of one case. Raises `CaseNotFound`."""
        async with self.unit(tenant_id) as unit:
            yield await lock_case(unit, case_id)

    async def read_case(self, tenant_id: UUID, case_id: UUID) -> tuple[Case, list[Act]]:
        """A case and its acts as they are now, without a lock. Raises `CaseNotFound`."""
        async with self.pool.acquire() as connection:
            row = await connection.fetchrow(SQL["case_read"], case_id, tenant_id)
            if row is None:
                raise CaseNotFound
            acts, _ = await acts_of(connection, case_id, self._act_signer)
            return believed(case_from_row(row), acts), acts

    async def member_of_account(self, tenant_id: UUID, account_id: str) -> Member | None:
        """This login's roles at this moment, or None where nobody has signed any."""
        async with self.pool.acquire() as connection:
            return await member_of_account(connection, self._act_signer, tenant_id, account_id)

    async def purge(self) -> None:
        """Forget the answers of POST requests that are older than a week."""
        await self.pool.execute(SQL["idempotency_purge"])

    async def audit(self, tenant_id: UUID, *events: AuditEvent) -> None:
        """Append events that belong to no other change."""
        async with self.unit(tenant_id) as unit:
            unit.audit(*events)
