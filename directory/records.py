"""What the directory says about itself to the connector and to its own pages; plain values, times in UTC."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal
from uuid import UUID

AccountStatus = Literal["active", "disabled", "locked"]
MfaEnforcement = Literal["required", "optional", "exempt"]
FactorKind = Literal["totp", "webauthn", "backup_codes", "sms", "email_code", "push", "trusted_browser"]
ContactKind = Literal["email", "mobile", "desk_phone"]
PresenceState = Literal["waiting", "confirmed", "granted", "superseded", "expired"]
EnrolmentState = Literal["granted", "begun", "enrolled", "codes_issued", "completed", "expired", "closed"]
ProofKind = Literal["totp", "webauthn", "backup_code"]


@dataclass(frozen=True)
class FactorView:
    """Something that satisfies MFA; backup codes are one factor per set, a trusted browser is one too."""

    id: UUID
    kind: FactorKind
    label: str
    enrolled_at: datetime
    last_used_at: datetime | None


@dataclass(frozen=True)
class ContactView:
    """A contact point; `bound_since` None means that the directory does not know since when."""

    id: UUID
    kind: ContactKind
    value: str = field(repr=False)
    bound_since: datetime | None
    replaced_at: datetime | None = None


@dataclass(frozen=True)
class RecoveryContactView:
    """A person whom the account's owner named to vouch; `named_since` None where the directory does not know."""

    account_id: UUID
    person_id: UUID
    named_since: datetime | None


@dataclass(frozen=True)
class EnrolmentView:
    """The latest grant of enrolment; a factor enrolled in time counts even after `until`."""

    presence_id: UUID
    until: datetime
    choose_password: bool
    state: EnrolmentState
    enrolled_factor_id: UUID | None
    codes_issued_at: datetime | None
    password_chosen_at: datetime | None


@dataclass(frozen=True)
class AccountView:
    """One account as it stands now; `replaced_contacts` are those replaced within the last 400 days (R23)."""

    id: UUID
    tenant_id: UUID
    login: str = field(repr=False)
    display_name: str = field(repr=False)
    person_id: UUID
    status: AccountStatus
    status_reason: str | None
    mfa: MfaEnforcement
    enrolment_required: bool
    roles: list[str]
    manager_id: UUID | None
    manager_person_id: UUID | None
    manager_since: datetime | None
    sponsor_id: UUID | None
    sponsor_since: datetime | None
    recovery_contacts: list[RecoveryContactView]
    contacts_frozen_until: datetime | None
    factors: list[FactorView]
    backup_codes_left: int
    contacts: list[ContactView]
    replaced_contacts: list[ContactView]
    session_count: int
    refresh_token_count: int
    app_password_count: int
    password_set: bool
    password_changed_at: datetime | None
    recent_signals: list[str]
    enrolment: EnrolmentView | None
    created_at: datetime


@dataclass(frozen=True)
class PresenceView:
    """A browser of the subject that waits; it is bound to the account, never to who asked."""

    id: UUID
    account_id: UUID
    state: PresenceState
    password_verified: bool
    confirmed_at: datetime | None
    last_seen_at: datetime
    expires_at: datetime


@dataclass(frozen=True)
class Revoked:
    """How many of each were ended by one revocation (B15)."""

    sessions: int
    refresh_tokens: int
    app_passwords: int


@dataclass(frozen=True)
class EventView:
    """Something that happened; `seq` orders what is delivered but is no cursor."""

    id: UUID
    seq: int
    type: str
    account_id: UUID
    tenant_id: UUID
    at: datetime
    data: dict[str, object]


@dataclass(frozen=True)
class TotpResponse:
    """A typed TOTP code; anything but a string of six ASCII digits is a wrong code (B28)."""

    code: object = field(repr=False)
    kind: Literal["totp"] = "totp"


@dataclass(frozen=True)
class WebAuthnResponse:
    """The JSON of a browser's `PublicKeyCredential`, as text or parsed."""

    credential: object = field(repr=False)
    kind: Literal["webauthn"] = "webauthn"


@dataclass(frozen=True)
class BackupCodeResponse:
    """A typed backup code."""

    code: object = field(repr=False)
    kind: Literal["backup_code"] = "backup_code"


FactorResponse = TotpResponse | WebAuthnResponse | BackupCodeResponse


@dataclass(frozen=True)
class SignInStarted:
    """The password was right; one of `kinds` must follow within five minutes."""

    transaction_id: UUID = field(repr=False)
    kinds: list[ProofKind]
    webauthn_options: str | None


@dataclass(frozen=True)
class FirstEnrolmentStarted:
    """The password was right, and this browser may set up the account's first factor until then (R40)."""

    browser_token: str = field(repr=False)
    until: datetime


@dataclass(frozen=True)
class SignedIn:
    """Who signed in and how; `amr` uses the names of RFC 8176 plus `backup_code`."""

    account_id: UUID
    person_id: UUID
    aal: int
    amr: list[str]
    at: datetime


@dataclass(frozen=True)
class StepUpStarted:
    """A fresh proof was begun over one content; answer with one of `kinds` within five minutes."""

    transaction_id: UUID = field(repr=False)
    kinds: list[ProofKind]
    webauthn_options: str | None


@dataclass(frozen=True)
class Proof:
    """A fresh proof over one content (R27), usable once; its AAL holds together with a signed-in session."""

    account_id: UUID
    person_id: UUID
    factor_id: UUID
    factor_enrolled_at: datetime
    kind: ProofKind
    aal: int
    phishing_resistant: bool
    hardware_bound: bool
    at: datetime


@dataclass(frozen=True)
class IssuedSession:
    """A session and its token, shown to its browser once; times in UTC."""

    session_id: UUID
    account_id: UUID
    token: str = field(repr=False)
    absolute_until: datetime
    trusted_browser_token: str | None = field(default=None, repr=False)
    refresh_token: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class SessionView:
    """A live session and whose it is; `browser` and `address` are those of its sign-in, where they are known."""

    id: UUID
    account_id: UUID
    tenant_id: UUID
    created_at: datetime
    last_seen_at: datetime
    aal: int
    amr: list[str]
    browser: str | None = None
    address: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Whoami:
    """The account behind a session, for its owner."""

    session: SessionView
    login: str = field(repr=False)
    display_name: str = field(repr=False)
    contacts_frozen_until: datetime | None


@dataclass(frozen=True)
class PresenceStarted:
    """What the waiting browser gets: its own token (a cookie) and a code to read out, both shown once (R36)."""

    browser_token: str = field(repr=False)
    code: str = field(repr=False)
    expires_at: datetime


@dataclass(frozen=True)
class PresenceStatus:
    """What the waiting browser may know: `expires_at` is the end of what it waits for now.

    `phrase` is what the approver can tell as well, once the code was entered.
    """

    state: Literal["waiting", "confirmed", "go_on", "ended"]
    expires_at: datetime | None
    phrase: str | None = None


@dataclass(frozen=True)
class EnrolmentProgress:
    """Where the bound browser stands in its enrolment; `next` names the step whose turn it is."""

    state: EnrolmentState
    next: Literal["begin", "password", "factor", "backup_codes", "finish", "done"]
    until: datetime
    choose_password: bool
    login: str = field(repr=False)


@dataclass(frozen=True)
class TotpOffer:
    """A new seed, shown once: as text, as otpauth URI and as a QR code in SVG."""

    secret: str = field(repr=False)
    uri: str = field(repr=False)
    qr_svg: str = field(repr=False)


@dataclass(frozen=True)
class EnrolmentFinished:
    """The end of an enrolment; no session yet while the account is disabled (then ask again)."""

    session: IssuedSession | None
