"""An operator who watches the process hears that some tenant has too few approvers, and no name (R22)."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from fastapi import Response

from starter.api.health import health
from starter.relay.nightly import NightlyReads
from starter.web_services import WebServices
from tests.support.world import World


async def test_too_few_approvers_are_a_warning(w: World) -> None:
    """R22: none while there are enough, one word after a nightly count that found too few; the status stays `ok`."""
    nobody: Any = None

    async def answers() -> bool:
        return True

    async def asked() -> dict[str, object]:
        found = await health(WebServices(w.doors, nobody, nobody, answers), Response())
        return found.model_dump(exclude_none=True)

    well = {"status": "ok", "database": "ok", "temporal": "ok"}
    reads = NightlyReads(w.parts.ledger, w.parts.feed, uuid4)
    await reads.read()
    assert await asked() == well
    await w.give_roles("dev")
    await w.owner("UPDATE recovery.nightly_reads SET due_at = now()")
    await reads.read()
    assert await asked() == {**well, "warning": "few_eligible_approvers"}
