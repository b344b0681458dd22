"""One transaction over the store: lock, read, decide, write, and the audit events last (architecture, step 1)."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import asyncpg

from domain.acts import Act, signed_text
from domain.errors import CaseNotFound
from domain.people import Member, Role
from domain.policy.document import Policy
from domain.policy.genuine import believed
from store.audit.append import append
from store.cases import case_from_row, new_case_values
from store.errors import AlreadyTaken
from store.page import Page
from store.statements import SQL

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable
    from datetime import datetime
    from uuid import UUID

    from domain.audit import AuditEvent
    from domain.case import Case
    from domain.ports import ActSigner
    from store.audit.signing import Signer
    from store.audit.statements import Connection


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
            yield await unit.lock(case_id)

    async def read_case(self, tenant_id: UUID, case_id: UUID) -> tuple[Case, list[Act]]:
        """A case and its acts as they are now, without a lock. Raises `CaseNotFound`."""
        async with self.pool.acquire() as connection:
            row = await connection.fetchrow(SQL["case_read"], case_id, tenant_id)
            if row is None:
                raise CaseNotFound
            acts, _ = await _acts(connection, case_id, self._act_signer)
            return believed(case_from_row(row), acts), acts

    async def purge(self) -> None:
        """Forget the answers of POST requests that are older than a week."""
        await self.pool.execute(SQL["idempotency_purge"])

    async def audit(self, tenant_id: UUID, *events: AuditEvent) -> None:
        """Append events that belong to no other change."""
        async with self.unit(tenant_id) as unit:
            unit.audit(*events)


class Unit:
    """What can be done within one transaction."""

    def __init__(self, connection: Connection, tenant_id: UUID, act_signer: ActSigner) -> None:
        self.connection = connection
        self.tenant_id = tenant_id
        self.events: list[AuditEvent] = []
        self.act_signer = act_signer

    def audit(self, *events: AuditEvent) -> None:
        """Queue events; they are chained in this order when the unit ends."""
        self.events.extend(events)

    async def now(self) -> datetime:
        """The one clock of all rules, in UTC."""
        moment: datetime = await self.connection.fetchval(SQL["tenant_now"], self.tenant_id)
        return moment

    async def lock(self, case_id: UUID) -> Page:
        """Lock the case's row until the unit ends. Raises `CaseNotFound`, also for another tenant's case (B23)."""
        row = await self.connection.fetchrow(SQL["case_lock"], case_id, self.tenant_id)
        if row is None:
            raise CaseNotFound
        acts, forged = await _acts(self.connection, case_id, self.act_signer)
        return Page(
            self, believed(case_from_row(row), acts), acts=acts, forged=forged, step=row["step"], now=await self.now()
        )

    async def open_case_of(self, subject_id: str) -> UUID | None:
        """The subject's open case, if there is one (R5)."""
        found: UUID | None = await self.connection.fetchval(SQL["case_open_of_subject"], self.tenant_id, subject_id)
        return found

    async def insert_case(self, case: Case) -> None:
        """Write a new case. Raises `AlreadyTaken` where R5 or R7 forbid it; the unit then leaves no trace."""
        try:
            await self.connection.execute(SQL["case_insert"], *new_case_values(case))
        except asyncpg.UniqueViolationError:
            # Its detail quotes the row.
            raise AlreadyTaken from None

    async def insert_act(
        self, act: Act, *, idempotency_key: str | None = None, request_digest: str | None = None, ring: bool = True
    ) -> int:
        """Write an act, signed, and the outbox row that will ring for it; returns the outbox row's id (0 for none).

        Raises `AlreadyTaken` for an Idempotency-Key that this actor used meanwhile.
        """
        record = act.record()
        key_id, signature = self.act_signer.sign_act(signed_text(record))
        account = act.actor.account_id if act.actor else None
        try:
            await self.connection.execute(
                SQL["act_insert"], act.id, act.case_id, act.seq, act.kind.value, record, signature, key_id,
                idempotency_key, request_digest, account, act.at,
            )  # fmt: skip
        except asyncpg.UniqueViolationError:
            raise AlreadyTaken from None
        if not ring:
            return 0
        row_id: int = await self.connection.fetchval(SQL["outbox_insert"], act.case_id, act.id, act.seq)
        return row_id

    async def members(self, person_ids: Iterable[str]) -> dict[str, Member]:
        """People's present roles by person id; two logins of one person are one (runbook, Words)."""
        rows = await self.connection.fetch(SQL["members_of_people"], self.tenant_id, list(set(person_ids)))
        found: dict[str, Member] = {}
        for row in rows:
            roles = frozenset(Role(role) for role in row["roles"])
            known = found.get(row["person_id"])
            found[row["person_id"]] = Member(
                account_id=row["account_id"],
                person_id=row["person_id"],
                roles=roles | (known.roles if known else frozenset()),
            )
        return found

    async def policy(self) -> Policy:
        """The tenant's present policy; the defaults where none was set."""
        row = await self.connection.fetchrow(SQL["policy_latest"], self.tenant_id)
        return Policy.model_validate(row["document"] | {"version": row["version"]}) if row else Policy()


async def _acts(connection: Connection, case_id: UUID, signer: ActSigner) -> tuple[list[Act], int]:
    """The case's acts whose signature holds, and how many do not: those were written past the doors."""
    acts, forged = [], 0
    for row in await connection.fetch(SQL["acts_of_case"], case_id):
        try:
            act = Act.model_validate(row["record"])
        except ValueError:
            # No door writes such a row; it must not keep the case from moving either.
            forged += 1
            continue
        text = signed_text(row["record"])
        # A signed record under another row would be the same act a second time.
        in_place = (row["id"], row["seq"], row["kind"], case_id) == (act.id, act.seq, act.kind.value, act.case_id)
        if in_place and signer.verify_act(row["key_id"], text, bytes(row["signature"])):
            acts.append(act)
        else:
            forged += 1
    return acts, forged
