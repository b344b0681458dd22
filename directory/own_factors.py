"""A signed-in person's own factors: add, change, name and remove them, and make new backup codes (R3, R10)."""

from __future__ import annotations

import secrets
from datetime import timedelta
from uuid import UUID

from directory import backup_codes, enrolled_factors, events, passkeys, sealing, totp
from directory.database import SQL, Connection
from directory.errors import EnrolmentStepInvalid, FactorUnknown, LastFactor, Throttled, TooManyFactors, WrongCode
from directory.factor_removal import remove_factor
from directory.own_account import OwnAccount, StepUpAnswer
from directory.records import FactorView, TotpOffer
from directory.text import factor_name
from directory.throttles import ENROLMENT_CODE

OFFER_LIFETIME = timedelta(minutes=15)
MOST_AUTHENTICATORS = 20
_CHALLENGE_BYTES = 32
_AUTHENTICATORS = frozenset({"totp", "webauthn"})


class OwnFactors(OwnAccount):
    """The factors of the session's account."""

    async def factors(self, token: str) -> list[FactorView]:
        """The account's present factors."""
        session = await self._sessions.use(token)
        return [FactorView(**row) for row in await self._pool.fetch(SQL["own_factors"], session.account_id)]

    async def offer_totp(self, token: str, step_up: StepUpAnswer | None = None) -> TotpOffer:
        """A seed for a new app, shown once and valid for 15 minutes; nothing changes until it is confirmed."""
        await self._prove(token, step_up)
        seed = totp.new_seed()
        async with self._changing(token) as (connection, session, account):
            sealed = sealing.seal(seed, key=self._keys.seed_key, owner=session.id.bytes)
            await connection.execute(SQL["set_pending_app"], session.id, sealed, OFFER_LIFETIME)
            return totp.offer(seed, login=account["login"], issuer=self._settings.rp_name)

    async def confirm_totp(
        self, token: str, code: object, *, label: str = "Authenticator app", replace: bool = True
    ) -> UUID:
        """Enrol the offered app by its code; with `replace`, every older app is removed by that.

        Raises `WrongCode`, `Throttled`, `NameUnsuitable`, `TooManyFactors`, `EnrolmentStepInvalid` when nothing was
        offered.
        """
        name = factor_name(label)
        await self._count(token)
        async with self._changing(token) as (connection, session, account):
            sealed = await connection.fetchval(SQL["pending_app"], session.id)
            if sealed is None:
                raise EnrolmentStepInvalid
            seed = sealing.unseal(sealed, key=self._keys.seed_key, owner=session.id.bytes)
            step = totp.matching_step(seed, code, now=self._totp_clock())
            if step is None:
                raise WrongCode
            old = [row["id"] for row in await connection.fetch(SQL["totp_seeds"], account["id"])] if replace else []
            if not old:
                await _leave_room(connection, account["id"])
            factor_id = await enrolled_factors.add_totp(
                connection, account["id"], seed, seed_key=self._keys.seed_key, used_step=step, label=name
            )
            await enrolled_factors.announce(connection, account["id"], factor_id, "totp", by="profile")
            for one in old:
                await remove_factor(connection, account["id"], one, command=None, by="self")
            await connection.execute(SQL["forget_pending_app"], session.id)
            return factor_id

    async def offer_webauthn(self, token: str, step_up: StepUpAnswer | None = None) -> str:
        """JSON for `navigator.credentials.create()`, for one more passkey or security key; valid for 15 minutes."""
        await self._prove(token, step_up)
        challenge = secrets.token_bytes(_CHALLENGE_BYTES)
        async with self._changing(token) as (connection, session, account):
            await _leave_room(connection, account["id"])
            await connection.execute(SQL["set_pending_key"], session.id, challenge, OFFER_LIFETIME)
            return passkeys.registration_options(
                self._settings,
                challenge=challenge,
                user_id=account["id"],
                login=account["login"],
                display_name=account["display_name"],
                known=await self._second_factor.credentials(connection, account["id"]),
            )

    async def confirm_webauthn(self, token: str, credential: object, *, label: str = "Security key") -> UUID:
        """Enrol the authenticator that answered, beside the others; returns the factor's id.

        Raises `CredentialRefused`, `Throttled`, `NameUnsuitable`, `TooManyFactors`, `EnrolmentStepInvalid` when
        nothing was offered.
        """
        name = factor_name(label)
        await self._count(token)
        async with self._changing(token) as (connection, session, account):
            challenge = await connection.fetchval(SQL["pending_key"], session.id)
            if challenge is None:
                raise EnrolmentStepInvalid
            made = passkeys.verify_registration(self._settings, credential, challenge=challenge)
            await _leave_room(connection, account["id"])
            factor_id = await enrolled_factors.add_webauthn(connection, account["id"], made, label=name)
            await enrolled_factors.announce(connection, account["id"], factor_id, "webauthn", by="profile")
            await connection.execute(SQL["forget_pending_key"], session.id)
            return factor_id

    async def rename_factor(self, token: str, factor_id: UUID, label: str) -> None:
        """Give one's own factor another name; backup codes have none. Raises `FactorUnknown`, `NameUnsuitable`."""
        name = factor_name(label)
        async with self._changing(token) as (connection, _, account):
            if await connection.fetchval(SQL["rename_factor"], factor_id, account["id"], name) is None:
                raise FactorUnknown

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
            if not any(one.kind in _AUTHENTICATORS for one in present if one.id != factor_id):
                raise LastFactor
            await remove_factor(connection, account["id"], factor_id, command=None, by="self")

    async def _count(self, token: str) -> None:
        async with self._changing(token) as (_, session, account):
            tenant_id = account["tenant_id"]
        if not await self._throttles.admit(ENROLMENT_CODE, tenant_id=tenant_id, subject=str(session.id)):
            raise Throttled


async def _leave_room(connection: Connection, account_id: UUID) -> None:
    present = await connection.fetch(SQL["own_factors"], account_id)
    if sum(row["kind"] in _AUTHENTICATORS for row in present) >= MOST_AUTHENTICATORS:
        raise TooManyFactors
