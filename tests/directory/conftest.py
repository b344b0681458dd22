"""One migrated database for the directory's tests, used as the role `directory_app`; a tenant of its own per test."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

import asyncpg
import pytest_asyncio

from directory import database
from postgres.pool import connect, open_pool
from postgres.roles import url_for_role
from tests.directory.world import World, make_world
from tests.support import servers

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def directory_database(postgres_url: str) -> AsyncIterator[str]:
    """The owner's URL of a database with the directory's schema, where lower() knows all of Unicode (B06)."""
    name = f"directory_{secrets.token_hex(6)}"
    url = servers.database_of(postgres_url, name)
    # Roles belong to the server: several test processes must not alter one at the same moment.
    guard = await asyncpg.connect(postgres_url)
    await guard.execute(
        f"CREATE DATABASE {name} TEMPLATE template0 LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8' ENCODING 'UTF8'"
    )
    owner = await connect(url, application="tests")
    try:
        async with guard.transaction():
            await guard.execute("SELECT pg_advisory_xact_lock(7041203312)")
            await database.prepare(owner, app_password=servers.ROLE_PASSWORD)
        yield url
    finally:
        await owner.close()
        await guard.close()
        await servers.drop_database(postgres_url, url)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def app_pool(directory_database: str) -> AsyncIterator[asyncpg.Pool]:
    """A pool of the role that the running directory uses."""
    pool = await open_pool(
        url_for_role(directory_database, database.APP_ROLE, servers.ROLE_PASSWORD), application="tests"
    )
    try:
        yield pool
    finally:
        await pool.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def owner(directory_database: str) -> AsyncIterator[asyncpg.Connection]:
    """The owner, who may move the test clock and look at everything."""
    connection = await connect(directory_database, application="tests")
    try:
        yield connection
    finally:
        await connection.close()


@pytest_asyncio.fixture(loop_scope="session")
async def world(app_pool: asyncpg.Pool, owner: asyncpg.Connection) -> World:
    """A fresh tenant with Ann, Kim and others."""
    return await make_world(app_pool, owner)
