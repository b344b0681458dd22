"""Checking a second factor and using it up, inside the caller's transaction under the account's lock (B13, B14)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from directory import codes, passkeys, sealing, totp
from directory.database import SQL, Connection
from directory.errors import CodeReused, CredentialRefused, SecondFactorRefused, WrongCode
from directory.passkeys import StoredCredential
from directory.records import BackupCodeResponse, FactorResponse, ProofKind, TotpResponse
from directory.settings import DirectoryKeys, DirectorySettings


@dataclass(frozen=True)
class Accepted:
    """A second factor that was just used; times in UTC."""

    factor_id: UUID
    enrolled_at: datetime
    kind: ProofKind
    hardware_bound: bool = False

    @property
    def aal(self) -> int:
        """The assurance level it lifts a password sign-in to (NIST SP 800-63B-4 §2)."""
        return 3 if self.hardware_bound else 2

    @property
    def amr(self) -> list[str]:
        """How the person signed in, in the names of RFC 8176 plus `backup_code`."""
        names = {"totp": "otp", "backup_code": "backup_code", "webauthn": "hwk" if self.hardware_bound else "swk"}
        return ["pwd", names[self.kind], "mfa"]


class SecondFactor:
    """Knows how each kind is checked; `totp_clock` gives seconds since the epoch and is for TOTP steps only.

    A passkey's answer comes from the directory's own origin, or from one of `other_origins`.
    """

    def __init__(
        self,
        *,
        keys: DirectoryKeys,
        settings: DirectorySettings,
        totp_clock: Callable[[], float],
        other_origins: Sequence[str] = (),
    ) -> None:
        self._keys = keys
        self._origins = (settings.origin, *other_origins)
        self._settings = settings
        self._totp_clock = totp_clock

    async def kinds(self, connection: Connection, account_id: UUID) -> list[ProofKind]:
        """What the account can answer with now, sorted; codes all used up are none."""
        rows = await connection.fetch(SQL["usable_kinds"], account_id)
        return sorted(row[0] for row in rows)

    async def webauthn_options(self, connection: Connection, account_id: UUID, challenge: bytes) -> str | None:
        """JSON for the browser, or None where the account has no WebAuthn credential."""
        known = await self.credentials(connection, account_id)
        return passkeys.authentication_options(self._settings, challenge=challenge, known=known) if known else None

    async def credentials(self, connection: Connection, account_id: UUID) -> list[StoredCredential]:
        """The account's present WebAuthn credentials."""
        return [_credential(row) for row in await connection.fetch(SQL["webauthn_credentials"], account_id)]

    async def use(
        self, connection: Connection, account: asyncpg.Record, response: FactorResponse, *, challenge: bytes
    ) -> Accepted | SecondFactorRefused:
        """Use the factor up, or say why not; a refusal is returned so that the caller can record it and commit."""
        if isinstance(response, TotpResponse):
            return await self._use_totp(connection, account["id"], response.code)
        if isinstance(response, BackupCodeResponse):
            return await self._use_backup_code(connection, account, response.code)
        return await self._use_webauthn(connection, account["id"], response.credential, challenge)

    async def _use_totp(self, connection: Connection, account_id: UUID, code: object) -> Accepted | SecondFactorRefused:
        refusal: SecondFactorRefused = WrongCode()
        for row in await connection.fetch(SQL["totp_seeds"], account_id):
            seed = sealing.unseal(row["seed_sealed"], key=self._keys.seed_key, owner=row["id"].bytes)
            step = totp.matching_step(seed, code, now=self._totp_clock())
            if step is None:
                continue
            enrolled_at = await connection.fetchval(SQL["accept_totp_step"], row["id"], step)
            if enrolled_at is not None:
                return await self._accepted(connection, Accepted(row["id"], enrolled_at, "totp"))
            refusal = CodeReused()
        return refusal

    async def _use_backup_code(
        self, connection: Connection, account: asyncpg.Record, code: object
    ) -> Accepted | SecondFactorRefused:
        canonical = codes.typed_code(code, characters=codes.BACKUP_CODE_CHARACTERS)
        present = await connection.fetchrow(SQL["backup_set"], account["id"])
        if canonical is None or present is None:
            return WrongCode()
        digest = codes.hash_backup_code(canonical, salt=present["salt"], key=self._keys.code_key)
        enrolled_at = await connection.fetchval(SQL["use_backup_code"], present["id"], digest, account["now"])
        if enrolled_at is not None:
            return await self._accepted(connection, Accepted(present["id"], enrolled_at, "backup_code"))
        was_used = await connection.fetchval(SQL["backup_code_was_used"], present["id"], digest)
        return CodeReused() if was_used else WrongCode()

    async def _use_webauthn(
        self, connection: Connection, account_id: UUID, credential: object, challenge: bytes
    ) -> Accepted | SecondFactorRefused:
        known = await self.credentials(connection, account_id)
        try:
            made = passkeys.verify_authentication(
                self._settings, credential, challenge=challenge, known=known, origins=self._origins
            )
        except CredentialRefused as refusal:
            return refusal
        enrolled_at = await connection.fetchval(
            SQL["accept_sign_count"], made.factor_id, made.sign_count, made.backed_up
        )
        if enrolled_at is None:
            return CredentialRefused()
        accepted = Accepted(made.factor_id, enrolled_at, "webauthn", made.hardware_bound)
        return await self._accepted(connection, accepted)

    async def _accepted(self, connection: Connection, accepted: Accepted) -> Accepted:
        await connection.execute(SQL["touch_factor"], accepted.factor_id)
        return accepted


def _credential(row: asyncpg.Record) -> StoredCredential:
    return StoredCredential(
        factor_id=row["id"],
        credential_id=row["credential_id"],
        public_key=row["public_key"],
        sign_count=row["sign_count"],
        backup_eligible=row["backup_eligible"],
        transports=tuple(row["transports"]),
    )
