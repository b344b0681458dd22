"""The phrase that approver and caller compare after the code, so that each knows whom they talk with (R36)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.presence_checks import presence_last_checked

if TYPE_CHECKING:
    from uuid import UUID

    from service.doors import Doors
    from service.sessions import Session


async def phrase_for(doors: Doors, session: Session, case_id: UUID) -> str | None:
    """The words that the subject's browser shows now, for the approver who entered its code alone.

    None too where the provider has no such words. They grant nothing: if the caller reads others, the approver stops.
    """
    presence_id = await presence_last_checked(doors.ledger, session.tenant_id, case_id, session.actor.account_id)
    return await doors.presences.phrase(presence_id) if presence_id is not None else None
