"""The directory's own schema and named statements; the only place that knows where they lie."""

from __future__ import annotations

from pathlib import Path
from typing import TypeAlias

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from postgres import migrations, roles
from postgres.queries import Queries

SCHEMA = "directory"
APP_ROLE = "directory_app"
SQL = Queries(Path(__file__).parent / "queries")

Connection: TypeAlias = "asyncpg.Connection | PoolConnectionProxy"


async def prepare(owner: asyncpg.Connection, *, app_password: str) -> list[str]:
    """As the owner: make the login role `directory_app` and migrate; returns the migrations applied now."""
    await roles.ensure_login_role(owner, APP_ROLE, app_password)
    return await migrate(owner)


async def migrate(owner: asyncpg.Connection) -> list[str]:
    """As the owner, when `directory_app` exists: bring the schema up to date; returns the migrations applied now."""
    return await migrations.migrate(owner, Path(__file__).parent / "schema", schema=SCHEMA)
