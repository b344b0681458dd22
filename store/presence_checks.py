"""Which waiting browser an approver has confirmed, by the code that it showed, and that each is used once (R36)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.statements import SQL

if TYPE_CHECKING:
    from uuid import UUID

    from store.ledger import Ledger
    from store.unit import Unit


async def put_presence_check(ledger: Ledger, case_id: UUID, account_id: str, presence_id: str) -> None:
    """Write that this account has just heard the code of this waiting browser, for this case."""
    await ledger._pool.execute(SQL["presence_checked"], presence_id, case_id, account_id)


async def use_presence_check(unit: Unit, case_id: UUID, account_id: str, presence_id: str, *, act_id: UUID) -> bool:
    """Spend this account's check on an act; False where there is none of the last ten minutes that is unspent."""
    used = await unit._connection.fetchval(SQL["presence_check_use"], presence_id, case_id, account_id, act_id)
    return used is not None


async def presence_last_checked(ledger: Ledger, tenant_id: UUID, case_id: UUID, account_id: str) -> str | None:
    """The waiting browser of this case whose code this account entered last, if it ever did."""
    found: str | None = await ledger._pool.fetchval(SQL["presence_last_checked"], case_id, tenant_id, account_id)
    return found
