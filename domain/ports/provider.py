"""The identity provider as the rules' callers see it: accounts, effects, browsers that wait, and what happened."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Protocol
from uuid import UUID

from domain.account import Account, Fact, LiveSession
from domain.people import Role
from domain.plan import Operation
from domain.policy.presence import Presence

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


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

    `command` is the id of the order that caused it, `by_admin` whether a person other than the account's owner did.
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


class Groups(Protocol):
    """Who is in a group of accounts, for a campaign that is about one (R40)."""

    async def members_of(self, tenant_id: UUID, group: str, *, after: str | None, limit: int) -> list[str]:
        """Account ids of the group's active accounts, in order; fewer than `limit` is the end."""
        ...

    async def size_of(self, tenant_id: UUID, group: str) -> int | None:
        """How many active accounts the group has, or None where there is no such group."""
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


class EventFeed(Protocol):
    """What happened at the provider."""

    async def undelivered(self, limit: int) -> list[ProviderEvent]:
        """Events not yet acknowledged, oldest first."""
        ...

    async def acknowledge(self, event_ids: Sequence[str]) -> None:
        """Do not show these again."""
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
