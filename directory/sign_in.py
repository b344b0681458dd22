"""Signing in to the directory itself: the password, then a second factor or a trusted browser, then a session."""

from __future__ import annotations

import time
from collections.abc import Callable
from uuid import UUID

import asyncpg

from directory import accounts, codes, events, first_enrolment
from directory.authentication import record_sign_in
from directory.ceremonies import Ceremonies
from directory.database import SQL, Connection
from directory.errors import EnrolmentRequired, SignInRefused
from directory.password_check import PasswordCheck
from directory.passwords import Passwords
from directory.records import FactorResponse, FirstEnrolmentStarted, IssuedSession, ProofKind, SignInStarted
from directory.second_factor import Accepted, SecondFactor
from directory.sessions import open_session
from directory.settings import DirectoryKeys, DirectorySettings
from directory.throttles import Throttles


class SignIn:
    """Leads from a password to a session; a password alone never enters an account that must use MFA (R35)."""

    def __init__(
        self,
        pool: asyncpg.Pool,
        *,
        keys: DirectoryKeys,
        settings: DirectorySettings,
        totp_clock: Callable[[], float] = time.time,
    ) -> None:
        throttles = Throttles(pool, code_key=keys.code_key)
        self._pool = pool
        self._code_key = keys.code_key
        self._second_factor = SecondFactor(keys=keys, settings=settings, totp_clock=totp_clock)
        self._ceremonies = Ceremonies(pool, second_factor=self._second_factor, throttles=throttles)
        self._password = PasswordCheck(pool, passwords=Passwords(settings.argon2), throttles=throttles)

    async def start(
        self, tenant_id: UUID, login: str, password: str, *, trusted_browser: str | None = None
    ) -> SignInStarted | IssuedSession | FirstEnrolmentStarted:
        """Check the password; a session at once only for a trusted browser, or where MFA is not asked for.

        An account put under the MFA policy without a factor sets one up in this browser first (R40).
        Raises `SignInRefused` alike for unknown, wrong and not active, `Throttled` before anything is
        checked, and after a right password `EnrolmentRequired` where nothing is left to answer with.
        """
        checked = await self._password.account(tenant_id, login, password)
        password_changed_at = checked["password_changed_at"]
        async with self._pool.acquire() as connection, connection.transaction():
            account = await accounts.lock(connection, checked["id"])
            # The account or its password may have changed while the hash was computed.
            still_set = await connection.fetchval(SQL["password_still_set"], account["id"], password_changed_at)
            if account["status"] != "active" or not still_set:
                raise SignInRefused
            kinds = await self._second_factor.kinds(connection, account["id"])
            if first_enrolment.is_open_to(account, kinds):
                return await first_enrolment.begin(
                    connection, account, password_changed_at=password_changed_at, code_key=self._code_key
                )
            session = await self._without_second_factor(connection, account, kinds, trusted_browser)
            if session is not None:
                return session
            begun = await self._ceremonies.begin(
                connection, account["id"], "sign_in", kinds=kinds, password_changed_at=password_changed_at
            )
        return SignInStarted(transaction_id=begun.id, kinds=begun.kinds, webauthn_options=begun.webauthn_options)

    async def finish(
        self, transaction_id: UUID, response: FactorResponse, *, trust_browser: bool = False, remember: bool = False
    ) -> IssuedSession:
        """A session, and where asked a trusted browser and a refresh token.

        Raises `TransactionUnusable`, `Throttled` or a `SecondFactorRefused`.
        """

        async def signed_in(connection: Connection, account: asyncpg.Record, accepted: Accepted) -> IssuedSession:
            await record_sign_in(connection, account["id"], accepted)
            return await open_session(
                connection,
                account["id"],
                code_key=self._code_key,
                aal=accepted.aal,
                amr=accepted.amr,
                # A backup code is for getting back in once, not for standing trust.
                trust_browser=trust_browser and accepted.kind != "backup_code",
                remember=remember,
            )

        return await self._ceremonies.finish(transaction_id, "sign_in", response, on_accepted=signed_in)

    async def _without_second_factor(
        self,
        connection: Connection,
        account: asyncpg.Record,
        kinds: list[ProofKind],
        trusted_browser: str | None,
    ) -> IssuedSession | None:
        if account["enrolment_required"] or (account["mfa"] == "required" and not kinds):
            raise EnrolmentRequired
        if not kinds or account["mfa"] == "exempt":
            await events.emit(connection, account["id"], "user.signed_in", kind="password")
            return await self._low_session(connection, account, ["pwd"])
        # Trust in a browser rests on an authenticator; left over alone it opens nothing (B02).
        if trusted_browser is None or not {"totp", "webauthn"} & set(kinds):
            return None
        digest = codes.hash_token(trusted_browser, "trusted_browser", key=self._code_key)
        factor_id = await connection.fetchval(SQL["trusted_browser"], account["id"], digest)
        if factor_id is None:
            return None
        await connection.execute(SQL["touch_factor"], factor_id)
        await events.emit(connection, account["id"], "user.signed_in", factor_id=factor_id, kind="trusted_browser")
        return await self._low_session(connection, account, ["pwd", "trusted_browser"])

    async def _low_session(self, connection: Connection, account: asyncpg.Record, amr: list[str]) -> IssuedSession:
        return await open_session(connection, account["id"], code_key=self._code_key, aal=1, amr=amr)
