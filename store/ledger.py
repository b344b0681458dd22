"""One transaction over the store: lock, read, decide, write, and the audit events last (architecture, step 1)."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from postgres.pool import open_pool
from store.audit.append import append
from store.audit.keeper import HeadKeeper
from store.case_files import case_file, case_files
from store.members import member_of_account
from store.page import Page, lock_case
from store.statements import SQL
from store.unit import Unit

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from pathlib import Path
    from uuid import UUID

    import asyncpg

    from domain.audit import AuditEvent
    from domain.case_file import CaseFile
    from domain.people import Member
    from domain.ports import ActSigner
    from store.audit.signing import Signer, Verifier


class Ledger:
    """The store of one product; every change to a case goes through a `Unit` of it."""

    def __init__(self, pool: asyncpg.Pool, *, act_signer: ActSigner, audit_signer: Signer) -> None:
        self._pool = pool
        self._act_signer = act_signer
        self._audit_signer = audit_signer

    @asynccontextmanager
    async def unit(self, tenant_id: UUID) -> AsyncIterator[Unit]:
        """A transaction that appends the unit's audit events as its last act, or leaves no trace at all."""
        async with self._pool.acquire() as connection, connection.transaction():
            unit = Unit(connection, tenant_id, self._act_signer)
            yield unit
            await append(connection, tenant_id, unit.events, self._audit_signer)

    @asynccontextmanager
    async def page(self, tenant_id: UUID, case_id: UUID, *, reader: str | None = None) -> AsyncIterator[Page]:
        """A unit that holds the lock of one case; `reader` as for `lock_case`. Raises `CaseNotFound`."""
        async with self.unit(tenant_id) as unit:
            yield await lock_case(unit, case_id, reader=reader)

    async def read_file(self, tenant_id: UUID, case_id: UUID, *, reader: str | None = None) -> CaseFile:
        """The case as it is now, without a lock; `reader` is the person id of who looks. Raises `CaseNotFound`."""
        readers = [reader] if reader else []
        async with self._pool.acquire() as connection:
            return (await case_file(connection, self._act_signer, tenant_id, case_id, readers=readers)).file

    async def read_files(
        self, tenant_id: UUID, case_ids: Sequence[UUID], *, reader: str | None = None
    ) -> list[CaseFile]:
        """Many cases at one instant, in the order asked for; what is not the tenant's is left out."""
        if not case_ids:
            return []
        readers = [reader] if reader else []
        async with self._pool.acquire() as connection:
            found = await case_files(connection, self._act_signer, tenant_id, case_ids, readers=readers)
        return [found[one].file for one in case_ids if one in found]

    async def member_of_account(self, tenant_id: UUID, account_id: str) -> Member | None:
        """This login's roles at this moment, or None where no signed row gives any."""
        async with self._pool.acquire() as connection:
            return await member_of_account(connection, self._act_signer, tenant_id, account_id)

    def head_keeper(self, path: Path, *, verifier: Verifier) -> HeadKeeper:
        """What carries signed chain heads out of the database, into the file at `path` (R42)."""
        return HeadKeeper(self._pool, path, signer=self._audit_signer, verifier=verifier)

    async def answers(self) -> bool:
        """Whether the database answers; raises what the driver raises where it does not."""
        return bool(await self._pool.fetchval("SELECT true"))

    async def approvers_are_few(self) -> bool:
        """Whether some tenant had fewer eligible approvers than its policy wants, when last counted (R22)."""
        return bool(await self._pool.fetchval(SQL["approvers_are_few"]))

    async def purge(self) -> None:
        """Forget the answers of POST requests that are older than a week."""
        await self._pool.execute(SQL["idempotency_purge"])

    async def audit(self, tenant_id: UUID, *events: AuditEvent) -> None:
        """Append events that belong to no other change."""
        async with self.unit(tenant_id) as unit:
            unit.audit(*events)


@asynccontextmanager
async def open_ledger(
    url: str, *, application: str, act_signer: ActSigner, audit_signer: Signer
) -> AsyncIterator[Ledger]:
    """The store behind this login, until the block ends. Raises `DatabaseUnreachable`."""
    pool = await open_pool(url, application=application)
    try:
        yield Ledger(pool, act_signer=act_signer, audit_signer=audit_signer)
    finally:
        await pool.close()
