"""Which waiting browser an approver has confirmed, by the code that it showed (R36)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.statements import SQL

if TYPE_CHECKING:
    from uuid import UUID

    from store.ledger import Ledger


async def presence_last_checked(ledger: Ledger, tenant_id: UUID, case_id: UUID, account_id: str) -> str | None:
    """The waiting browser of this case whose code this account entered last, if it ever did."""
    found: str | None = await ledger.pool.fetchval(SQL["presence_last_checked"], case_id, tenant_id, account_id)
    return found
