"""An account as an identity provider shows it: the facts that rules are applied to."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict


class Fact(BaseModel):
    """Base of the facts: frozen, and strict about unknown fields because only we write them."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class FactorKind(StrEnum):
    """Anything that satisfies MFA."""

    TOTP = "totp"
    WEBAUTHN = "webauthn"
    BACKUP_CODES = "backup_codes"
    SMS = "sms"
    EMAIL_CODE = "email_code"
    PUSH = "push"
    TRUSTED_BROWSER = "trusted_browser"
    APP_PASSWORD = "app_password"  # noqa: S105 - the name of a kind
    OTHER = "other"


class ContactKind(StrEnum):
    """A way to reach an account's owner."""

    EMAIL = "email"
    MOBILE = "mobile"
    DESK_PHONE = "desk_phone"


class AccountStatus(StrEnum):
    """Whether the account may sign in."""

    ACTIVE = "active"
    DISABLED = "disabled"
    LOCKED = "locked"


class Enforcement(StrEnum):
    """Whether the provider insists on a second factor for this account (R35)."""

    REQUIRED = "required"
    OPTIONAL = "optional"
    EXEMPT = "exempt"


class Factor(Fact):
    """One factor by its id at the provider; `enrolled_at` is None where the provider does not know."""

    id: str
    kind: FactorKind
    label: str
    enrolled_at: datetime | None


class Contact(Fact):
    """One contact point; `bound_since` is None where the provider does not know its age, which counts as new (R16).

    `seen_since` is since when our own nightly reads have seen it unchanged, or None.
    """

    id: str
    kind: ContactKind
    value: str
    bound_since: datetime | None
    seen_since: datetime | None = None

    @property
    def known_since(self) -> datetime | None:
        """The better of what the provider says and what we saw ourselves; None is unknown."""
        return self.bound_since or self.seen_since


class FormerContact(Fact):
    """A contact point that was replaced; its reader is still told for a while (R23, B11)."""

    id: str
    kind: ContactKind
    value: str
    replaced_at: datetime


class RecoveryContact(Fact):
    """A voucher whom the subject named beforehand (R14)."""

    account_id: str
    person_id: str
    named_since: datetime | None


class LiveSession(Fact):
    """A session that is signed in now, in which browser, and by which methods (names of RFC 8176)."""

    started_at: datetime
    last_seen_at: datetime
    browser: str | None = None
    methods: tuple[str, ...] = ()


class Enrolment(Fact):
    """How far the enrolment after a wipe has come."""

    presence_id: str
    until: datetime
    factor_id: str | None = None
    factor_kind: FactorKind | None = None
    codes_issued: bool = False
    codes_issued_at: datetime | None = None
    password_chosen: bool = False


class Account(Fact):
    """One account, known by its immutable `id`; `roles` is None where privilege cannot be read (R6).

    `held_by_recovery` says that a recovery has locked or disabled it, and no admin since. `manager_since` is
    None where the age of that relation is unknown, which counts as new (R14, R16).
    """

    id: str
    person_id: str
    login: str
    display_name: str
    status: AccountStatus
    enforcement: Enforcement
    roles: tuple[str, ...] | None
    manager_id: str | None
    factors: tuple[Factor, ...]
    backup_codes_left: int
    contacts: tuple[Contact, ...]
    sessions: int
    refresh_tokens: int
    signals: tuple[str, ...] = ()
    held_by_recovery: bool = False
    manager_person_id: str | None = None
    enrolment: Enrolment | None = None
    manager_since: datetime | None = None
    sponsor_id: str | None = None
    sponsor_since: datetime | None = None
    former_contacts: tuple[FormerContact, ...] = ()
    recovery_contacts: tuple[RecoveryContact, ...] = ()
    contacts_frozen_until: datetime | None = None

    def contact(self, contact_id: str) -> Contact | None:
        """The contact point with this id, if it is on record."""
        return next((one for one in self.contacts if one.id == contact_id), None)
