"""Importing people in one transaction: idempotent by their keys, all or nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
from webauthn.helpers import base64url_to_bytes

from directory import backup_codes, codes, sealing, sessions, totp
from directory.database import SQL, Connection
from directory.errors import ImportRefused
from directory.import_document import (
    FactorEntry,
    ImportErrors,
    ImportPlan,
    ImportProblem,
    PersonEntry,
    ReplacedContactEntry,
    TotpEntry,
    WebAuthnEntry,
    parse,
)
from directory.passwords import Passwords
from directory.settings import DirectoryKeys, DirectorySettings

__all__ = ["ImportErrors", "ImportPlan", "ImportProblem", "Imported", "ImportedPerson", "apply", "parse"]


@dataclass(frozen=True)
class ImportedPerson:
    """Where one key of the document went; `created` is False for an account that was there already."""

    account_id: UUID
    person_id: UUID
    created: bool


@dataclass(frozen=True)
class Imported:
    """The tenant and everybody in the document, by key."""

    tenant_id: UUID
    people: dict[str, ImportedPerson]


async def apply(pool: asyncpg.Pool, plan: ImportPlan, *, keys: DirectoryKeys, settings: DirectorySettings) -> Imported:
    """Create the people who are not there yet; accounts whose key exists are left as they are.

    Raises `ImportRefused` when a login is already taken by another key; then nothing was imported.
    """
    importer = _Importer(plan, keys, Passwords(settings.argon2))
    hashes = await importer.hash_passwords()
    try:
        async with pool.acquire() as connection, connection.transaction():
            return await importer.run(connection, hashes)
    except asyncpg.UniqueViolationError as error:
        raise ImportRefused from error


class _Importer:
    def __init__(self, plan: ImportPlan, keys: DirectoryKeys, passwords: Passwords) -> None:
        self._plan = plan
        self._keys = keys
        self._passwords = passwords

    async def hash_passwords(self) -> dict[str, str]:
        hashes = {}
        for one in self._plan.people:
            if one.password_hash is not None:
                hashes[one.key] = one.password_hash
            elif one.password is not None:
                hashes[one.key] = await self._passwords.hash(one.password)
        return hashes

    async def run(self, connection: Connection, hashes: dict[str, str]) -> Imported:
        tenant = self._plan.tenant
        await connection.execute(SQL["import_lock"], tenant.slug)
        await connection.execute(SQL["import_tenant"], tenant.slug, tenant.name)
        tenant_id: UUID = await connection.fetchval(SQL["tenant_by_slug"], tenant.slug)
        now: datetime = await connection.fetchval(SQL["import_now"], tenant_id)
        people: dict[str, ImportedPerson] = {}
        for entry in self._plan.people:
            people[entry.key] = await self._known_or_new(connection, tenant_id, entry)
        created = [entry for entry in self._plan.people if people[entry.key].created]
        for entry in created:
            await self._write(connection, tenant_id, entry, people, now=now, phc=hashes.get(entry.key))
        # Only when everybody who may be named is there.
        for entry in created:
            await self._write_recovery_contacts(connection, entry, people, now)
        return Imported(tenant_id=tenant_id, people=people)

    async def _known_or_new(self, connection: Connection, tenant_id: UUID, entry: PersonEntry) -> ImportedPerson:
        known = await connection.fetchrow(SQL["imported_account"], tenant_id, entry.key)
        if known is not None:
            return ImportedPerson(known["id"], known["person_id"], created=False)
        human = self._plan.human_of(entry)
        await connection.execute(SQL["import_person"], uuid4(), tenant_id, human)
        person_id = await connection.fetchval(SQL["imported_person"], tenant_id, human)
        return ImportedPerson(uuid4(), person_id, created=True)

    async def _write(
        self,
        connection: Connection,
        tenant_id: UUID,
        entry: PersonEntry,
        people: dict[str, ImportedPerson],
        *,
        now: datetime,
        phc: str | None,
    ) -> None:
        me = people[entry.key]
        created_at = now - timedelta(days=entry.created_days_ago)
        await connection.execute(
            SQL["import_account"],
            me.account_id,
            tenant_id,
            entry.key,
            me.person_id,
            entry.login,
            entry.display_name,
            entry.status,
            None if entry.status == "active" else "imported",
            entry.mfa,
            entry.directory_roles,
            created_at,
            people[entry.manager].account_id if entry.manager else None,
            entry.manager_since or _before(now, entry.manager_days_ago),
            people[entry.sponsor].account_id if entry.sponsor else None,
            entry.sponsor_since or _before(now, entry.sponsor_days_ago),
        )
        if phc is not None:
            await connection.execute(SQL["import_password"], me.account_id, phc, created_at)
        for contact in [*entry.contacts, *entry.replaced_contacts]:
            since = contact.bound_since or _before(now, contact.bound_days_ago)
            replaced = _before(now, contact.replaced_days_ago) if isinstance(contact, ReplacedContactEntry) else None
            await connection.execute(SQL["import_contact"], me.account_id, contact.kind, contact.value, since, replaced)
        for name in entry.groups:
            await connection.execute(SQL["import_group_member"], tenant_id, name, me.account_id)
        for factor in entry.factors:
            await self._write_factor(connection, me.account_id, factor, now)
        await self._write_tokens(connection, me.account_id, entry)

    async def _write_recovery_contacts(
        self, connection: Connection, entry: PersonEntry, people: dict[str, ImportedPerson], now: datetime
    ) -> None:
        for one in entry.recovery_contacts:
            since = one.named_since or _before(now, one.named_days_ago)
            named = people[one.person].account_id
            await connection.execute(SQL["import_recovery_contact"], people[entry.key].account_id, named, since)

    async def _write_factor(self, connection: Connection, account_id: UUID, factor: FactorEntry, now: datetime) -> None:
        enrolled_at = _before(now, factor.enrolled_days_ago)
        factor_id: UUID = await connection.fetchval(
            SQL["import_factor"], account_id, factor.kind, factor.label, enrolled_at
        )
        if isinstance(factor, TotpEntry):
            seed = totp.parse_seed(factor.secret)
            sealed = sealing.seal(seed, key=self._keys.seed_key, owner=factor_id.bytes)
            await connection.execute(SQL["add_totp_seed"], factor_id, sealed, 0)
        elif isinstance(factor, WebAuthnEntry):
            row = _webauthn_row(factor)
            await connection.execute(SQL["add_webauthn_credential"], factor_id, *row)
        elif factor.kind == "trusted_browser":
            digest = codes.hash_token(codes.new_token(), "trusted_browser", key=self._keys.code_key)
            await connection.execute(SQL["add_trusted_browser"], factor_id, digest, sessions.TRUSTED_LIFETIME)

    async def _write_tokens(self, connection: Connection, account_id: UUID, entry: PersonEntry) -> None:
        chosen = entry.backup_codes
        shown = chosen if isinstance(chosen, list) else codes.new_backup_codes(chosen)
        if shown:
            await backup_codes.store(connection, account_id, shown, code_key=self._keys.code_key)
        key = self._keys.code_key
        for _ in range(entry.sessions):
            await sessions.open_session(connection, account_id, code_key=key, aal=1, amr=["imported"])
        for _ in range(entry.refresh_tokens):
            await sessions.add_refresh_token(connection, account_id, code_key=key)
        for _ in range(entry.app_passwords):
            await sessions.add_app_password(connection, account_id, code_key=key, label="Imported")


def _before(now: datetime, days: float | None) -> datetime | None:
    return None if days is None else now - timedelta(days=days)


def _webauthn_row(factor: WebAuthnEntry) -> tuple[Any, ...]:
    credential_id, public_key = (
        base64url_to_bytes(one.rstrip("=")) for one in (factor.credential_id, factor.public_key)
    )
    return credential_id, public_key, factor.sign_count, True, factor.backup_eligible, factor.backup_eligible, []
