"""Presence as the subject's browser sees it: it waits, shows a code to read out, and learns when it may go on (R36)."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID, uuid4

import asyncpg

from directory import codes
from directory.database import SQL, Connection
from directory.errors import PresenceUnusable, SignInRefused, Throttled
from directory.password_check import PasswordCheck
from directory.passwords import Passwords
from directory.phrases import presence_phrase
from directory.records import PresenceStarted, PresenceStatus
from directory.settings import DirectoryKeys, DirectorySettings
from directory.text import is_storable
from directory.throttles import PRESENCE_BEGUN, Throttles

CODE_LIFETIME = timedelta(minutes=10)


class Presence:
    """Begins, renews and reports presences; the browser is known by a token that only it has."""

    def __init__(self, pool: asyncpg.Pool, *, keys: DirectoryKeys, settings: DirectorySettings) -> None:
        self._pool = pool
        self._keys = keys
        self._throttles = Throttles(pool, code_key=keys.code_key)
        self._password = PasswordCheck(pool, passwords=Passwords(settings.argon2), throttles=self._throttles)

    async def begin(self, tenant_id: UUID, login: str, password: str | None = None) -> PresenceStarted:
        """Start waiting, with the password or (where it will be replaced) the identifier alone.

        Works for accounts that are disabled or locked. With a password, an unknown login and a wrong
        password raise the same `SignInRefused`; by identifier, an unknown one gets a code like any other
        that no approver can confirm. Raises `Throttled`.
        """
        account_id: UUID | None = None
        password_changed_at: datetime | None = None
        if password is not None:
            account = await self._password.account(tenant_id, login, password, any_status=True)
            account_id, password_changed_at = account["id"], account["password_changed_at"]
        # Counted apart: a stranger who knows the name alone must not use up the tries of the right password.
        subject = str(account_id) if account_id else login
        if not await self._throttles.admit(PRESENCE_BEGUN, tenant_id=tenant_id, subject=subject):
            raise Throttled
        if password is None and is_storable(login):
            found = await self._pool.fetchrow(SQL["account_for_sign_in"], tenant_id, login)
            account_id = found["id"] if found else None
        token = codes.new_token()
        async with self._pool.acquire() as connection, connection.transaction():
            return await self._wait(connection, tenant_id, account_id, token, password_changed_at)

    async def renew(self, browser_token: str) -> PresenceStarted:
        """A new code for the same browser; the old one and any confirmation of it are void.

        Raises `PresenceUnusable` for an unknown browser and for one that may go on already, `Throttled`.
        """
        known = await self._pool.fetchrow(SQL["presence_of_browser"], self._hash(browser_token))
        if known is None:
            raise PresenceUnusable
        # By browser, known account or decoy: a brake shared by an account's browsers would tell that it exists.
        subject = self._hash(browser_token).hex()
        if not await self._throttles.admit(PRESENCE_BEGUN, tenant_id=known["tenant_id"], subject=subject):
            raise Throttled
        async with self._pool.acquire() as connection, connection.transaction():
            if known["account_id"] is not None:
                await connection.fetchrow(SQL["lock_account"], known["account_id"])
            present = await connection.fetchrow(SQL["presence_of_browser"], self._hash(browser_token))
            if present is None or present["state"] == "granted":
                raise PresenceUnusable
            return await self._wait(
                connection,
                present["tenant_id"],
                present["account_id"],
                browser_token,
                present["password_changed_at"],
            )

    async def status(self, browser_token: str) -> PresenceStatus:
        """What the browser may know now; asking also shows that it still waits (R27)."""
        row = await self._pool.fetchrow(SQL["presence_of_browser"], self._hash(browser_token))
        if row is None:
            return PresenceStatus(state="ended", expires_at=None)
        await self._pool.execute(SQL["see_browser"], row["id"])
        if row["state"] == "waiting":
            return PresenceStatus(state="waiting", expires_at=row["expires_at"])
        if row["state"] == "confirmed":
            phrase = presence_phrase(row["id"], key=self._keys.code_key)
            return PresenceStatus(state="confirmed", expires_at=row["expires_at"], phrase=phrase)
        open_grant = row["state"] == "granted" and row["closed_at"] is None and row["session_issued_at"] is None
        if open_grant and not row["past"]:
            return PresenceStatus(state="go_on", expires_at=row["until"])
        return PresenceStatus(state="ended", expires_at=None)

    def _hash(self, browser_token: str) -> bytes:
        return codes.hash_token(browser_token, "presence", key=self._keys.code_key)

    async def _wait(
        self,
        connection: Connection,
        tenant_id: UUID,
        account_id: UUID | None,
        browser_token: str,
        password_changed_at: datetime | None,
    ) -> PresenceStarted:
        browser_hash = self._hash(browser_token)
        await connection.execute(SQL["supersede_browser_presences"], browser_hash)
        code = codes.new_presence_code()
        digest = codes.hash_presence_code(
            code.replace("-", ""), account_id=account_id or uuid4(), key=self._keys.code_key
        )
        expires_at = await connection.fetchval(
            SQL["begin_presence"],
            uuid4(),
            tenant_id,
            account_id,
            browser_hash,
            digest,
            password_changed_at,
            CODE_LIFETIME,
        )
        if expires_at is None:
            raise SignInRefused
        return PresenceStarted(browser_token=browser_token, code=code, expires_at=expires_at)
