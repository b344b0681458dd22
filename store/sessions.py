"""Sessions of the people who work on cases: kept by the digest of their token, which itself is kept nowhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from store.statements import SQL

if TYPE_CHECKING:
    from datetime import datetime, timedelta
    from uuid import UUID

    from domain.ports import Login
    from store.ledger import Ledger
    from store.unit import Unit


@dataclass(frozen=True, kw_only=True)
class KeptSession:
    """A session that is alive; `aal` is the level of its sign-in, `expires_at` (UTC) when it ends whatever is done."""

    id: UUID
    tenant_id: UUID
    account_id: str
    person_id: str
    aal: int
    expires_at: datetime


async def put_session(unit: Unit, session_id: UUID, digest: bytes, login: Login, *, lives: timedelta) -> datetime:
    """Write a new session of the unit's tenant; returns when it ends (UTC)."""
    expires_at: datetime = await unit._connection.fetchval(
        SQL["session_insert"], session_id, digest, unit.tenant_id, login.account_id, login.person_id, login.aal, lives
    )
    return expires_at


async def session_of_token(ledger: Ledger, digest: bytes, *, idle: timedelta, in_use: bool) -> KeptSession | None:
    """The session with this token, if it is alive and was used within `idle`; `in_use` counts this as use, too."""
    statement = SQL["session_use"] if in_use else SQL["session_look"]
    row = await ledger._pool.fetchrow(statement, digest, idle)
    if row is None:
        return None
    return KeptSession(
        id=row["id"],
        tenant_id=row["tenant_id"],
        account_id=row["account_id"],
        person_id=row["person_id"],
        aal=row["aal"],
        expires_at=row["expires_at"],
    )


async def succeed_session(
    ledger: Ledger, session_id: UUID, digest: bytes, *, of: UUID, old_lives_on: timedelta
) -> bool:
    """Write the successor of the session `of`, which ends after `old_lives_on`; False where it has ended already."""
    made = await ledger._pool.fetchval(SQL["session_succeed"], session_id, digest, of, old_lives_on)
    return made is not None


async def end_session(unit: Unit, session_id: UUID) -> None:
    """End a session at once."""
    await unit._connection.execute(SQL["session_end"], session_id)


async def end_sessions_of_account(unit: Unit, account_id: str) -> None:
    """End every session of an account of the unit's tenant at once (R30, B15)."""
    await unit._connection.execute(SQL["sessions_end_of_account"], unit.tenant_id, account_id)
