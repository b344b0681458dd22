"""Taking one factor away for good: its row stays as history, its secrets do not."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from directory.database import SQL, Connection
from directory.events import emit


async def remove_factor(
    connection: Connection, account_id: UUID, factor_id: UUID, *, command: UUID | None, by: Literal["admin", "self"]
) -> bool:
    """Remove a present factor and say so in an event with the command's id (R42); False if it was gone."""
    kind = await connection.fetchval(SQL["remove_factor"], factor_id, account_id, command)
    if kind is None:
        return False
    await connection.execute(SQL["forget_totp_seed"], factor_id)
    await connection.execute(SQL["forget_backup_codes"], factor_id)
    await emit(connection, account_id, "mfa.factor_removed", factor_id=factor_id, kind=kind, by=by, command=command)
    return True
