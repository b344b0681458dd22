"""Sets of backup codes: ten at a time, each usable once, a new set replaces the old (R12, B03)."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from uuid import UUID

from directory import codes
from directory.database import SQL, Connection

_SALT_BYTES = 16


async def issue(connection: Connection, account_id: UUID, *, code_key: bytes) -> tuple[UUID, list[str]]:
    """Replace the account's set by ten new codes; returns its factor id and the codes, to be shown once.

    R12: Old backup codes die with the wipe; a new enrolment issues a new set.
    """
    fresh = codes.new_backup_codes()
    factor_id = await store(connection, account_id, fresh, code_key=code_key)
    return factor_id, fresh


async def store(connection: Connection, account_id: UUID, shown: Sequence[str], *, code_key: bytes) -> UUID:
    """Replace the account's set by the given codes, hashed; returns the set's factor id."""
    old = await connection.fetchrow(SQL["backup_set"], account_id)
    if old is not None:
        await connection.fetchval(SQL["remove_factor"], old["id"], account_id, None)
        await connection.execute(SQL["forget_backup_codes"], old["id"])
    factor_id: UUID = await connection.fetchval(SQL["add_factor"], account_id, "backup_codes", "Backup codes")
    salt = secrets.token_bytes(_SALT_BYTES)
    await connection.execute(SQL["add_backup_set"], factor_id, salt)
    await connection.executemany(
        SQL["add_backup_code"],
        [(factor_id, codes.hash_backup_code(_canonical(one), salt=salt, key=code_key)) for one in shown],
    )
    return factor_id


def _canonical(code: str) -> str:
    canonical = codes.typed_code(code, characters=codes.BACKUP_CODE_CHARACTERS)
    if canonical is None:
        raise ValueError("not a backup code of sixteen characters")
    return canonical
