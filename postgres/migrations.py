"""Forward-only migrations: numbered SQL files, checksummed, one transaction each; imports nothing of ours."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from postgres.errors import MigrationDrift, MigrationGap, SchemaTooNew

if TYPE_CHECKING:
    from pathlib import Path

    import asyncpg

_FILE = re.compile(r"^(\d{4})_[a-z0-9_]+\.sql$")
_LOCK = 7_041_203_311


@dataclass(frozen=True)
class Migration:
    """One numbered file; `checksum` is the SHA-256 of its bytes, in hex."""

    version: int
    name: str
    sql: str
    checksum: str


def read_migrations(folder: Path) -> list[Migration]:
    """The folder's migrations in order; raises `MigrationGap` unless they are numbered 1, 2, 3 and on."""
    found = []
    for path in sorted(folder.glob("*.sql")):
        match = _FILE.match(path.name)
        if not match:
            raise MigrationGap(f"{path.name} is not named like 0001_what_it_does.sql")
        content = path.read_bytes()
        found.append(Migration(int(match[1]), path.stem, content.decode(), hashlib.sha256(content).hexdigest()))
    if [one.version for one in found] != list(range(1, len(found) + 1)):
        raise MigrationGap
    return found


async def migrate(connection: asyncpg.Connection, folder: Path, *, schema: str) -> list[str]:
    """Bring `schema` up to date and return the names of the migrations applied now.

    Two processes may call this at the same moment: an advisory lock lets one work and the other find
    nothing to do. Raises `MigrationDrift` for an applied file that was edited, `SchemaTooNew` for a
    version this release does not know. A migration that fails leaves no trace.
    """
    wanted = read_migrations(folder)
    await connection.execute("SELECT pg_advisory_lock($1)", _LOCK)
    try:
        await _make_ledger(connection, schema)
        applied = await _read_ledger(connection, schema)
        _refuse_drift(wanted, applied, schema)
        new = [one for one in wanted if one.version not in applied]
        for one in new:
            async with connection.transaction():
                await connection.execute(one.sql)
                await connection.execute(
                    f'INSERT INTO "{schema}".schema_migrations (version, name, checksum) VALUES ($1, $2, $3)',  # noqa: S608 - a constant of ours
                    one.version,
                    one.name,
                    one.checksum,
                )
        return [one.name for one in new]
    finally:
        await connection.execute("SELECT pg_advisory_unlock($1)", _LOCK)


async def _make_ledger(connection: asyncpg.Connection, schema: str) -> None:
    await connection.execute(f'CREATE SCHEMA IF NOT EXISTS "{schema}"')
    await connection.execute(
        f"""CREATE TABLE IF NOT EXISTS "{schema}".schema_migrations (
            version    integer PRIMARY KEY,
            name       text NOT NULL,
            checksum   text NOT NULL,
            applied_at timestamptz NOT NULL DEFAULT clock_timestamp(),
            applied_by text NOT NULL DEFAULT current_user
        )"""
    )


async def _read_ledger(connection: asyncpg.Connection, schema: str) -> dict[int, str]:
    rows = await connection.fetch(f'SELECT version, checksum FROM "{schema}".schema_migrations')  # noqa: S608 - a constant of ours
    return {row["version"]: row["checksum"] for row in rows}


def _refuse_drift(wanted: list[Migration], applied: dict[int, str], schema: str) -> None:
    by_version = {one.version: one for one in wanted}
    for version, checksum in sorted(applied.items()):
        if version not in by_version:
            raise SchemaTooNew(f"{schema}: version {version} is applied and not known to this release")
        if by_version[version].checksum != checksum:
            raise MigrationDrift(f"{schema}: {by_version[version].name} was edited after it had been applied")
