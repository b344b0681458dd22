"""A migrated database for each test of the audit chain, and connections as owner and as the application."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from urllib.parse import urlsplit
from uuid import UUID

import asyncpg
import pytest
import pytest_asyncio

from postgres.migrations import migrate
from postgres.pool import connect
from store.setup import APPLICATION_ROLE
from store.statements import SCHEMA, SCHEMA_FOLDER
from tests.store.audit.helpers import new_tenant
from tests.support import servers


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def audit_template(postgres_url: str) -> AsyncIterator[str]:
    """The name of a database that has been migrated once."""
    url = await servers.fresh_database(postgres_url, "audit_template")
    owner = await connect(url, application="tests")
    # Another pytest process may make the role at the same moment.
    with contextlib.suppress(asyncpg.DuplicateObjectError, asyncpg.UniqueViolationError):
        await owner.execute(f'CREATE ROLE "{APPLICATION_ROLE}" LOGIN')
    await migrate(owner, SCHEMA_FOLDER, schema=SCHEMA)
    await owner.close()
    yield urlsplit(url).path[1:]
    await servers.drop_database(postgres_url, url)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def shared_audit_url(postgres_url: str, audit_template: str) -> AsyncIterator[str]:
    """The superuser's URL of one migrated database for all tests that keep to a tenant of their own."""
    url = await servers.fresh_database(postgres_url, "audit", template=audit_template)
    yield url
    await servers.drop_database(postgres_url, url)


@pytest_asyncio.fixture(loop_scope="session")
async def own_audit_url(postgres_url: str, audit_template: str) -> AsyncIterator[str]:
    """The superuser's URL of a migrated database of one test alone."""
    url = await servers.fresh_database(postgres_url, "audit", template=audit_template)
    yield url
    await servers.drop_database(postgres_url, url)


@pytest.fixture
def audit_url(shared_audit_url: str) -> str:
    """The database a test works in; a module that needs one for each test says so."""
    return shared_audit_url


@pytest_asyncio.fixture(loop_scope="session")
async def owner(audit_url: str) -> AsyncIterator[asyncpg.Connection]:
    """A superuser's connection."""
    connection = await connect(audit_url, application="tests")
    yield connection
    await connection.close()


@pytest_asyncio.fixture(loop_scope="session")
async def app(audit_url: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection with the application's rights."""
    connection = await connect(audit_url, application="tests")
    await connection.execute(f'SET SESSION AUTHORIZATION "{APPLICATION_ROLE}"')
    yield connection
    await connection.close()


@pytest_asyncio.fixture(loop_scope="session")
async def tenant(owner: asyncpg.Connection) -> UUID:
    """A tenant without events."""
    return await new_tenant(owner)
