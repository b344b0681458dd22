"""Events: what happened to an account, written in the transaction that made it happen.

The data holds ids, kinds and counts only: no secret and no personal data (R44).
"""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from directory.database import SQL, Connection

CHANNEL = "directory_events"

EventType = Literal[
    "user.signed_in",
    "user.signed_in.backup_code",
    "user.signed_in.mfa_required",
    "user.sign_in_mfa_failed",
    "user.stepped_up",
    "user.step_up_failed",
    "user.disabled",
    "user.enabled",
    "user.locked",
    "user.session_revoked",
    "user.password_invalidated",
    "user.password_changed",
    "user.contact_changed",
    "user.presence_confirmed",
    "user.presence_code_failed",
    "mfa.factor_removed",
    "mfa.factor_enrolled",
    "mfa.backup_codes_regenerated",
    "mfa.enrolment_granted",
]


async def emit(connection: Connection, account_id: UUID, event: EventType, **data: object) -> None:
    """Append one event of the account and announce its tenant on the channel `directory_events` at commit."""
    await connection.execute(
        SQL["emit_event"], account_id, event, {name: _plain(value) for name, value in data.items()}
    )


def _plain(value: object) -> object:
    return str(value) if isinstance(value, UUID) else value
