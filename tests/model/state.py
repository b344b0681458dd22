"""One state of a small world: the case as the store has it, the provider, the people, the policy and the clock."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from domain.case_file import CaseFile
from domain.policy.genuine import believed
from tests.model.cast import Standing, instant, member

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from domain.account import Account
    from domain.acts import Act
    from domain.case import Case
    from domain.messages import Step
    from domain.people import Member, Role
    from domain.plan import Operation
    from domain.policy.document import Policy
    from domain.ports import Sent


class OperationRow(NamedTuple):
    """One operation as the store has it."""

    id: UUID
    operation: Operation
    state: Sent
    attempt: int
    result: str | None


class Browser(NamedTuple):
    """A waiting browser; `seen` is in seconds after the opening, None while it polls all the time."""

    id: str
    usable: bool = True
    confirmed: bool = False
    password: bool = True
    seen: float | None = None


@dataclass(frozen=True, slots=True)
class State:
    """Everything that the next move can depend on. `at` is in seconds after the opening.

    `commands` are the ids of the orders that the provider has carried out, `effects` the names of those that changed
    anything; `used` counts the world's moves that may happen only so often; `serial` makes fresh ids and is no part of
    the key.
    """

    case: Case
    acts: tuple[Act, ...]
    subject: Account
    policy: Policy
    people: People
    browsers: tuple[Browser, ...] = ()
    operations: tuple[OperationRow, ...] = ()
    step: Step | None = None
    at: float = 0.0
    commands: frozenset[UUID] = frozenset()
    effects: frozenset[str] = frozenset()
    used: tuple[int, ...] = ()
    serial: int = 0

    @property
    def now(self) -> datetime:
        """The present instant, in UTC."""
        return instant(self.at)

    def believed(self) -> Case:
        """The case as its acts bear it out."""
        return believed(self.case, self.acts)

    def members(self) -> dict[str, Member]:
        """Everybody's standing here, by person id."""
        return _members(self.people)

    def file(self) -> CaseFile:
        """The case as everybody reads it."""
        return CaseFile(case=self.believed(), acts=self.acts, members=self.members(), policy=self.policy, now=self.now)

    def standing(self, person_id: str) -> Standing:
        """How this person stands now."""
        return next((how for person, _, how in self.people if person == person_id), Standing.FULL)


People = tuple[tuple[str, "frozenset[Role]", Standing], ...]


@cache
def _members(people: People) -> dict[str, Member]:
    return {person: member(person, roles, standing) for person, roles, standing in people}
