"""Enrolment after a wipe: the bound browser, and only it, goes on as a new user would (R35, R36, R37).

The order is fixed: begin, a new password where one is to be chosen, an authenticator, backup codes, finish.
Every step looks the grant up by the browser's token under the account's lock, and past `until` none works.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Literal
from uuid import UUID

import asyncpg

from directory import accounts, backup_codes, codes, enrolled_factors, events, passkeys, sealing, totp
from directory.database import SQL, Connection
from directory.errors import (
    EnrolmentNotGranted,
    EnrolmentStepInvalid,
    EnrolmentWindowClosed,
    PasswordReused,
    Throttled,
    WrongCode,
)
from directory.passwords import Passwords, check_suitable
from directory.records import EnrolmentFinished, EnrolmentProgress, IssuedSession, TotpOffer
from directory.second_factor import Accepted, SecondFactor
from directory.sessions import open_session
from directory.settings import DirectoryKeys, DirectorySettings
from directory.throttles import ENROLMENT_CODE, SECOND_FACTOR, Throttles

# R38: contacts stay as they are for so long after a recovery.
CONTACTS_FROZEN = timedelta(hours=72)
_CHALLENGE_BYTES = 32

Step = Literal["begin", "password", "factor", "backup_codes", "finish", "done"]


class Enrolment:
    """Takes the bound browser through the steps; `totp_clock` gives seconds since the epoch, for TOTP only."""

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
        self._passwords = Passwords(settings.argon2)
        self._throttles = Throttles(pool, code_key=keys.code_key)
        self._second_factor = SecondFactor(keys=keys, settings=settings, totp_clock=totp_clock)

    async def progress(self, browser_token: str) -> EnrolmentProgress:
        """Where the browser stands; raises `EnrolmentNotGranted` or `EnrolmentWindowClosed`."""
        async with self._granted(browser_token) as (_, account, grant):
            return EnrolmentProgress(
                state=grant["state"],
                next=_next_step(grant),
                until=grant["until"],
                choose_password=grant["choose_password"],
                login=account["login"],
            )

    async def begin(self, browser_token: str) -> None:
        """Go on; that the sign-in was met by the need to enrol is recorded once (R43)."""
        async with self._granted(browser_token) as (connection, account, grant):
            if grant["begun_at"] is None:
                await connection.execute(SQL["enrolment_begun"], grant["id"])
                await events.emit(connection, account["id"], "user.signed_in.mfa_required")

    async def choose_password(self, browser_token: str, password: str) -> None:
        """Set the new password, known to nobody else (R29); it must differ from the old one.

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

    async def offer_totp(self, browser_token: str) -> TotpOffer:
        """A new seed, shown now and never again; asking anew replaces it."""
        seed = totp.new_seed()
        async with self._granted(browser_token, step="factor") as (connection, account, grant):
            sealed = sealing.seal(seed, key=self._keys.seed_key, owner=grant["id"].bytes)
            await connection.execute(SQL["enrolment_pending_seed"], grant["id"], sealed)
            return totp.offer(seed, login=account["login"], issuer=self._settings.rp_name)

    async def confirm_totp(self, browser_token: str, code: object, *, label: str = "Authenticator app") -> UUID:
        """Enrol the offered app by one of its codes, which is used up by that (B14); returns the factor's id.

        Raises `WrongCode`, `Throttled`, `EnrolmentStepInvalid` when nothing was offered.
        """
        await self._count(browser_token)
        async with self._granted(browser_token, step="factor") as (connection, account, grant):
            if grant["pending_seed"] is None:
                raise EnrolmentStepInvalid
            seed = sealing.unseal(grant["pending_seed"], key=self._keys.seed_key, owner=grant["id"].bytes)
            step = totp.matching_step(seed, code, now=self._totp_clock())
            if step is None:
                raise WrongCode
            factor_id = await enrolled_factors.add_totp(
                connection, account["id"], seed, seed_key=self._keys.seed_key, used_step=step, label=label
            )
            await self._enrolled(connection, account, grant, factor_id, "totp")
            return factor_id

    async def offer_webauthn(self, browser_token: str) -> str:
        """JSON for `navigator.credentials.create()`; asking anew replaces the challenge."""
        challenge = secrets.token_bytes(_CHALLENGE_BYTES)
        async with self._granted(browser_token, step="factor") as (connection, account, grant):
            await connection.execute(SQL["enrolment_pending_challenge"], grant["id"], challenge)
            return passkeys.registration_options(
                self._settings,
                challenge=challenge,
                user_id=account["id"],
                login=account["login"],
                display_name=account["display_name"],
                known=await self._second_factor.credentials(connection, account["id"]),
            )

    async def confirm_webauthn(self, browser_token: str, credential: object, *, label: str = "Security key") -> UUID:
        """Enrol the authenticator that answered; returns the factor's id.

        Raises `CredentialRefused`, `Throttled`, `EnrolmentStepInvalid` when nothing was offered.
        """
        await self._count(browser_token)
        async with self._granted(browser_token, step="factor") as (connection, account, grant):
            if grant["pending_challenge"] is None:
                raise EnrolmentStepInvalid
            made = passkeys.verify_registration(self._settings, credential, challenge=grant["pending_challenge"])
            factor_id = await enrolled_factors.add_webauthn(connection, account["id"], made, label=label)
            await self._enrolled(connection, account, grant, factor_id, "webauthn")
            return factor_id

    async def issue_backup_codes(self, browser_token: str) -> list[str]:
        """Ten new codes, shown now and never again; the old set is dead (R12, B03). Asking anew replaces them."""
        async with self._granted(browser_token, step="backup_codes") as (connection, account, grant):
            factor_id, shown = await backup_codes.issue(connection, account["id"], code_key=self._keys.code_key)
            await connection.execute(SQL["enrolment_codes_issued"], grant["id"])
            await events.emit(connection, account["id"], "mfa.backup_codes_regenerated", factor_id=factor_id)
            return shown

    async def finish(self, browser_token: str) -> EnrolmentFinished:
        """The codes are saved: sign in, once, as soon as the account is active (R30); ask again until then."""
        async with self._granted(browser_token, step="finish") as (connection, account, grant):
            if grant["completed_at"] is None:
                await connection.execute(SQL["enrolment_completed"], grant["id"])
            if account["status"] != "active":
                return EnrolmentFinished(session=None)
            await connection.execute(SQL["enrolment_session_issued"], grant["id"])
            return EnrolmentFinished(session=await self._session(connection, account, grant))

    async def _session(self, connection: Connection, account: asyncpg.Record, grant: asyncpg.Record) -> IssuedSession:
        # Signed in by what was just enrolled; it counts as a second factor as long as it is still there.
        factor_id = grant["enrolled_factor_id"]
        factor = await connection.fetchrow(SQL["factor_of_account"], factor_id, account["id"])
        if factor is None or factor["removed_at"] is not None:
            raise EnrolmentStepInvalid
        keys = await self._second_factor.credentials(connection, account["id"])
        hardware_bound = any(one.factor_id == factor_id and not one.backup_eligible for one in keys)
        used = Accepted(factor_id, account["now"], factor["kind"], hardware_bound)
        return await open_session(connection, account["id"], aal=used.aal, amr=used.amr)

    async def _enrolled(
        self,
        connection: Connection,
        account: asyncpg.Record,
        grant: asyncpg.Record,
        factor_id: UUID,
        kind: Literal["totp", "webauthn"],
    ) -> None:
        await connection.execute(SQL["enrolment_enrolled"], grant["id"], factor_id)
        await connection.execute(SQL["set_enrolment_required"], account["id"], False)  # noqa: FBT003 - a bind value
        await connection.execute(SQL["freeze_contacts"], account["id"], CONTACTS_FROZEN)
        await self._throttles.clear(
            connection, SECOND_FACTOR, tenant_id=account["tenant_id"], subject=str(account["person_id"])
        )
        await enrolled_factors.announce(connection, account["id"], factor_id, kind, by="recovery")

    async def _count(self, browser_token: str) -> None:
        async with self._granted(browser_token, step="factor") as (_, account, grant):
            tenant_id, subject = account["tenant_id"], str(grant["id"])
        if not await self._throttles.admit(ENROLMENT_CODE, tenant_id=tenant_id, subject=subject):
            raise Throttled

    @asynccontextmanager
    async def _granted(
        self, browser_token: str, *, step: Step | None = None
    ) -> AsyncIterator[tuple[Connection, asyncpg.Record, asyncpg.Record]]:
        browser_hash = codes.hash_token(browser_token)
        async with self._pool.acquire() as connection, connection.transaction():
            account_id = await connection.fetchval(SQL["enrolment_account"], browser_hash)
            if account_id is None:
                raise EnrolmentNotGranted
            account = await accounts.lock(connection, account_id)
            grant = await connection.fetchrow(SQL["enrolment_of_browser"], browser_hash, account_id)
            if grant is None:
                raise EnrolmentNotGranted
            if grant["over"]:
                raise EnrolmentWindowClosed
            if step is not None and not _is_turn_of(step, grant):
                raise EnrolmentStepInvalid
            yield connection, account, grant


def _next_step(grant: asyncpg.Record) -> Step:
    if grant["begun_at"] is None:
        return "begin"
    if grant["choose_password"] and grant["password_chosen_at"] is None:
        return "password"
    if grant["enrolled_factor_id"] is None:
        return "factor"
    if grant["codes_issued_at"] is None:
        return "backup_codes"
    return "finish" if grant["session_issued_at"] is None else "done"


def _is_turn_of(step: Step, grant: asyncpg.Record) -> bool:
    turn = _next_step(grant)
    # Codes that were issued and never seen may be issued anew, until the subject says that they are saved.
    anew = step == "backup_codes" and turn == "finish" and grant["completed_at"] is None
    return turn == step or anew
