"""Set-up as the database's owner: roles, migrations, tenants and their founding members."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from postgres.migrations import migrate
from postgres.pool import connect
from postgres.roles import ensure_login_role
from store.statements import SCHEMA, SCHEMA_FOLDER

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from uuid import UUID

    import asyncpg

APPLICATION_ROLE = "recovery_app"


class StoreOwner:
    """What the store's owner may do and the application's role may not."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection

    async def prepare(self, *, app_password: str) -> list[str]:
        """Make the login role `recovery_app` and migrate; returns the migrations applied now."""
        await ensure_login_role(self._connection, APPLICATION_ROLE, app_password)
        return await migrate(self._connection, SCHEMA_FOLDER, schema=SCHEMA)

    async def ensure_tenant(self, tenant_id: UUID, slug: str, name: str) -> None:
        """Make the tenant if it is not there."""
        await self._connection.execute(
            "INSERT INTO recovery.tenants (id, slug, name) VALUES ($1, $2, $3) ON CONFLICT (id) DO NOTHING",
            tenant_id,
            slug,
            name,
        )

    async def tenant_is_founded(self, slug: str) -> bool:
        """Whether the store has a tenant of this short name whose founding import was completed."""
        return bool(
            await self._connection.fetchval(
                "SELECT EXISTS (SELECT FROM recovery.tenants t WHERE t.slug = $1 "
                "AND EXISTS (SELECT FROM recovery.members m WHERE m.tenant_id = t.id))",
                slug,
            )
        )


@asynccontextmanager
async def store_owner(url: str, *, application: str) -> AsyncIterator[StoreOwner]:
    """The store as its owner, until the block ends. Raises `DatabaseUnreachable`."""
    connection = await connect(url, application=application)
    try:
        yield StoreOwner(connection)
    finally:
        await connection.close()
