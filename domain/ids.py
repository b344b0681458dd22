"""How ids are made and read back, so that no caller formats one by hand; imports the standard library only."""

from __future__ import annotations

import hashlib
import re
from uuid import UUID

_WORKFLOW_ID = re.compile(r"^recovery/([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})(?:/(\d{1,4}))?$")


def workflow_id(case_id: UUID, continuation: int = 0) -> str:
    """The id of a case's workflow, or of its n-th continuation after a lost one (adr/0002)."""
    return f"recovery/{case_id}" + (f"/{continuation}" if continuation else "")


def case_of_workflow(identifier: str) -> UUID | None:
    """The case of a workflow id, or None where the id is not one of ours."""
    match = _WORKFLOW_ID.match(identifier)
    return UUID(match[1]) if match else None


def watch_id(case_id: UUID) -> str:
    """The id of the watch over the account that a case recovered (R38)."""
    return f"recovery/{case_id}/watch"


def rollout_id(campaign_id: UUID) -> str:
    """The id of a policy rollout campaign's workflow, the same for every run of it (R40, adr/0012)."""
    return f"rollout/{campaign_id}"


def opaque(identifier: UUID | str) -> str:
    """A short digest for places that every operator of the server can read (search attributes)."""
    return hashlib.sha256(str(identifier).encode()).hexdigest()[:16]


def case_reference(case_id: UUID) -> str:
    """How people say a case on the phone and quote it in a ticket: eight characters of its id."""
    return f"R-{case_id.hex[:4]}-{case_id.hex[4:8]}".upper()
