"""Ceremonies: begun with a fresh challenge, finished once with a second factor; sign-in and step-up are two."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal, TypeVar
from uuid import UUID, uuid4

import asyncpg

from directory import accounts
from directory.database import SQL, Connection
from directory.errors import BindingMismatch, FactorKindRefused, SecondFactorRefused, Throttled, TransactionUnusable
from directory.events import EventType, emit
from directory.records import FactorResponse, ProofKind
from directory.second_factor import Accepted, SecondFactor
from directory.throttles import SECOND_FACTOR, Throttles

Purpose = Literal["staff_sign_in", "sign_in", "step_up"]
Result = TypeVar("Result")
OnAccepted = Callable[[Connection, asyncpg.Record, Accepted], Awaitable[Result]]

LIFETIME = timedelta(minutes=5)
_NONCE_BYTES = 32


@dataclass(frozen=True)
class Begun:
    """A ceremony under way; its id is a secret of the person who began it."""

    id: UUID = field(repr=False)
    kinds: list[ProofKind]
    webauthn_options: str | None


class Ceremonies:
    """Begins and finishes ceremonies; a ceremony can be finished successfully once."""

    def __init__(self, pool: asyncpg.Pool, *, second_factor: SecondFactor, throttles: Throttles) -> None:
        self._pool = pool
        self._second_factor = second_factor
        self._throttles = throttles

    async def begin(
        self,
        connection: Connection,
        account_id: UUID,
        purpose: Purpose,
        *,
        kinds: Collection[ProofKind],
        binding: bytes = b"",
        password_changed_at: datetime | None = None,
    ) -> Begun:
        """Open a ceremony for five minutes.

        The WebAuthn challenge is SHA-256(nonce ‖ binding), so that a signature covers the binding (R27, B24).
        """
        nonce = secrets.token_bytes(_NONCE_BYTES)
        challenge = _challenge(nonce, binding)
        ceremony_id = uuid4()
        await connection.execute(
            SQL["open_transaction"], ceremony_id, account_id, purpose, nonce, challenge, password_changed_at, LIFETIME
        )
        offers_keys = "webauthn" in kinds
        options = await self._second_factor.webauthn_options(connection, account_id, challenge) if offers_keys else None
        return Begun(id=ceremony_id, kinds=sorted(kinds), webauthn_options=options)

    async def finish(
        self,
        ceremony_id: UUID,
        purpose: Purpose,
        response: FactorResponse,
        *,
        binding: bytes = b"",
        refused_kinds: Collection[str] = (),
        on_accepted: OnAccepted[Result],
    ) -> Result:
        """Check the factor and run `on_accepted` in the same transaction.

        The attempt is counted and committed before it is checked. Raises `TransactionUnusable`,
        `BindingMismatch`, `Throttled` or a `SecondFactorRefused`; a refusal is on record when it is raised.
        """
        subject = await self._pool.fetchrow(SQL["transaction_subject"], ceremony_id, purpose)
        if subject is None:
            raise TransactionUnusable
        if not hmac.compare_digest(_challenge(subject["nonce"], binding), subject["challenge"]):
            raise BindingMismatch
        person = str(subject["person_id"])
        if not await self._throttles.admit(SECOND_FACTOR, tenant_id=subject["tenant_id"], subject=person):
            raise Throttled
        async with self._pool.acquire() as connection, connection.transaction():
            account = await accounts.lock(connection, subject["account_id"])
            if not await connection.fetchval(SQL["transaction_is_usable"], ceremony_id):
                raise TransactionUnusable
            outcome = await self._outcome(connection, account, response, subject["challenge"], refused_kinds)
            if isinstance(outcome, Accepted):
                await connection.execute(SQL["mark_transaction_used"], ceremony_id)
                await self._throttles.clear(connection, SECOND_FACTOR, tenant_id=account["tenant_id"], subject=person)
                return await on_accepted(connection, account, outcome)
            failed: EventType = "user.step_up_failed" if purpose == "step_up" else "user.sign_in_mfa_failed"
            await emit(connection, account["id"], failed, reason=outcome.code, kind=response.kind)
        raise outcome

    async def _outcome(
        self,
        connection: Connection,
        account: asyncpg.Record,
        response: FactorResponse,
        challenge: bytes,
        refused_kinds: Collection[str],
    ) -> Accepted | SecondFactorRefused:
        if response.kind in refused_kinds:
            return FactorKindRefused()
        return await self._second_factor.use(connection, account, response, challenge=challenge)


def _challenge(nonce: bytes, binding: bytes) -> bytes:
    return hashlib.sha256(nonce + binding).digest()
