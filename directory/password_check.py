"""The first factor: counted before it is checked, and the same work and answer whether or not there is such a login."""

from __future__ import annotations

from uuid import UUID

import asyncpg

from directory import text
from directory.database import SQL
from directory.errors import SignInRefused, Throttled
from directory.passwords import Passwords
from directory.throttles import PASSWORD, Throttles


class PasswordCheck:
    """Finds the account that a login and its password belong to."""

    def __init__(self, pool: asyncpg.Pool, *, passwords: Passwords, throttles: Throttles) -> None:
        self._pool = pool
        self._passwords = passwords
        self._throttles = throttles

    async def account(self, tenant_id: UUID, login: str, password: str, *, any_status: bool = False) -> asyncpg.Record:
        """The account's row; raises `SignInRefused` alike for unknown, wrong and (unless `any_status`) not active.

        Raises `Throttled` after ten attempts on one login within ten minutes, before anything is checked.
        """
        if not await self._throttles.admit(PASSWORD, tenant_id=tenant_id, subject=login):
            raise Throttled
        known = text.is_storable(login)
        row = await self._pool.fetchrow(SQL["account_for_sign_in"], tenant_id, login) if known else None
        right = await self._passwords.check(row["phc"] if row else None, password)
        if row is None or not right or not (any_status or row["status"] == "active"):
            raise SignInRefused
        async with self._pool.acquire() as connection:
            await self._throttles.clear(connection, PASSWORD, tenant_id=tenant_id, subject=login)
        await self._keep_hash_current(row, password)
        return row

    async def _keep_hash_current(self, row: asyncpg.Record, password: str) -> None:
        if self._passwords.is_outdated(row["phc"]):
            renewed = await self._passwords.hash(password)
            await self._pool.execute(SQL["refresh_password_hash"], row["id"], row["phc"], renewed)
