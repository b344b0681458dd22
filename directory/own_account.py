"""What everything in a profile starts from: a live session, the account's lock, and where asked a fresh proof."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

import asyncpg

from directory import accounts, events
from directory.ceremonies import Ceremonies
from directory.database import SQL, Connection
from directory.errors import EnrolmentRequired, SessionUnknown, StepUpRequired
from directory.records import FactorResponse, SessionView, StepUpStarted
from directory.second_factor import Accepted, SecondFactor
from directory.sessions import Sessions
from directory.settings import DirectoryKeys, DirectorySettings
from directory.throttles import Throttles

# A sign-in with a second factor is itself a fresh proof for so long; the last backup code is enough to re-enrol (R10).
FRESH = timedelta(minutes=10)


@dataclass(frozen=True)
class StepUpAnswer:
    """The answer to `OwnAccount.start_step_up`."""

    transaction_id: UUID = field(repr=False)
    response: FactorResponse


class OwnAccount:
    """Every method starts from a session's token and raises `SessionUnknown` where it has ended.

    Methods that take `step_up` need a fresh proof: that answer, or a sign-in with a second factor less
    than ten minutes ago; otherwise they raise `StepUpRequired`. While a recovery waits for its enrolment,
    whatever changes the account raises `EnrolmentRequired`.
    """

    def __init__(
        self,
        pool: asyncpg.Pool,
        *,
        keys: DirectoryKeys,
        settings: DirectorySettings,
        totp_clock: Callable[[], float] = time.time,
    ) -> None:
        self._pool = pool
        self._keys = keys
        self._settings = settings
        self._totp_clock = totp_clock
        self._sessions = Sessions(pool, code_key=keys.code_key)
        self._throttles = Throttles(pool, code_key=keys.code_key)
        self._second_factor = SecondFactor(keys=keys, settings=settings, totp_clock=totp_clock)
        self._ceremonies = Ceremonies(pool, second_factor=self._second_factor, throttles=self._throttles)

    async def start_step_up(self, token: str) -> StepUpStarted:
        """Begin a fresh proof for this session; a backup code will do, for here it proves only oneself to oneself."""
        async with self._changing(token) as (connection, session, account):
            kinds = await self._second_factor.kinds(connection, account["id"])
            if not kinds:
                raise StepUpRequired
            begun = await self._ceremonies.begin(
                connection, account["id"], "step_up", kinds=kinds, binding=_binding(session)
            )
        return StepUpStarted(transaction_id=begun.id, kinds=begun.kinds, webauthn_options=begun.webauthn_options)

    async def _prove(self, token: str, step_up: StepUpAnswer | None) -> None:
        session = await self._sessions.use(token)
        if step_up is not None:
            await self._ceremonies.finish(
                step_up.transaction_id,
                "step_up",
                step_up.response,
                binding=_binding(session),
                on_accepted=_record_step_up,
            )
        # Looking the session up has just moved last_seen_at to now.
        elif session.aal < 2 or session.last_seen_at - session.created_at > FRESH:  # noqa: PLR2004 - AAL2
            raise StepUpRequired

    @asynccontextmanager
    async def _changing(self, token: str) -> AsyncIterator[tuple[Connection, SessionView, asyncpg.Record]]:
        """Like `_owned`, and refused during a recovery: an old session must not enrol in the subject's place (R36)."""
        async with self._owned(token) as (connection, session, account):
            if account["enrolment_required"]:
                raise EnrolmentRequired
            yield connection, session, account

    @asynccontextmanager
    async def _owned(self, token: str) -> AsyncIterator[tuple[Connection, SessionView, asyncpg.Record]]:
        """The session and its account, held by the account's lock; a session ended meanwhile is refused."""
        session = await self._sessions.use(token)
        async with self._pool.acquire() as connection, connection.transaction():
            account = await accounts.lock(connection, session.account_id)
            if not await connection.fetchval(SQL["session_is_live"], session.id):
                raise SessionUnknown
            yield connection, session, account


async def _record_step_up(connection: Connection, account: asyncpg.Record, accepted: Accepted) -> None:
    await events.emit(connection, account["id"], "user.stepped_up", factor_id=accepted.factor_id, kind=accepted.kind)


def _binding(session: SessionView) -> bytes:
    """What a profile's proof is over; no other party's binding begins like this."""
    return b"directory/profile\0" + session.id.bytes
