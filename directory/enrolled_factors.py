"""Storing a newly confirmed authenticator, for the enrolment after a recovery and for the profile alike."""

from __future__ import annotations

from uuid import UUID

from directory import sealing
from directory.database import SQL, Connection
from directory.events import emit
from directory.passkeys import NewCredential
from directory.records import FactorKind


async def add_totp(
    connection: Connection, account_id: UUID, seed: bytes, *, seed_key: bytes, used_step: int, label: str
) -> UUID:
    """A TOTP factor whose confirming code is used up already (B14); returns its id."""
    factor_id: UUID = await connection.fetchval(SQL["add_factor"], account_id, "totp", label)
    sealed = sealing.seal(seed, key=seed_key, owner=factor_id.bytes)
    await connection.execute(SQL["add_totp_seed"], factor_id, sealed, used_step)
    return factor_id


async def add_webauthn(connection: Connection, account_id: UUID, made: NewCredential, *, label: str) -> UUID:
    """A WebAuthn factor from a verified registration; returns its id."""
    factor_id: UUID = await connection.fetchval(SQL["add_factor"], account_id, "webauthn", label)
    await connection.execute(
        SQL["add_webauthn_credential"],
        factor_id,
        made.credential_id,
        made.public_key,
        made.sign_count,
        made.user_verified,
        made.backup_eligible,
        made.backed_up,
        made.transports,
    )
    return factor_id


async def announce(connection: Connection, account_id: UUID, factor_id: UUID, kind: FactorKind, *, by: str) -> None:
    """The event of a confirmed factor (R43); `by` is `recovery`, `sign_in` or `profile`."""
    await emit(connection, account_id, "mfa.factor_enrolled", factor_id=factor_id, kind=kind, by=by)
