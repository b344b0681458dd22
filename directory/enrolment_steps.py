"""Setting up an authenticator and backup codes, step by step, for the enrolment after a wipe and at a first sign-in."""

from __future__ import annotations

import secrets
import time
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import ClassVar, Literal
from uuid import UUID

import asyncpg

from directory import accounts, backup_codes, codes, enrolled_factors, events, passkeys, sealing, totp
from directory.database import SQL, Connection
from directory.errors import DirectoryError, EnrolmentStepInvalid, Throttled, WrongCode
from directory.records import EnrolmentProgress, IssuedSession, TotpOffer
from directory.second_factor import Accepted, SecondFactor
from directory.sessions import open_session
from directory.settings import DirectoryKeys, DirectorySettings
from directory.text import factor_name
from directory.throttles import ENROLMENT_CODE, Throttles

_CHALLENGE_BYTES = 32

Step = Literal["begin", "password", "factor", "backup_codes", "finish", "done"]


@dataclass(frozen=True)
class Statements:
    """The named statements that keep one way's progress."""

    account: str
    grant: str
    seed: str
    challenge: str
    enrolled: str
    codes_issued: str


class EnrolmentSteps(ABC):
    """What both ways have in common; `totp_clock` gives seconds since the epoch, for TOTP only."""

    statements: ClassVar[Statements]
    by: ClassVar[Literal["recovery", "sign_in"]]
    token_kind: ClassVar[codes.TokenKind]
    not_granted: ClassVar[type[DirectoryError]]

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
        self._throttles = Throttles(pool, code_key=keys.code_key)
        self._second_factor = SecondFactor(keys=keys, settings=settings, totp_clock=totp_clock)

    async def progress(self, browser_token: str) -> EnrolmentProgress:
        """Where the browser stands."""
        async with self._granted(browser_token) as (_, account, grant):
            return EnrolmentProgress(
                state=grant["state"],
                next=self._next_step(grant),
                until=grant["until"],
                choose_password=self._chooses_password(grant),
                login=account["login"],
            )

    @asynccontextmanager
    async def _granted(
        self, browser_token: str, *, step: Step | None = None
    ) -> AsyncIterator[tuple[Connection, asyncpg.Record, asyncpg.Record]]:
        """The account, held by its lock, and what the browser was granted; refuses another step than the next."""
        browser_hash = codes.hash_token(browser_token, self.token_kind, key=self._keys.code_key)
        async with self._pool.acquire() as connection, connection.transaction():
            account_id = await connection.fetchval(SQL[self.statements.account], browser_hash)
            if account_id is None:
                raise self.not_granted
            account = await accounts.lock(connection, account_id)
            grant = await connection.fetchrow(SQL[self.statements.grant], browser_hash, account_id)
            if grant is None:
                raise self.not_granted
            self._check_time(grant)
            if step is not None and not self._is_turn_of(step, grant):
                raise EnrolmentStepInvalid
            yield connection, account, grant

    def _is_turn_of(self, step: Step, grant: asyncpg.Record) -> bool:
        turn = self._next_step(grant)
        # Codes that were issued and never seen may be issued anew, until the subject says that they are saved.
        anew = step == "backup_codes" and turn == "finish" and not self._saved(grant)
        return turn == step or anew

    @abstractmethod
    def _next_step(self, grant: asyncpg.Record) -> Step:
        """What comes next for this browser."""

    @abstractmethod
    def _check_time(self, grant: asyncpg.Record) -> None:
        """Refuses a grant whose time is over, where its statement does not."""

    @abstractmethod
    def _chooses_password(self, grant: asyncpg.Record) -> bool:
        """Whether a new password is chosen on the way."""

    @abstractmethod
    def _saved(self, grant: asyncpg.Record) -> bool:
        """Whether the subject has said that the backup codes are saved."""

    @abstractmethod
    async def _settle(self, connection: Connection, account: asyncpg.Record) -> None:
        """What a confirmed authenticator changes about the account."""

    async def offer_totp(self, browser_token: str) -> TotpOffer:
        """A new seed, shown now and never again; asking anew replaces it."""
        seed = totp.new_seed()
        async with self._granted(browser_token, step="factor") as (connection, account, grant):
            sealed = sealing.seal(seed, key=self._keys.seed_key, owner=grant["id"].bytes)
            await connection.execute(SQL[self.statements.seed], grant["id"], sealed)
            return totp.offer(seed, login=account["login"], issuer=self._settings.rp_name)

    async def confirm_totp(self, browser_token: str, code: object, *, label: str = "Authenticator app") -> UUID:
        """Enrol the offered app by one of its codes, which is used up by that (B14); returns the factor's id.

        Raises `WrongCode`, `Throttled`, `NameUnsuitable`, `EnrolmentStepInvalid` when nothing was offered.
        """
        name = factor_name(label)
        await self._count(browser_token)
        async with self._granted(browser_token, step="factor") as (connection, account, grant):
            if grant["pending_seed"] is None:
                raise EnrolmentStepInvalid
            seed = sealing.unseal(grant["pending_seed"], key=self._keys.seed_key, owner=grant["id"].bytes)
            step = totp.matching_step(seed, code, now=self._totp_clock())
            if step is None:
                raise WrongCode
            factor_id = await enrolled_factors.add_totp(
                connection, account["id"], seed, seed_key=self._keys.seed_key, used_step=step, label=name
            )
            await self._enrolled(connection, account, grant, factor_id, "totp")
            return factor_id

    async def offer_webauthn(self, browser_token: str) -> str:
        """JSON for `navigator.credentials.create()`; asking anew replaces the challenge."""
        challenge = secrets.token_bytes(_CHALLENGE_BYTES)
        async with self._granted(browser_token, step="factor") as (connection, account, grant):
            await connection.execute(SQL[self.statements.challenge], grant["id"], challenge)
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

        Raises `CredentialRefused`, `Throttled`, `NameUnsuitable`, `EnrolmentStepInvalid` when nothing was offered.
        """
        name = factor_name(label)
        await self._count(browser_token)
        async with self._granted(browser_token, step="factor") as (connection, account, grant):
            if grant["pending_challenge"] is None:
                raise EnrolmentStepInvalid
            made = passkeys.verify_registration(self._settings, credential, challenge=grant["pending_challenge"])
            factor_id = await enrolled_factors.add_webauthn(connection, account["id"], made, label=name)
            await self._enrolled(connection, account, grant, factor_id, "webauthn")
            return factor_id

    async def issue_backup_codes(self, browser_token: str) -> list[str]:
        """Ten new codes, shown now and never again; the old set is dead (R12, B03). Asking anew replaces them."""
        async with self._granted(browser_token, step="backup_codes") as (connection, account, grant):
            factor_id, shown = await backup_codes.issue(connection, account["id"], code_key=self._keys.code_key)
            await connection.execute(SQL[self.statements.codes_issued], grant["id"])
            await events.emit(connection, account["id"], "mfa.backup_codes_regenerated", factor_id=factor_id)
            return shown

    async def _session(self, connection: Connection, account: asyncpg.Record, factor_id: UUID) -> IssuedSession:
        # Signed in by what was just enrolled; it counts as a second factor as long as it is still there.
        factor = await connection.fetchrow(SQL["factor_of_account"], factor_id, account["id"])
        if factor is None or factor["removed_at"] is not None:
            raise EnrolmentStepInvalid
        keys = await self._second_factor.credentials(connection, account["id"])
        hardware_bound = any(one.factor_id == factor_id and not one.backup_eligible for one in keys)
        used = Accepted(factor_id, account["now"], factor["kind"], hardware_bound)
        return await open_session(connection, account["id"], code_key=self._keys.code_key, aal=used.aal, amr=used.amr)

    async def _enrolled(
        self,
        connection: Connection,
        account: asyncpg.Record,
        grant: asyncpg.Record,
        factor_id: UUID,
        kind: Literal["totp", "webauthn"],
    ) -> None:
        await connection.execute(SQL[self.statements.enrolled], grant["id"], factor_id)
        await self._settle(connection, account)
        await enrolled_factors.announce(connection, account["id"], factor_id, kind, by=self.by)

    async def _count(self, browser_token: str) -> None:
        async with self._granted(browser_token, step="factor") as (_, account, grant):
            tenant_id, subject = account["tenant_id"], str(grant["id"])
        if not await self._throttles.admit(ENROLMENT_CODE, tenant_id=tenant_id, subject=subject):
            raise Throttled
