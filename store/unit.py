"""What can be done within one transaction over the store, the locked case apart (that is `store.page`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import asyncpg

from domain.acts import Act, signed_text
from store.cases import new_case_values
from store.errors import AlreadyTaken
from store.members import member_of_account, members_of_people, members_of_tenant, members_with_role, put_member
from store.policies import policy_in_force
from store.statements import SQL

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from uuid import UUID

    from domain.audit import AuditEvent
    from domain.case import Case
    from domain.people import Member, Role
    from domain.policy.document import Policy
    from domain.ports import ActSigner
    from store.audit.statements import Connection
    from store.members import ListedMember


class Unit:
    """What can be done within one transaction."""

    def __init__(self, connection: Connection, tenant_id: UUID, act_signer: ActSigner) -> None:
        self._connection = connection
        self.tenant_id = tenant_id
        self.events: list[AuditEvent] = []
        self.act_signer = act_signer

    def audit(self, *events: AuditEvent) -> None:
        """Queue events; they are chained in this order when the unit ends."""
        self.events.extend(events)

    async def now(self) -> datetime:
        """The one clock of all rules, in UTC."""
        moment: datetime = await self._connection.fetchval(SQL["tenant_now"], self.tenant_id)
        return moment

    async def open_case_of(self, subject_id: str) -> UUID | None:
        """The subject's open case, if there is one (R5)."""
        found: UUID | None = await self._connection.fetchval(SQL["case_open_of_subject"], self.tenant_id, subject_id)
        return found

    async def case_of_ticket(self, ticket: str) -> UUID | None:
        """The case that this ticket has served, if it has served one (R7)."""
        found: UUID | None = await self._connection.fetchval(SQL["case_of_ticket"], self.tenant_id, ticket)
        return found

    async def watch_of(self, subject_id: str) -> UUID | None:
        """The closed case whose watch over this account still runs (R38)."""
        found: UUID | None = await self._connection.fetchval(SQL["watch_of_subject"], self.tenant_id, subject_id)
        return found

    async def insert_case(self, case: Case) -> None:
        """Write a new case. Raises `AlreadyTaken` where R5 or R7 forbid it; the unit then leaves no trace."""
        try:
            await self._connection.execute(SQL["case_insert"], *new_case_values(case))
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
            await self._connection.execute(
                SQL["act_insert"], act.id, act.case_id, act.seq, act.kind.value, record, signature, key_id,
                idempotency_key, request_digest, account, act.at,
            )  # fmt: skip
        except asyncpg.UniqueViolationError:
            raise AlreadyTaken from None
        if not ring:
            return 0
        row_id: int = await self._connection.fetchval(SQL["outbox_insert"], act.case_id, act.id, act.seq)
        return row_id

    async def members(self, person_ids: Iterable[str]) -> dict[str, Member]:
        """People's present standing by person id; two logins of one person are one (runbook, Words)."""
        return await members_of_people(self, person_ids)

    async def with_role(self, role: Role) -> dict[str, Member]:
        """Everybody of the tenant who holds this role, by person id."""
        return await members_with_role(self, role)

    async def member_of_account(self, account_id: str) -> Member | None:
        """This login's roles, or None where no signed row gives any."""
        return await member_of_account(self._connection, self.act_signer, self.tenant_id, account_id)

    async def listed_members(self) -> list[ListedMember]:
        """Every login of the tenant that has a row, also those without any role left, as the rows stand."""
        return await members_of_tenant(self)

    async def lock_roles(self) -> None:
        """Until this unit ends no other changes a role of this tenant (R21)."""
        await self._connection.execute(SQL["roles_lock"], str(self.tenant_id))

    async def put_member(self, member: Member, *, granted_by: str | None) -> None:
        """Write a member's roles, signed; `granted_by` is the account that gives them, None at set-up."""
        await put_member(self, member, granted_by=granted_by)

    async def policy(self) -> Policy:
        """The tenant's present policy, as a door has signed it; the defaults where none was set (R26)."""
        return await policy_in_force(self, await self.now())
