"""The case file: everything that rules, doors and pages know of a case, read at one instant (adr/0017)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Self

from domain.account import Account, Fact
from domain.policy.presence import Presence

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from domain.acts import Act
    from domain.case import Case
    from domain.people import Member
    from domain.policy.document import Policy


class Watch(Fact):
    """How a recovered account's watch stands (R38)."""

    until: datetime
    version: int
    ended: bool


@dataclass(frozen=True, kw_only=True)
class CaseFile:
    """A case as its signed acts bear it out, its acts in the order of their `seq`, and the people in it, now in UTC.

    `members` are by person id: all who acted, subject, agent, acting admin, reader, drawn approvers, and the givers
    of their roles; of several files read at once, those of all. `policy` is the tenant's present one, the case's own
    is `case.policy`. `forged` counts the acts without a valid signature; they are not among `acts`.
    """

    case: Case
    acts: Sequence[Act]
    members: Mapping[str, Member]
    policy: Policy
    now: datetime
    watch: Watch | None = None
    forged: int = 0

    @classmethod
    def of_new(cls, case: Case) -> Self:
        """The file of a case that is about to be opened: no act is in it yet."""
        return cls(case=case, acts=(), members={}, policy=case.policy, now=case.opened_at)

    @property
    def is_open(self) -> bool:
        """Whether the case has no outcome yet."""
        return self.case.outcome is None

    def under(self, policy: Policy) -> Self:
        """The same file as if the case had been opened under this policy."""
        return replace(self, case=self.case.model_copy(update={"policy": policy}))

    def as_provider_says(self, said: ProviderFacts) -> Self:
        """The same file where those who may no longer sign in at the provider are not active (R21, B17)."""
        known = {one: self.members[one] for one in said.inactive if one in self.members}
        gone = {person: member.model_copy(update={"active": False}) for person, member in known.items()}
        return replace(self, members={**self.members, **gone}) if gone else self

    def at(self, now: datetime) -> Self:
        """The same file looked at at another instant."""
        return replace(self, now=now)


@dataclass(frozen=True, kw_only=True)
class ProviderFacts:
    """What the identity provider says, read before the lock and never under it; `read_at` is its own instant in UTC.

    `account` is the subject's, None where it is gone; `presence` the confirmed browser, if it still waits;
    `inactive` are the person ids of those in the case who may no longer sign in.
    """

    account: Account | None
    presence: Presence | None
    inactive: frozenset[str]
    read_at: datetime
