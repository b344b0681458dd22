"""Presence as the approver's side sees it: confirming the waiting browser, and reading its state (R36)."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from directory import accounts, events
from directory.database import SQL, Connection
from directory.errors import DirectoryError, PresenceCodeWrong, PresencePasswordRequired, PresenceUnknown
from directory.records import PresenceView

# How long a confirmed browser may wait for the reset; its code was valid for ten minutes before.
CONFIRMED_LIFETIME = timedelta(minutes=30)


async def confirm_waiting(
    connection: Connection, account_id: UUID, code_hash: bytes, *, password_required: bool
) -> UUID | DirectoryError:
    """The id of the presence now confirmed, or the reason why none was; the caller counts the attempt."""
    await accounts.lock(connection, account_id)
    row = await connection.fetchrow(SQL["waiting_presence"], account_id, code_hash)
    if row is None:
        return PresenceCodeWrong()
    if password_required and not row["password_verified"]:
        return PresencePasswordRequired()
    presence_id: UUID = row["id"]
    await connection.execute(SQL["confirm_presence"], presence_id, CONFIRMED_LIFETIME)
    await connection.execute(SQL["supersede_account_presences"], account_id, presence_id)
    await events.emit(connection, account_id, "user.presence_confirmed", presence_id=presence_id)
    return presence_id


async def presence_view(connection: Connection, presence_id: UUID) -> PresenceView:
    """The presence as it stands now; raises `PresenceUnknown`, also for a decoy."""
    row = await connection.fetchrow(SQL["read_presence"], presence_id)
    if row is None:
        raise PresenceUnknown
    return PresenceView(**row)
