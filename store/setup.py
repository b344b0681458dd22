"""Set-up as the database's owner: roles, migrations, tenants and their founding members."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postgres.migrations import migrate
from postgres.roles import ensure_login_role
from store.statements import APPLICATION_ROLE, SCHEMA, SCHEMA_FOLDER

if TYPE_CHECKING:
    from uuid import UUID

    import asyncpg


async def prepare(owner: asyncpg.Connection, *, app_password: str) -> list[str]:
    """As the owner: make the login role `recovery_app` and migrate; returns the migrations applied now."""
    await ensure_login_role(owner, APPLICATION_ROLE, app_password)
    return await migrate(owner, SCHEMA_FOLDER, schema=SCHEMA)


async def ensure_tenant(owner: asyncpg.Connection, tenant_id: UUID, slug: str, name: str) -> None:
    """As the owner: make the tenant if it is not there; the application's role cannot make tenants."""
    await owner.execute(
        "INSERT INTO recovery.tenants (id, slug, name) VALUES ($1, $2, $3) ON CONFLICT (id) DO NOTHING",
        tenant_id,
        slug,
        name,
    )


async def tenant_exists(owner: asyncpg.Connection, slug: str) -> bool:
    """Whether the store has a tenant of this short name whose founding import was completed."""
    return bool(
        await owner.fetchval(
            "SELECT EXISTS (SELECT FROM recovery.tenants t WHERE t.slug = $1 "
            "AND EXISTS (SELECT FROM recovery.members m WHERE m.tenant_id = t.id))",
            slug,
        )
    )
