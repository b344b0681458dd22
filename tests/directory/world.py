"""A tenant of its own for each test: people, the services they use, and hands on both clocks."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg

from directory import importer, totp
from directory.importer import Imported
from directory.records import (
    BackupCodeResponse,
    EventView,
    FirstEnrolmentStarted,
    IssuedSession,
    PresenceStarted,
    SignInStarted,
    TotpResponse,
    WebAuthnResponse,
)
from directory.services import DirectoryServices, build_services
from directory.settings import Argon2Parameters, DirectoryKeys, DirectorySettings
from starter.soft_authenticator import SoftAuthenticator, encode

ORIGIN = "https://id.example.test"
SETTINGS = DirectorySettings(
    rp_id="id.example.test",
    origin=ORIGIN,
    rp_name="Example",
    argon2=Argon2Parameters.cheapest(),
    secure_cookies=True,
)
KEYS = DirectoryKeys(seed_key=b"s" * 32, code_key=b"c" * 32)
SEED_TEXT = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
SEED = totp.parse_seed(SEED_TEXT)
PASSWORD = "correct horse battery"
BACKUP_CODES = [f"ABCD-EFGH-JKMN-{number:04d}" for number in range(1, 9)]


@dataclass
class TotpClock:
    """Seconds since the epoch as the TOTP code sees them; moves only when told."""

    seconds: float = 1_900_000_000.0

    def __call__(self) -> float:
        return self.seconds

    def next_step(self) -> None:
        self.seconds += totp.STEP_SECONDS


@dataclass
class World:
    """One tenant and everything to act in it."""

    pool: asyncpg.Pool
    owner: asyncpg.Connection
    tenant_id: UUID
    slug: str
    people: dict[str, UUID]
    persons: dict[str, UUID]
    key: SoftAuthenticator
    clock: TotpClock = field(default_factory=TotpClock)

    def __post_init__(self) -> None:
        self.services: DirectoryServices = build_services(
            self.pool, settings=SETTINGS, keys=KEYS, totp_clock=self.clock
        )
        self.administration = self.services.administration
        self.authentication = self.services.authentication
        self.sign_in = self.services.sign_in
        self.presence = self.services.presence
        self.enrolment = self.services.enrolment
        self.first_enrolment = self.services.first_enrolment
        self.rollout = self.services.rollout
        self.profile = self.services.profile
        self.sessions = self.services.sessions

    @property
    def ann(self) -> UUID:
        """Has a password, TOTP, backup codes and everything else that may be left over."""
        return self.people["ann"]

    @property
    def opal(self) -> UUID:
        """Has a password alone, and no need for more until a rollout asks for it."""
        return self.people["opal"]

    @property
    def kim(self) -> UUID:
        """Has a password and a security key."""
        return self.people["kim"]

    def code(self, seed: bytes = SEED, *, steps: int = 0) -> str:
        return totp.code_at(seed, totp.step_at(self.clock.seconds) + steps)

    def fresh_totp(self) -> TotpResponse:
        """A code of a step not used before: the clock goes one step on."""
        self.clock.next_step()
        return TotpResponse(self.code())

    async def now(self) -> datetime:
        now: datetime = await self.pool.fetchval("SELECT directory.now($1)", self.tenant_id)
        return now

    async def pass_time(self, duration: timedelta) -> None:
        await self.owner.execute(
            'INSERT INTO directory.test_clock AS c (tenant_id, "offset") VALUES ($1, $2) '
            'ON CONFLICT (tenant_id) DO UPDATE SET "offset" = c."offset" + $2',
            self.tenant_id,
            duration,
        )

    async def session(self, login: str = "ann", **options: Any) -> IssuedSession:
        started = await self.sign_in.start(self.tenant_id, login, PASSWORD)
        assert isinstance(started, SignInStarted)
        return await self.sign_in.finish(started.transaction_id, self.answer(started), **options)

    def answer(self, started: Any) -> TotpResponse | WebAuthnResponse:
        """The right answer to what was started."""
        if started.webauthn_options is not None:
            return WebAuthnResponse(self.key.get(started.webauthn_options, ORIGIN))
        return self.fresh_totp()

    async def wipe(self, account_id: UUID) -> None:
        for factor in (await self.administration.read(account_id)).factors:
            await self.administration.remove_factor(account_id, factor.id, uuid4())

    async def confirmed(
        self, account_id: UUID, login: str = "ann", *, password: str | None = PASSWORD
    ) -> tuple[PresenceStarted, UUID]:
        """A waiting browser, and the id of its presence now confirmed."""
        started = await self.presence.begin(self.tenant_id, login, password)
        view = await self.administration.confirm_presence(
            account_id, started.code, password_required=password is not None
        )
        return started, view.id

    async def granted(
        self,
        account_id: UUID,
        login: str = "ann",
        *,
        minutes: float = 15,
        choose_password: bool = False,
    ) -> str:
        """The token of a browser that may enrol now."""
        started, presence_id = await self.confirmed(account_id, login, password=None if choose_password else PASSWORD)
        until = await self.now() + timedelta(minutes=minutes)
        await self.administration.require_enrolment(account_id, presence_id, until, choose_password, uuid4())
        return started.browser_token

    async def enrol_totp(self, browser_token: str) -> bytes:
        """Begin, and enrol an app; returns its seed."""
        await self.enrolment.begin(browser_token)
        offered = await self.enrolment.offer_totp(browser_token)
        seed = totp.parse_seed(offered.secret)
        await self.enrolment.confirm_totp(browser_token, self.code(seed))
        return seed

    async def met_by_the_need_to_enrol(self, login: str = "opal") -> str:
        """Sign in with the password alone; returns the token of the browser that may set up a first factor."""
        started = await self.sign_in.start(self.tenant_id, login, PASSWORD)
        assert isinstance(started, FirstEnrolmentStarted)
        return started.browser_token

    async def events(self, account_id: UUID) -> list[EventView]:
        everything = await self.administration.undelivered_events("test", 1000, tenant_id=self.tenant_id)
        return [one for one in everything if one.account_id == account_id]

    async def event_types(self, account_id: UUID) -> list[str]:
        return [one.type for one in await self.events(account_id)]


def document(slug: str, key: SoftAuthenticator) -> dict[str, Any]:
    """Ann with every kind of factor, Kim with a security key, and others for single questions."""
    return {
        "tenant": {"slug": slug, "name": "Example"},
        "people": [
            {
                "key": "ann",
                "login": "ann",
                "display_name": "Ann Example",
                "manager": "kim",
                "password": PASSWORD,
                "contacts": [
                    {"kind": "email", "value": "ann@x.example", "bound_days_ago": 400},
                    {"kind": "mobile", "value": "+15550100"},
                ],
                "factors": [
                    {"kind": "totp", "secret": SEED_TEXT, "label": "Phone", "enrolled_days_ago": 200},
                    {"kind": "sms", "label": "SMS"},
                    {"kind": "email_code", "label": "E-mail code"},
                    {"kind": "push", "label": "Push"},
                    {"kind": "trusted_browser", "label": "Laptop"},
                ],
                "backup_codes": BACKUP_CODES,
            },
            {
                "key": "kim",
                "login": "kim",
                "display_name": "Kim Example",
                "directory_roles": ["admin"],
                "password": PASSWORD,
                "factors": [
                    {
                        "kind": "webauthn",
                        "credential_id": encode(key.credential_id),
                        "public_key": encode(key.public_key),
                        "label": "Key",
                        "enrolled_days_ago": 100,
                    }
                ],
            },
            {"key": "bare", "login": "bare", "display_name": "Bare", "password": PASSWORD},
            {"key": "exempt", "login": "exempt", "display_name": "Exempt", "password": PASSWORD, "mfa": "exempt",
             "factors": [{"kind": "totp", "secret": SEED_TEXT, "label": "Phone"}]},
            {"key": "opal", "login": "opal", "display_name": "Opal", "password": PASSWORD, "mfa": "optional"},
        ],
    }  # fmt: skip


async def make_world(pool: asyncpg.Pool, owner: asyncpg.Connection) -> World:
    """Import a fresh tenant."""
    slug = f"t{secrets.token_hex(8)}"
    key = SoftAuthenticator()
    imported: Imported = await importer.apply(pool, importer.parse(document(slug, key)), keys=KEYS, settings=SETTINGS)
    return World(
        pool=pool,
        owner=owner,
        tenant_id=imported.tenant_id,
        slug=slug,
        people={name: one.account_id for name, one in imported.people.items()},
        persons={name: one.person_id for name, one in imported.people.items()},
        key=key,
    )


def backup(code: str) -> BackupCodeResponse:
    """The answer with a backup code."""
    return BackupCodeResponse(code)
