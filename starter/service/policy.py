"""The tenant's present policy, for everybody who works under it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from domain.policy.document import Policy
    from starter.service.doors import Doors
    from starter.service.sessions import Session


async def read_policy(doors: Doors, session: Session) -> Policy:
    """The policy in force, with its version; the built-in defaults where the tenant never set one."""
    async with doors.ledger.unit(session.tenant_id) as unit:
        return await unit.policy()
