"""Who is at the recovery product's door: staff sign-in, and fresh proofs over one content (R27, R28)."""

from __future__ import annotations

import time
from collections.abc import Callable
from uuid import UUID

import asyncpg

from directory import accounts, events
from directory.ceremonies import Ceremonies
from directory.database import Connection
from directory.errors import EnrolmentRequired, SignInRefused
from directory.password_check import PasswordCheck
from directory.passwords import Passwords
from directory.records import FactorResponse, Proof, SignedIn, SignInStarted, StepUpStarted
from directory.second_factor import Accepted, SecondFactor
from directory.settings import DirectoryKeys, DirectorySettings
from directory.throttles import Throttles


class Authentication:
    """Signs staff in with two factors, always; `totp_clock` gives seconds since the epoch, for TOTP steps only."""

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
        self._second_factor = SecondFactor(
            keys=keys, settings=settings, totp_clock=totp_clock, other_origins=settings.assertion_origins
        )
        self._ceremonies = Ceremonies(pool, second_factor=self._second_factor, throttles=throttles)
        self._password = PasswordCheck(pool, passwords=Passwords(settings.argon2), throttles=throttles)

    async def start_sign_in(self, tenant_id: UUID, login: str, password: str) -> SignInStarted:
        """Check the password; the second factor must follow within five minutes.

        Raises `SignInRefused` alike for an unknown login, a wrong password and an account that is not active,
        `Throttled` before anything is checked, and `EnrolmentRequired` where no second factor is left (R35).
        """
        account = await self._password.account(tenant_id, login, password)
        async with self._pool.acquire() as connection, connection.transaction():
            locked = await accounts.lock(connection, account["id"])
            kinds = await self._second_factor.kinds(connection, account["id"])
            if locked["enrolment_required"] or not kinds:
                raise EnrolmentRequired
            begun = await self._ceremonies.begin(
                connection,
                account["id"],
                "staff_sign_in",
                kinds=kinds,
                password_changed_at=account["password_changed_at"],
            )
        return SignInStarted(transaction_id=begun.id, kinds=begun.kinds, webauthn_options=begun.webauthn_options)

    async def finish_sign_in(self, transaction_id: UUID, response: FactorResponse) -> SignedIn:
        """Who signed in; raises `TransactionUnusable`, `Throttled` or a `SecondFactorRefused`."""

        async def signed_in(connection: Connection, account: asyncpg.Record, accepted: Accepted) -> SignedIn:
            await record_sign_in(connection, account["id"], accepted)
            return SignedIn(
                account_id=account["id"],
                person_id=account["person_id"],
                aal=accepted.aal,
                amr=accepted.amr,
                at=account["now"],
            )

        return await self._ceremonies.finish(transaction_id, "staff_sign_in", response, on_accepted=signed_in)

    async def start_step_up(self, account_id: UUID, binding: bytes) -> StepUpStarted:
        """Begin a fresh proof over `binding`; its WebAuthn signature covers SHA-256(nonce ‖ binding) (R27, B24).

        Raises `AccountUnknown`, `SignInRefused` for an account that is not active, `EnrolmentRequired`.
        """
        async with self._pool.acquire() as connection, connection.transaction():
            account = await accounts.lock(connection, account_id)
            if account["status"] != "active":
                raise SignInRefused
            offered = await self._second_factor.kinds(connection, account_id)
            kinds = [kind for kind in offered if kind != "backup_code"]
            if account["enrolment_required"] or not kinds:
                raise EnrolmentRequired
            begun = await self._ceremonies.begin(connection, account_id, "step_up", kinds=kinds, binding=binding)
        return StepUpStarted(transaction_id=begun.id, kinds=begun.kinds, webauthn_options=begun.webauthn_options)

    async def finish_step_up(self, transaction_id: UUID, response: FactorResponse, binding: bytes) -> Proof:
        """A proof over `binding`, once per transaction; a backup code is refused.

        Raises `TransactionUnusable`, `BindingMismatch`, `Throttled` or a `SecondFactorRefused`.
        """

        async def proven(connection: Connection, account: asyncpg.Record, accepted: Accepted) -> Proof:
            await events.emit(
                connection, account["id"], "user.stepped_up", factor_id=accepted.factor_id, kind=accepted.kind
            )
            return Proof(
                account_id=account["id"],
                person_id=account["person_id"],
                factor_id=accepted.factor_id,
                factor_enrolled_at=accepted.enrolled_at,
                kind=accepted.kind,
                aal=accepted.aal,
                phishing_resistant=accepted.kind == "webauthn",
                hardware_bound=accepted.hardware_bound,
                at=account["now"],
            )

        return await self._ceremonies.finish(
            transaction_id,
            "step_up",
            response,
            binding=binding,
            refused_kinds=("backup_code",),
            on_accepted=proven,
        )


async def record_sign_in(connection: Connection, account_id: UUID, accepted: Accepted) -> None:
    """The event of a sign-in with a second factor; one with a backup code has a name of its own (R11)."""
    event: events.EventType = "user.signed_in.backup_code" if accepted.kind == "backup_code" else "user.signed_in"
    await events.emit(connection, account_id, event, factor_id=accepted.factor_id, kind=accepted.kind)
