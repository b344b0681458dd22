"""Tightening the MFA policy account by account, and the groups it is done for (R40); it removes nothing."""

from __future__ import annotations

from typing import Any, Literal
from uuid import UUID

import asyncpg

from directory import commands, events
from directory.database import SQL, Connection
from directory.import_document import EVERYONE


class Rollout:
    """`pool` is one of the role `directory_app`."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def require_mfa(self, account_id: UUID, command: UUID) -> Literal["required", "already_required"]:
        """From the next sign-in on a second factor is needed; live sessions go on until they end.

        An account that has none yet may set one up there, with the password, where the password alone was enough until
        now. No other may: not an account that had to use MFA already and lost its factors, nor one that a
        recovery has disabled, locked or wiped (R35). Raises `AccountUnknown`.
        """

        async def effect(connection: Connection, account: asyncpg.Record) -> dict[str, Any]:
            if account["mfa"] == "required":
                return {"outcome": "already_required"}
            kinds = await connection.fetch(SQL["usable_kinds"], account["id"])
            # Only commands of a recovery disable and lock; an account imported so is merely away.
            held = account["status"] != "active" and account["status_reason"] != "imported"
            first = not (kinds or held or account["enrolment_required"])
            await connection.execute(SQL["require_mfa"], account["id"], first)
            await events.emit(connection, account["id"], "mfa.required", command=command)
            return {"outcome": "required"}

        result = await commands.once(self._pool, account_id, command, kind="require_mfa", arguments={}, effect=effect)
        return "required" if result["outcome"] == "required" else "already_required"

    async def members_of(self, tenant_id: UUID, group: str, *, after: UUID | None, limit: int) -> list[UUID]:
        """The group's active accounts in the order of their ids; fewer than `limit` is the end."""
        if group == EVERYONE:
            rows = await self._pool.fetch(SQL["active_accounts_in_order"], tenant_id, after, limit)
        else:
            rows = await self._pool.fetch(SQL["members_of_group"], tenant_id, group, after, limit)
        return [row[0] for row in rows]

    async def size_of(self, tenant_id: UUID, group: str) -> int | None:
        """How many active accounts the group has; None where no account ever was in a group of that name."""
        if group == EVERYONE:
            everybody: int = await self._pool.fetchval(SQL["count_active_accounts"], tenant_id)
            return everybody
        row = await self._pool.fetchrow(SQL["size_of_group"], tenant_id, group)
        return row["active"] if row and row["members"] else None
