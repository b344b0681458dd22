"""What a signed-in person may do to their own account: see it, change the app, regenerate codes, end sessions (R3)."""

from __future__ import annotations

import re
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

import asyncpg

from directory import accounts, backup_codes, enrolled_factors, events, sealing, totp
from directory.ceremonies import Ceremonies
from directory.database import SQL, Connection
from directory.errors import (
    ContactInvalid,
    ContactsFrozen,
    EnrolmentRequired,
    EnrolmentStepInvalid,
    FactorUnknown,
    LastFactor,
    PasswordReused,
    SessionUnknown,
    SignInRefused,
    StepUpRequired,
    Throttled,
    WrongCode,
)
from directory.factor_removal import remove_factor
from directory.passwords import Passwords, check_suitable
from directory.records import (
    ContactKind,
    FactorResponse,
    FactorView,
    SessionView,
    StepUpStarted,
    TotpOffer,
    Whoami,
)
from directory.second_factor import Accepted, SecondFactor
from directory.sessions import Sessions
from directory.settings import DirectoryKeys, DirectorySettings
from directory.text import is_storable
from directory.throttles import ENROLMENT_CODE, PASSWORD, Throttles

# A sign-in with a second factor is itself a fresh proof for so long; the last backup code is enough to re-enrol (R10).
FRESH = timedelta(minutes=10)
OFFER_LIFETIME = timedelta(minutes=15)
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,190}")
_PHONE = re.compile(r"\+[0-9]{6,15}")


@dataclass(frozen=True)
class StepUpAnswer:
    """The answer to `Profile.start_step_up`."""

    transaction_id: UUID = field(repr=False)
    response: FactorResponse


class Profile:
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
        self._passwords = Passwords(settings.argon2)
        self._throttles = Throttles(pool, code_key=keys.code_key)
        self._second_factor = SecondFactor(keys=keys, settings=settings, totp_clock=totp_clock)
        self._ceremonies = Ceremonies(pool, second_factor=self._second_factor, throttles=self._throttles)

    async def whoami(self, token: str) -> Whoami:
        """The account behind the session."""
        async with self._owned(token) as (_, session, account):
            return Whoami(
                session=session,
                login=account["login"],
                display_name=account["display_name"],
                contacts_frozen_until=account["contacts_frozen_until"],
            )

    async def factors(self, token: str) -> list[FactorView]:
        """The account's present factors."""
        session = await self._sessions.use(token)
        return [FactorView(**row) for row in await self._pool.fetch(SQL["own_factors"], session.account_id)]

    async def sessions(self, token: str) -> list[SessionView]:
        """The account's live sessions."""
        session = await self._sessions.use(token)
        return [SessionView(**row) for row in await self._pool.fetch(SQL["own_sessions"], session.account_id)]

    async def end_session(self, token: str, session_id: UUID) -> None:
        """End one of the account's own sessions; raises `SessionUnknown` for another's."""
        async with self._owned(token) as (connection, _, account):
            if await connection.fetchval(SQL["end_session"], session_id, account["id"]) is None:
                raise SessionUnknown
            await events.emit(connection, account["id"], "user.session_revoked", sessions=1, by="self")

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

    async def offer_totp(self, token: str, step_up: StepUpAnswer | None = None) -> TotpOffer:
        """A seed for the new app, shown once and valid for 15 minutes; the old app works until it is confirmed."""
        await self._prove(token, step_up)
        seed = totp.new_seed()
        async with self._changing(token) as (connection, session, account):
            sealed = sealing.seal(seed, key=self._keys.seed_key, owner=session.id.bytes)
            await connection.execute(SQL["set_pending_app"], session.id, sealed, OFFER_LIFETIME)
            return totp.offer(seed, login=account["login"], issuer=self._settings.rp_name)

    async def confirm_totp(self, token: str, code: object, *, label: str = "Authenticator app") -> UUID:
        """Change the app: the new one is enrolled by its code and replaces every older TOTP factor.

        Raises `WrongCode`, `Throttled`, `EnrolmentStepInvalid` when nothing was offered.
        """
        async with self._changing(token) as (_, session, account):
            tenant_id = account["tenant_id"]
        if not await self._throttles.admit(ENROLMENT_CODE, tenant_id=tenant_id, subject=str(session.id)):
            raise Throttled
        async with self._changing(token) as (connection, session, account):
            sealed = await connection.fetchval(SQL["pending_app"], session.id)
            if sealed is None:
                raise EnrolmentStepInvalid
            seed = sealing.unseal(sealed, key=self._keys.seed_key, owner=session.id.bytes)
            step = totp.matching_step(seed, code, now=self._totp_clock())
            if step is None:
                raise WrongCode
            old = [row["id"] for row in await connection.fetch(SQL["totp_seeds"], account["id"])]
            factor_id = await enrolled_factors.add_totp(
                connection, account["id"], seed, seed_key=self._keys.seed_key, used_step=step, label=label
            )
            await enrolled_factors.announce(connection, account["id"], factor_id, "totp", by="profile")
            for one in old:
                await remove_factor(connection, account["id"], one, command=None, by="self")
            await connection.execute(SQL["forget_pending_app"], session.id)
            return factor_id

    async def regenerate_backup_codes(self, token: str, step_up: StepUpAnswer | None = None) -> list[str]:
        """Ten new codes, shown once; the old set is dead."""
        await self._prove(token, step_up)
        async with self._changing(token) as (connection, _, account):
            factor_id, shown = await backup_codes.issue(connection, account["id"], code_key=self._keys.code_key)
            await events.emit(connection, account["id"], "mfa.backup_codes_regenerated", factor_id=factor_id)
            return shown

    async def remove_factor(self, token: str, factor_id: UUID, step_up: StepUpAnswer | None = None) -> None:
        """Remove one's own factor; the last authenticator stays (B21). Raises `FactorUnknown`, `LastFactor`."""
        await self._prove(token, step_up)
        async with self._changing(token) as (connection, _, account):
            present = [FactorView(**row) for row in await connection.fetch(SQL["own_factors"], account["id"])]
            if factor_id not in {one.id for one in present}:
                raise FactorUnknown
            if not any(one.kind in {"totp", "webauthn"} for one in present if one.id != factor_id):
                raise LastFactor
            await remove_factor(connection, account["id"], factor_id, command=None, by="self")

    async def change_password(self, token: str, old: str, new: str) -> None:
        """Needs the old password; other sessions end. Raises `SignInRefused` for a wrong one, `PasswordUnsuitable`."""
        async with self._changing(token) as (connection, _, account):
            check_suitable(new, login=account["login"])
            row = await connection.fetchrow(SQL["password_of"], account["id"])
        if not await self._throttles.admit(PASSWORD, tenant_id=account["tenant_id"], subject=account["login"]):
            raise Throttled
        usable = row["phc"] if row and row["invalidated_at"] is None else None
        if not await self._passwords.check(usable, old):
            raise SignInRefused
        if old == new:
            raise PasswordReused
        phc = await self._passwords.hash(new)
        async with self._changing(token) as (connection, session, account):
            if not row or not await connection.fetchval(SQL["password_still_set"], account["id"], row["changed_at"]):
                raise SignInRefused
            await connection.fetchval(SQL["set_password"], account["id"], phc)
            await connection.fetch(SQL["end_other_sessions"], account["id"], session.id)
            await events.emit(connection, account["id"], "user.password_changed", by="self")

    async def change_contact(
        self, token: str, kind: ContactKind, value: str, step_up: StepUpAnswer | None = None
    ) -> UUID:
        """Replace the contact point of that kind; the old one stays on record (R23).

        Raises `ContactsFrozen` for 72 hours after a recovery (R38), `ContactInvalid`.
        """
        shape = _EMAIL if kind == "email" else _PHONE
        if not is_storable(value) or not shape.fullmatch(value):
            raise ContactInvalid
        await self._prove(token, step_up)
        async with self._changing(token) as (connection, _, account):
            frozen_until = account["contacts_frozen_until"]
            if frozen_until is not None and account["now"] < frozen_until:
                raise ContactsFrozen
            await connection.execute(SQL["replace_contacts"], account["id"], kind)
            contact_id: UUID = await connection.fetchval(SQL["add_contact"], account["id"], kind, value)
            await events.emit(connection, account["id"], "user.contact_changed", contact_id=contact_id, kind=kind)
            return contact_id

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
