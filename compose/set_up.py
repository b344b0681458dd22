"""Set-up as the database's owner: schemas, login roles, and a tenant's founding people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from compose.addresses import addresses_of, keyring_of, role_password
from compose.parts import open_parts
from compose.provider import directory_settings
from directory import database as directory_database
from postgres.pool import connect
from service.importing import found_tenant
from store.setup import APPLICATION_ROLE, store_owner

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from settings import Settings


async def migrate(owner_url: str, secrets_folder: Path) -> list[str]:
    """As the database's owner: login roles with their passwords from the secrets folder, then both schemas."""
    async with store_owner(owner_url, application="recovery-migrate") as owner:
        applied = await owner.prepare(app_password=role_password(secrets_folder, APPLICATION_ROLE))
    connection = await connect(owner_url, application="recovery-migrate")
    try:
        return applied + await directory_database.prepare(
            connection, app_password=role_password(secrets_folder, directory_database.APP_ROLE)
        )
    finally:
        await connection.close()


async def found(settings: Settings, owner_url: str, document: Mapping[str, object]) -> bool:
    """At set-up: import the founding people of a tenant that is new. False, and nothing is done, where it is not."""
    tenant = document.get("tenant")
    slug = tenant.get("slug") if isinstance(tenant, dict) else None
    keyring = keyring_of(settings)
    async with store_owner(owner_url, application="recovery-set-up") as owner:
        if isinstance(slug, str) and await owner.tenant_is_founded(slug):
            return False
        addresses = addresses_of(settings, owner_url=owner_url)
        async with open_parts(addresses, keyring, directory_settings(settings), application="recovery-set-up") as these:
            await found_tenant(these.ledger, these.people, dict(document), make_tenant=owner.ensure_tenant)
    return True
