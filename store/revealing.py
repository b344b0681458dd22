"""Who has seen which contact of a case in full (R16), as the audit has it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.audit import EventType
from store.statements import SQL

if TYPE_CHECKING:
    from uuid import UUID

    from store.unit import Unit


async def contacts_revealed_to(unit: Unit, case_id: UUID, account_id: str) -> frozenset[str]:
    """The ids of the case's contacts that this account has seen in full; what is judged is asked under the lock."""
    rows = await unit._connection.fetch(SQL["contacts_revealed_to"], case_id, EventType.NUMBER_REVEALED, account_id)
    return frozenset(row["contact_id"] for row in rows)
