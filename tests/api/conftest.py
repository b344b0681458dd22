"""One migrated database for the API's tests, the real application over it, and a tenant of its own for each test."""

from __future__ import annotations

import asyncio
import secrets
from typing import TYPE_CHECKING

import pytest_asyncio

from compose.addresses import Addresses
from compose.parts import Parts, open_parts
from compose.set_up import migrate
from compose.ways_in import build_doors
from directory.settings import Argon2Parameters, DirectorySettings
from postgres.pool import connect
from postgres.roles import url_for_role
from service.auditing import AuditTrail
from service.doors import Doors
from starter.api.app import create_app
from starter.web_services import WebServices
from tests.api.world import ORIGIN, ApiWorld, Bell
from tests.support import servers
from transport.keys import make_keyring

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import asyncpg
    import pytest
    from fastapi import FastAPI


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def api_database(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """The owner's URL of a database with both schemas."""
    url = await servers.fresh_database(postgres_url, "api")
    folder = tmp_path_factory.mktemp("secrets")
    for role in ("recovery_app", "directory_app"):
        (folder / f"{role}.password").write_text(servers.ROLE_PASSWORD)
    try:
        await migrate(url, folder)
        yield url
    finally:
        await servers.drop_database(postgres_url, url)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def owner(api_database: str) -> AsyncIterator[asyncpg.Connection]:
    """The owner, who may move the test clock and tamper with everything."""
    connection = await connect(api_database, application="tests")
    try:
        yield connection
    finally:
        await connection.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def parts(api_database: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Parts]:
    """Store and directory as the running application has them."""
    keyring = make_keyring(tmp_path_factory.mktemp("keys") / "keyring.json")
    addresses = Addresses(
        store=url_for_role(api_database, "recovery_app", servers.ROLE_PASSWORD),
        directory=url_for_role(api_database, "directory_app", servers.ROLE_PASSWORD),
        temporal="127.0.0.1:1",
        namespace="tests",
    )
    directory = DirectorySettings(rp_id="localhost", origin=ORIGIN, argon2=Argon2Parameters.cheapest())
    async with open_parts(addresses, keyring, directory, application="tests") as made:
        yield made


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def bell() -> Bell:
    """What the doors ring, instead of Temporal."""
    return Bell()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def doors(parts: Parts, bell: Bell) -> Doors:
    """The doors' logic, ringing the bell."""
    return build_doors(parts, bell)  # type: ignore[arg-type] # all that it needs of an outbox


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def app(parts: Parts, doors: Doors, bell: Bell, tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    """The real application; Temporal answers as the bell does."""

    async def temporal_answers() -> bool:
        return bell.answers

    trail = AuditTrail(
        heads=tmp_path_factory.mktemp("heads") / "audit-heads.jsonl",
        verifier=parts.audit,
        public_keys=parts.keyring.public_document,
        exports=asyncio.Semaphore(2),
    )
    return create_app(WebServices(doors, trail, parts.people, temporal_answers))


@pytest_asyncio.fixture(loop_scope="session")
async def world(
    app: FastAPI, doors: Doors, parts: Parts, owner: asyncpg.Connection, bell: Bell
) -> AsyncIterator[ApiWorld]:
    """The sample people as a tenant of this test alone."""
    bell.answers = True
    made = ApiWorld(app=app, doors=doors, parts=parts, owner=owner, bell=bell, slug=f"t{secrets.token_hex(8)}")
    await made.found()
    try:
        yield made
    finally:
        await made.close()
