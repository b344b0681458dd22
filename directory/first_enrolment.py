"""Setting up a first factor at sign-in, for accounts put under the MFA policy without one (R40).

For nobody else: whether the account may do so is asked at every step, under its lock, and a recovery ends it
(R35). It belongs to the browser that gave the password, for ten minutes, and no session is given before its end.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

import asyncpg

from directory import accounts, codes, events
from directory.database import SQL, Connection
from directory.enrolment_steps import EnrolmentSteps, Statements, Step
from directory.errors import EnrolmentStepInvalid, FirstEnrolmentOver
from directory.records import EnrolmentProgress, FirstEnrolmentStarted, IssuedSession, ProofKind

LIFETIME = timedelta(minutes=10)


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
        seed="first_enrolment_seed",
        challenge="first_enrolment_challenge",
        enrolled="first_enrolment_enrolled",
        codes_issued="first_enrolment_codes_issued",
    )
    by = "sign_in"

    async def progress(self, browser_token: str) -> EnrolmentProgress:
        """Where the browser stands."""
        async with self._granted(browser_token) as (_, account, grant):
            return EnrolmentProgress(
                state=grant["state"],
                next=_next_step(grant),
                until=grant["until"],
                choose_password=False,
                login=account["login"],
            )

    async def finish(self, browser_token: str) -> IssuedSession:
        """The codes are saved: signed in, once."""
        async with self._granted(browser_token, step="finish") as (connection, account, grant):
            await connection.execute(SQL["first_enrolment_finished"], grant["id"])
            return await self._session(connection, account, grant["enrolled_factor_id"])

    async def _settle(self, connection: Connection, account: asyncpg.Record) -> None:
        await connection.execute(SQL["withdraw_first_enrolment"], account["id"])

    @asynccontextmanager
    async def _granted(
        self, browser_token: str, *, step: Step | None = None
    ) -> AsyncIterator[tuple[Connection, asyncpg.Record, asyncpg.Record]]:
        browser_hash = _hash(browser_token, self._keys.code_key)
        async with self._pool.acquire() as connection, connection.transaction():
            account_id = await connection.fetchval(SQL["first_enrolment_account"], browser_hash)
            if account_id is None:
                raise FirstEnrolmentOver
            account = await accounts.lock(connection, account_id)
            grant = await connection.fetchrow(SQL["first_enrolment_of_browser"], browser_hash, account_id)
            if grant is None:
                raise FirstEnrolmentOver
            if step is not None and not _is_turn_of(step, grant):
                raise EnrolmentStepInvalid
            yield connection, account, grant


def _next_step(grant: asyncpg.Record) -> Step:
    if grant["enrolled_factor_id"] is None:
        return "factor"
    return "backup_codes" if grant["codes_issued_at"] is None else "finish"


def _is_turn_of(step: Step, grant: asyncpg.Record) -> bool:
    turn = _next_step(grant)
    # Codes that were issued and never seen may be issued anew, until the subject says that they are saved.
    return turn == step or (step == "backup_codes" and turn == "finish")


def _hash(browser_token: str, code_key: bytes) -> bytes:
    return codes.hash_token(browser_token, "first_enrolment", key=code_key)
