"""Setting up a first factor at sign-in, for accounts put under the MFA policy without one (R40).

For no other account: whether the account may do so is asked at every step, under its lock, and a recovery ends it
(R35). It belongs to the browser that gave the password, for ten minutes, and no session is given before its end.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

import asyncpg

from directory import codes, events
from directory.database import SQL, Connection
from directory.enrolment_steps import EnrolmentSteps, Statements, Step
from directory.errors import FirstEnrolmentOver
from directory.records import FirstEnrolmentStarted, IssuedSession, ProofKind

LIFETIME = timedelta(minutes=10)
TOKEN_KIND: Final = "first_enrolment"  # noqa: S105 - what the token is for


def is_open_to(account: asyncpg.Record, kinds: list[ProofKind]) -> bool:
    """Whether the locked account may set up a first factor: a rollout asked for one, and no recovery holds it."""
    asked = account["mfa"] == "required" and account["first_enrolment"]
    return bool(asked) and not account["enrolment_required"] and not kinds


async def begin(
    connection: Connection, account: asyncpg.Record, *, password_changed_at: datetime, code_key: bytes
) -> FirstEnrolmentStarted:
    """After the right password; that the sign-in was met by the need to enrol is an event (R43)."""
    token = codes.new_token()
    until = await connection.fetchval(
        SQL["open_first_enrolment"], account["id"], _hash(token, code_key), password_changed_at, LIFETIME
    )
    await events.emit(connection, account["id"], "user.signed_in.mfa_required")
    return FirstEnrolmentStarted(browser_token=token, until=until)


class FirstEnrolment(EnrolmentSteps):
    """Takes that browser through the steps; every method raises `FirstEnrolmentOver` once it may not go on."""

    statements = Statements(
        account="first_enrolment_account",
        grant="first_enrolment_of_browser",
        seed="first_enrolment_seed",
        challenge="first_enrolment_challenge",
        enrolled="first_enrolment_enrolled",
        codes_issued="first_enrolment_codes_issued",
    )
    by = "sign_in"
    token_kind = TOKEN_KIND
    not_granted = FirstEnrolmentOver

    async def finish(self, browser_token: str) -> IssuedSession:
        """The codes are saved: signed in, once."""
        async with self._granted(browser_token, step="finish") as (connection, account, grant):
            await connection.execute(SQL["first_enrolment_finished"], grant["id"])
            return await self._session(connection, account, grant["enrolled_factor_id"])

    async def _settle(self, connection: Connection, account: asyncpg.Record) -> None:
        await connection.execute(SQL["withdraw_first_enrolment"], account["id"])

    def _next_step(self, grant: asyncpg.Record) -> Step:
        if grant["enrolled_factor_id"] is None:
            return "factor"
        return "backup_codes" if grant["codes_issued_at"] is None else "finish"

    def _check_time(self, grant: asyncpg.Record) -> None:
        """The statement finds none whose time is over."""

    def _chooses_password(self, grant: asyncpg.Record) -> bool:
        del grant
        return False

    def _saved(self, grant: asyncpg.Record) -> bool:
        """With that the grant is gone."""
        del grant
        return False


def _hash(browser_token: str, code_key: bytes) -> bytes:
    return codes.hash_token(browser_token, TOKEN_KIND, key=code_key)
