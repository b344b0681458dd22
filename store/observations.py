"""Events of a provider, each taken in once however often it is shown (architecture, step 12)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.statements import SQL

if TYPE_CHECKING:
    from uuid import UUID

    from domain.ports import ProviderEvent
    from store.unit import Unit


async def take_in(unit: Unit, event: ProviderEvent, case_id: UUID | None) -> bool:
    """Keep the event with the case that it concerns, if any; False where it was taken in before."""
    new = await unit._connection.fetchval(
        SQL["observation_insert"], event.id, event.tenant_id, event.account_id, event.type, event.at, case_id
    )
    return new is not None
