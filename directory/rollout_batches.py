"""Tightening the MFA policy for many accounts at once, with the same rules and commands as one by one (R40)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from directory.database import SQL
from directory.errors import AccountUnknown, CommandReused
from directory.rollout import Rollout

GONE = AccountUnknown.code


class RolloutBatches(Rollout):
    """`pool` is one of the role `directory_app`."""

    async def require_mfa_of(self, wanted: Mapping[UUID, UUID]) -> dict[UUID, str]:
        """`require_mfa` for each account under its command, in one transaction and a fixed number of statements.

        Says for each account `required`, `already_required`, or a code: `account_unknown`, `command_reused`.
        """
        accounts, commands = list(wanted), list(wanted.values())
        async with self._pool.acquire() as connection, connection.transaction():
            # Held in the order of their ids, so that two batches never wait for each other; a new statement then sees
            # what was changed while this one waited.
            await connection.execute(SQL["lock_accounts"], accounts)
            await connection.execute(SQL["require_mfa_of"], accounts, commands)
            rows = await connection.fetch(SQL["rollout_results"], accounts, commands)
        return {row["account_id"]: _result(row["known"], row["ours"], row["outcome"]) for row in rows}

    async def without_factor(self, account_ids: Sequence[UUID]) -> set[UUID]:
        """Which of these accounts have neither an authenticator app nor a security key."""
        rows = await self._pool.fetch(SQL["accounts_without_factor"], list(account_ids))
        return {row["id"] for row in rows}


def _result(known: bool, ours: bool, outcome: str | None) -> str:  # noqa: FBT001 - columns of one row
    if not known:
        return GONE
    return outcome if ours and outcome is not None else CommandReused.code
