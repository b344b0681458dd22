"""What the rules' callers need from the outside, as Protocols; connectors and the store fulfil them."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol
from uuid import UUID

from domain.account import Account, ContactKind, Fact, LiveSession
from domain.people import Role
from domain.plan import Operation
from domain.policy.presence import Presence

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from domain.acts import Act, Body
    from domain.audit import AuditEvent
    from domain.case import Case
    from domain.identity_document import DocumentCheck
    from domain.messages import Step
    from domain.notices import Notice
    from domain.people import Member
    from domain.plan import Plan
    from domain.policy.document import Policy

    HandingOver = Callable[[], Awaitable[None]]


class Sent(StrEnum):
    """How far an operation has come."""

    PLANNED = "planned"
    SENT = "sent"
    DONE = "done"


class OperationState(Fact):
    """An operation of a case; its `id` is the idempotency key at the provider."""

    id: UUID
    operation: Operation
    state: Sent
    attempt: int
    done_at: datetime | None
    result: str | None


class Order(Fact):
    """One operation to carry out now. `until` and `presence_id` serve `require_enrolment` only."""

    command: UUID
    account_id: str
    operation: Operation
    presence_id: str | None = None
    until: datetime | None = None
    choose_password: bool = False


class ProviderEvent(Fact):
    """Something the provider reports; `id` is unique at the provider, `at` is UTC.

    `command` is the id of the order that caused it, `by_admin` whether anybody but the account's owner did.
    """

    id: str
    tenant_id: UUID
    account_id: str
    type: str
    at: datetime
    command: str | None = None
    by_admin: bool = False
    factor_kind: str | None = None
    factor_id: str | None = None


class Watch(Fact):
    """How a recovered account's watch stands (R38)."""

    until: datetime
    version: int
    ended: bool


class Challenge(Fact):
    """What a person must answer: which kinds of factor serve, and the WebAuthn options as JSON if one does."""

    transaction: str
    kinds: tuple[str, ...]
    webauthn_options: str | None = None


class Login(Fact):
    """A completed sign-in of a member of staff."""

    account_id: str
    person_id: str
    aal: int


class ProvedFactor(Fact):
    """What a step-up showed."""

    aal: int
    phishing_resistant: bool
    hardware_bound: bool
    factor_kind: str
    enrolled_at: datetime | None = None


class Accounts(Protocol):
    """Finding and reading accounts."""

    async def find(self, tenant_id: UUID, text: str) -> list[Account]:
        """Accounts that answer to exactly this text (R2)."""
        ...

    async def read(self, account_id: str) -> Account:
        """A fresh read. Raises `SubjectGone`."""
        ...

    async def some(self, tenant_id: UUID, *, after: str | None, limit: int) -> list[Account]:
        """The tenant's accounts by id, from the one after `after`; fewer than `limit` is the end."""
        ...

    async def sessions(self, account_id: str) -> list[LiveSession] | None:
        """The account's live sessions, oldest first; None where the provider cannot list them."""
        ...


class Effects(Protocol):
    """Changing accounts, by operation id, safe to repeat."""

    async def carry_out(self, order: Order) -> str:
        """Do it once and say what happened: `done`, or `already_gone` for a factor that is not there."""
        ...

    async def lock(self, account_id: str, command: UUID) -> None:
        """Lock an account whose enrolment window has passed (R37)."""
        ...

    async def freeze_contacts(self, account_id: str, until: datetime, command: UUID) -> bool:
        """Refuse changes of contact points until then (R38); False where the provider cannot."""
        ...


class Rollout(Protocol):
    """Tightening the MFA policy for one account after another (R40); it removes nothing."""

    async def require_mfa(self, account_id: str, command: UUID) -> str:
        """From the next sign-in on a second factor is needed and can be set up there.

        Says what happened: `required`, or `already_required`. Raises `SubjectGone`.
        """
        ...

    async def require_mfa_of(self, wanted: Mapping[str, UUID]) -> dict[str, str]:
        """The same for many accounts, each under its own command: set-wise where the provider can, else one by one.

        Says for each account `required`, `already_required`, `gone`, or the code of what went wrong with it alone.
        An error that is not one account's own is raised, and the whole call may then be repeated.
        """
        ...

    async def without_factor(self, account_ids: Sequence[str]) -> set[str]:
        """Which of these accounts have no factor of their own yet; backup codes alone are none."""
        ...

    async def members_of(self, tenant_id: UUID, group: str, *, after: str | None, limit: int) -> list[str]:
        """Account ids of the group's active accounts, in order; fewer than `limit` is the end."""
        ...

    async def size_of(self, tenant_id: UUID, group: str) -> int | None:
        """How many active accounts the group has, or None where there is no such group."""
        ...


class Presences(Protocol):
    """The subject's waiting browser."""

    async def confirm(self, account_id: str, code: str, *, password_required: bool) -> str:
        """Bind the browser that shows this code; returns its id. Raises `PresenceRefused`, `PresenceLocked`."""
        ...

    async def read(self, presence_id: str) -> Presence | None:
        """The browser as it is now."""
        ...

    async def phrase(self, presence_id: str) -> str | None:
        """A few words that this bound browser shows too, to be compared by voice; they grant nothing (R36)."""
        ...


class StaffSignIn(Protocol):
    """Signing in the people who work on cases."""

    async def start(self, tenant_id: UUID, login: str, password: str) -> Challenge:
        """Check the password. Raises `SignInRefused`, `Throttled`."""
        ...

    async def finish(self, transaction: str, response: dict[str, object]) -> Login:
        """Check the factor. Raises `SignInRefused`."""
        ...


class StepUps(Protocol):
    """Fresh proofs of a person's assurance level over given content."""

    async def start(self, account_id: str, binding: bytes) -> Challenge:
        """Begin a proof over `binding`."""
        ...

    async def finish(self, transaction: str, response: dict[str, object], binding: bytes) -> ProvedFactor:
        """Check it. Raises `StepUpRefused`, `StepUpCodeReused`."""
        ...


class ImportedPeople(Fact):
    """Where an import document's people went, by their keys; `roles` only where the document states them."""

    tenant_id: UUID
    slug: str
    name: str
    people: dict[str, tuple[str, str]]
    roles: dict[str, tuple[Role, ...]]
    created: int


class PeopleImport(Protocol):
    """Putting people into the identity provider."""

    async def apply(self, document: dict[str, object], *, tenant_slug: str | None) -> ImportedPeople:
        """Import all or nothing; accounts that are there already stay as they are.

        `tenant_slug` is the only tenant the document may be for; None lets it say so itself (set-up only).
        `people` are account id and person id. Raises `ImportRefused`.
        """
        ...


class EventFeed(Protocol):
    """What happened at the provider."""

    async def undelivered(self, limit: int) -> list[ProviderEvent]:
        """Events not yet acknowledged, oldest first."""
        ...

    async def acknowledge(self, event_ids: Sequence[str]) -> None:
        """Do not show these again."""
        ...


class ActSigner(Protocol):
    """Signs acts at the doors with a key outside the database, and checks them."""

    def sign_act(self, data: bytes) -> tuple[str, bytes]:
        """The key's id and the signature."""
        ...

    def verify_act(self, key_id: str, data: bytes, signature: bytes) -> bool:
        """Whether a door made this signature."""
        ...


class NoticeChannel(Protocol):
    """A way to deliver notices; `kinds` are the contact points that it reaches."""

    name: str
    kinds: frozenset[ContactKind]

    async def deliver(self, notice: Notice, handing_over: HandingOver) -> None:
        """Deliver it and return once the other side has accepted it.

        Awaits `handing_over` right before the content leaves. Raises `NoticeRefused` where the other side said no;
        any other error counts as not delivered before that moment, and as unknown after it.
        """
        ...


class IdentityDocuments(Protocol):
    """A provider that looks at identity documents and at the person who holds them (R14)."""

    async def link(self, *, state: str, nonce: str, verifier: str) -> str:
        """Where the caller's browser goes; says nothing of who they are. Raises `IdentityProviderAway`."""
        ...

    async def result(self, *, code: str, nonce: str, verifier: str, now: datetime) -> DocumentCheck:
        """What came of it, checked to be the provider's own answer to this very link, at `now` in UTC.

        Raises `IdentityProviderAway`, and `IdentityAnswerRefused` with the reason's code.
        """
        ...


class CasePage(Protocol):
    """One locked case within a transaction, as activities use it; store/ledger.py says more."""

    case: Case
    acts: list[Act]
    forged: int
    now: datetime

    def audit(self, *events: AuditEvent) -> None:
        """Queue audit events."""
        ...

    def recorded_step(self) -> Step | None:
        """What the last activity answered."""
        ...

    async def members(self, *more: str) -> dict[str, Member]:
        """The present standing of everybody who acted, and of these people."""
        ...

    async def notify(self, occasion: str, **data: object) -> bool:
        """Have it told, once a case and occasion (R23); False where it was before."""
        ...

    async def approvers(self) -> list[str]:
        """The account ids of everybody who could verify this case now (R22)."""
        ...

    async def begin_watch(self, until: datetime) -> None:
        """Watch the recovered account until then (R38)."""
        ...

    async def watch(self) -> Watch | None:
        """The watch of this case."""
        ...

    async def move_watch(self, *, ended: bool) -> int:
        """The watch has looked; returns its new version."""
        ...

    async def claims_this_hour(self) -> int:
        """How many other cases of the tenant were claimed within the hour (R41)."""
        ...

    async def record(self, body: Body) -> Act:
        """An act of the product's own."""
        ...

    async def policy(self) -> Policy:
        """The present policy."""
        ...

    async def move(self, step: Step) -> Step:
        """Move the case."""
        ...

    async def unknown_acts(self, act_ids: Sequence[UUID]) -> list[UUID]:
        """Which ids are no acts of this case."""
        ...

    async def claim(self, enrol_by: datetime, presence_id: str) -> None:
        """Commit to the reset."""
        ...

    async def withdraw_claim(self) -> None:
        """Take back a claim of which nothing was sent."""
        ...

    async def judged_against(self, code: str) -> None:
        """Record that the reset was refused, and use up every presence and step-up so far."""
        ...

    async def wiped(self) -> None:
        """The reset is complete."""
        ...

    async def contained(self) -> None:
        """The hostile account is contained."""
        ...

    async def close(self, outcome: str) -> None:
        """Give the case its outcome."""
        ...

    async def replan(self, snapshot: Account, plan: Plan) -> None:
        """Replace the plan."""
        ...

    async def take_attempt(self) -> int:
        """Become the only attempt that may send."""
        ...

    async def plan_operations(self, operations: Sequence[tuple[UUID, Operation]]) -> None:
        """Write operations as planned."""
        ...

    async def forget_unsent(self, stage: str) -> None:
        """Drop the planned operations of a withdrawn claim."""
        ...

    async def operations(self) -> list[OperationState]:
        """The operations in order."""
        ...

    async def mark_sent(self, key: str, attempt: int) -> bool:
        """Commit that an operation is about to be sent."""
        ...

    async def mark_done(self, key: str, result: str) -> bool:
        """Record that it is done."""
        ...


class CaseBook(Protocol):
    """Where cases are kept."""

    async def read_case(self, tenant_id: UUID, case_id: UUID) -> tuple[Case, list[Act]]:
        """A case and its acts without a lock."""
        ...

    def page(self, tenant_id: UUID, case_id: UUID) -> AbstractAsyncContextManager[CasePage]:
        """Open and lock one case."""
        ...

    async def audit(self, tenant_id: UUID, *events: AuditEvent) -> None:
        """Append events that belong to no other change."""
        ...


class NewIds(Protocol):
    """Fresh random ids, kept out of the rules."""

    def __call__(self) -> UUID:
        """A new id."""
        ...
