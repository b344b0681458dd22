"""Stop links: which notice a link belongs to, and that it was used (R24)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from store.statements import SQL

if TYPE_CHECKING:
    from uuid import UUID

    from store.ledger import Ledger
    from store.unit import Unit


@dataclass(frozen=True, kw_only=True)
class LinkedNotice:
    """The notice that carries a link; `tenant` is the name that its page may say."""

    id: UUID
    tenant_id: UUID
    tenant: str
    case_id: UUID
    occasion: str
    contact_id: str


async def notice_of_link(ledger: Ledger, token_hash: bytes) -> LinkedNotice | None:
    """The notice of a link that has not run out, or None."""
    row = await ledger._pool.fetchrow(SQL["stop_link_read"], token_hash)
    if row is None:
        return None
    return LinkedNotice(
        id=row["id"],
        tenant_id=row["tenant_id"],
        tenant=row["tenant_name"],
        case_id=row["case_id"],
        occasion=row["occasion"],
        contact_id=row["contact_id"],
    )


async def mark_objected(unit: Unit, notice_id: UUID) -> bool:
    """Write on the notice that its link was used; False where it says so already."""
    return await unit._connection.fetchval(SQL["notice_objected"], notice_id) is not None
