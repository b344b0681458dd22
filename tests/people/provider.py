"""A provider of a few people that a test may change, shorten or take away; everything else asks the real one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from domain.account import Account, LiveSession
from domain.errors import ProviderUnavailable, SubjectGone
from tests.domain.builders import account

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID


@dataclass
class Provider:
    """Fulfils `domain.ports.Accounts`. `on_some` is called before each page; it may raise."""

    people: dict[str, Account] = field(default_factory=dict)
    away: bool = False
    asked: list[str | None] = field(default_factory=list)
    on_some: Callable[[str | None], None] = lambda _: None

    def put(self, account_id: str, **facts: object) -> Account:
        """Let this account be so from now on."""
        person = {"person_id": f"person-{account_id}", "login": account_id, "display_name": account_id.title()}
        self.people[account_id] = account(id=account_id, **{**person, **facts})
        return self.people[account_id]

    async def find(self, tenant_id: UUID, text: str) -> list[Account]:
        """By login."""
        del tenant_id
        return [one for one in self.people.values() if one.login == text]

    async def read(self, account_id: str) -> Account:
        """One of them."""
        if self.away:
            raise ProviderUnavailable
        if account_id not in self.people:
            raise SubjectGone
        return self.people[account_id]

    async def sessions(self, account_id: str) -> list[LiveSession] | None:
        """None that it could list."""
        del account_id
        return None

    async def some(self, tenant_id: UUID, *, after: str | None, limit: int) -> list[Account]:
        """In the order of their ids."""
        del tenant_id
        self.asked.append(after)
        self.on_some(after)
        if self.away:
            raise ProviderUnavailable
        ids = sorted(one for one in self.people if after is None or one > after)
        return [self.people[one] for one in ids[:limit]]
