"""Enrolment after a wipe: the bound browser, and only it, goes on as a new user would (R35, R36, R37).

The order is fixed: begin, a new password where one is to be chosen, an authenticator, backup codes, finish.
Every step looks the grant up by the browser's token under the account's lock, and past `until` none works.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta

import asyncpg

from directory import events
from directory.database import SQL, Connection
from directory.enrolment_steps import EnrolmentSteps, Statements, Step
from directory.errors import EnrolmentNotGranted, EnrolmentWindowClosed, PasswordReused
from directory.passwords import Passwords, check_suitable
from directory.records import EnrolmentFinished
from directory.settings import DirectoryKeys, DirectorySettings
from directory.throttles import SECOND_FACTOR

# R38: contacts stay as they are for so long after a recovery.
CONTACTS_FROZEN = timedelta(hours=72)


class Enrolment(EnrolmentSteps):
    """Takes the bound browser through the steps.

    Every method raises `EnrolmentNotGranted` or `EnrolmentWindowClosed` once the browser may not go on.
    """

    statements = Statements(
        account="enrolment_account",
        grant="enrolment_of_browser",
        seed="enrolment_pending_seed",
        challenge="enrolment_pending_challenge",
        enrolled="enrolment_enrolled",
        codes_issued="enrolment_codes_issued",
    )
    by = "recovery"
    token_kind = "presence"  # noqa: S105 - what the token is for
    not_granted = EnrolmentNotGranted

    def __init__(
        self,
        pool: asyncpg.Pool,
        *,
        keys: DirectoryKeys,
        settings: DirectorySettings,
        totp_clock: Callable[[], float] = time.time,
    ) -> None:
        super().__init__(pool, keys=keys, settings=settings, totp_clock=totp_clock)
        self._passwords = Passwords(settings.argon2)

    async def begin(self, browser_token: str) -> None:
        """Go on; that the sign-in was met by the need to enrol is recorded once (R43)."""
        async with self._granted(browser_token) as (connection, account, grant):
            if grant["begun_at"] is None:
                await connection.execute(SQL["enrolment_begun"], grant["id"])
                await events.emit(connection, account["id"], "user.signed_in.mfa_required")

    async def choose_password(self, browser_token: str, password: str) -> None:
        """Set the new password, known to the subject alone (R29); it must differ from the old one.

        Raises `EnrolmentStepInvalid`, `PasswordUnsuitable` or `PasswordReused`.
        """
        async with self._granted(browser_token, step="password") as (connection, account, _):
            check_suitable(password, login=account["login"])
            old = await connection.fetchrow(SQL["password_of"], account["id"])
        # Hashing takes long and holds no lock; the grant is asked for again afterwards.
        if await self._passwords.check(old["phc"] if old else None, password):
            raise PasswordReused
        phc = await self._passwords.hash(password)
        async with self._granted(browser_token, step="password") as (connection, account, grant):
            changed_at = await connection.fetchval(SQL["set_password"], account["id"], phc)
            await connection.execute(SQL["enrolment_password_chosen"], grant["id"], changed_at)
            await events.emit(connection, account["id"], "user.password_changed", by="recovery")

    async def finish(self, browser_token: str) -> EnrolmentFinished:
        """The codes are saved: sign in, once, as soon as the account is active (R30); ask again until then."""
        async with self._granted(browser_token, step="finish") as (connection, account, grant):
            if grant["completed_at"] is None:
                await connection.execute(SQL["enrolment_completed"], grant["id"])
            if account["status"] != "active":
                return EnrolmentFinished(session=None)
            await connection.execute(SQL["enrolment_session_issued"], grant["id"])
            return EnrolmentFinished(session=await self._session(connection, account, grant["enrolled_factor_id"]))

    async def _settle(self, connection: Connection, account: asyncpg.Record) -> None:
        await connection.execute(SQL["set_enrolment_required"], account["id"], False)  # noqa: FBT003 - a bind value
        await connection.execute(SQL["freeze_contacts"], account["id"], CONTACTS_FROZEN)
        await self._throttles.clear(
            connection, SECOND_FACTOR, tenant_id=account["tenant_id"], subject=str(account["person_id"])
        )

    def _next_step(self, grant: asyncpg.Record) -> Step:
        if grant["begun_at"] is None:
            return "begin"
        if grant["choose_password"] and grant["password_chosen_at"] is None:
            return "password"
        if grant["enrolled_factor_id"] is None:
            return "factor"
        if grant["codes_issued_at"] is None:
            return "backup_codes"
        return "finish" if grant["session_issued_at"] is None else "done"

    def _check_time(self, grant: asyncpg.Record) -> None:
        if grant["over"]:
            raise EnrolmentWindowClosed

    def _chooses_password(self, grant: asyncpg.Record) -> bool:
        return bool(grant["choose_password"])

    def _saved(self, grant: asyncpg.Record) -> bool:
        return grant["completed_at"] is not None
