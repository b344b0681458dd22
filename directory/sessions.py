"""What a sign-in leaves behind: sessions, refresh tokens, trusted browsers, app passwords; stored as keyed hashes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import asyncpg

from directory import accounts, codes, text
from directory.database import SQL, Connection
from directory.errors import SessionUnknown, TokenUnknown
from directory.places import Place
from directory.records import IssuedSession, SessionView

IDLE = timedelta(minutes=30)
ABSOLUTE = timedelta(hours=12)
REFRESH_LIFETIME = timedelta(days=365)
TRUSTED_LIFETIME = timedelta(days=30)


async def open_session(
    connection: Connection,
    account_id: UUID,
    *,
    code_key: bytes,
    aal: int,
    amr: Sequence[str],
    trust_browser: bool = False,
    remember: bool = False,
) -> IssuedSession:
    """Issue a session, and where asked a trusted browser (a factor with an id) and a refresh token."""
    token = codes.new_token()
    digest = codes.hash_token(token, "session", key=code_key)
    row = await connection.fetchrow(SQL["open_session"], account_id, digest, aal, list(amr), IDLE, ABSOLUTE)
    if row is None:
        raise SessionUnknown
    trusted = await add_trusted_browser(connection, account_id, code_key=code_key) if trust_browser else None
    return IssuedSession(
        session_id=row["id"],
        account_id=account_id,
        token=token,
        absolute_until=row["absolute_until"],
        trusted_browser_token=trusted,
        refresh_token=await add_refresh_token(connection, account_id, code_key=code_key) if remember else None,
    )


async def add_refresh_token(connection: Connection, account_id: UUID, *, code_key: bytes) -> str:
    """A token that opens sessions for a year, until it is revoked (B15)."""
    token = codes.new_token()
    digest = codes.hash_token(token, "refresh", key=code_key)
    await connection.execute(SQL["add_refresh_token"], account_id, digest, REFRESH_LIFETIME)
    return token


async def add_trusted_browser(connection: Connection, account_id: UUID, *, code_key: bytes) -> str:
    """A token that lets one browser skip the second factor for 30 days; a factor of its own (B02)."""
    token = codes.new_token()
    factor_id = await connection.fetchval(SQL["add_factor"], account_id, "trusted_browser", "Trusted browser")
    digest = codes.hash_token(token, "trusted_browser", key=code_key)
    await connection.execute(SQL["add_trusted_browser"], factor_id, digest, TRUSTED_LIFETIME)
    return token


async def add_app_password(connection: Connection, account_id: UUID, *, code_key: bytes, label: str) -> str:
    """A password of 256 random bits for a program that knows no second factor."""
    token = codes.new_token()
    digest = codes.hash_token(token, "app_password", key=code_key)
    await connection.execute(SQL["add_app_password"], account_id, label, digest)
    return token


class Sessions:
    """Looks tokens up; every look-up judges expiry, revocation and the account's status."""

    def __init__(self, pool: asyncpg.Pool, *, code_key: bytes) -> None:
        self._pool = pool
        self._code_key = code_key

    async def use(self, token: str) -> SessionView:
        """The live session of a token, kept alive for another 30 minutes; raises `SessionUnknown`."""
        digest = codes.hash_token(token, "session", key=self._code_key)
        row = await self._pool.fetchrow(SQL["use_session"], digest, IDLE)
        if row is None:
            raise SessionUnknown
        return SessionView(**row)

    async def seen_from(self, session_id: UUID, place: Place) -> None:
        """Keep where a session was signed in from, for its owner to recognise."""
        await self._pool.execute(SQL["session_seen_from"], session_id, place.browser, place.address)

    async def end(self, token: str) -> None:
        """Sign out; an unknown token is as good as gone."""
        try:
            session = await self.use(token)
        except SessionUnknown:
            return
        await self._pool.fetchval(SQL["end_session"], session.id, session.account_id)

    async def refresh(self, refresh_token: str) -> IssuedSession:
        """A new session from a refresh token; raises `TokenUnknown` for one revoked, expired or never issued."""
        digest = codes.hash_token(refresh_token, "refresh", key=self._code_key)
        account_id = await self._pool.fetchval(SQL["refresh_token_account"], digest)
        if account_id is None:
            raise TokenUnknown
        async with self._pool.acquire() as connection, connection.transaction():
            await accounts.lock(connection, account_id)
            if not await connection.fetchval(SQL["refresh_token_is_live"], digest):
                raise TokenUnknown
            return await open_session(connection, account_id, code_key=self._code_key, aal=1, amr=["refresh_token"])

    async def check_app_password(self, tenant_id: UUID, login: str, app_password: str) -> UUID:
        """The account that a program signs in to; raises `TokenUnknown`."""
        account_id: UUID | None = None
        if text.is_storable(login):
            digest = codes.hash_token(app_password, "app_password", key=self._code_key)
            account_id = await self._pool.fetchval(SQL["app_password_account"], tenant_id, login, digest)
        if account_id is None:
            raise TokenUnknown
        return account_id
