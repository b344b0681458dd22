"""Something between activities and their ports: to stop an activity at a given point, or to lie to it.

No product code knows of this. Points are counted from the moment of `arm`: "read 2" is the second read of the subject.
"""

from __future__ import annotations

import asyncio
import dataclasses
import functools
from collections import Counter
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any
from uuid import UUID

from compose.activities import case_activities
from compose.parts import Parts
from connectors.builtin import BuiltinPresences

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from datetime import datetime

    from domain.account import Account
    from domain.ports import Order
    from store.ledger import Ledger
    from store.page import Page

_POINTS = {"claim": "claimed", "mark_sent": "sent", "mark_done": "done", "wiped": "wiped", "move": "moved"}


class Hooks:
    """Stops the first activity that reaches the armed point; replaces answers of the provider."""

    def __init__(self) -> None:
        self.point: str | None = None
        self.subject: str | None = None
        self.reached = asyncio.Event()
        self.go_on = asyncio.Event()
        self.passed: Counter[str] = Counter()
        self.on_read: Callable[[str, Callable[[], Awaitable[Account]]], Awaitable[Account]] | None = None
        self.on_carry_out: Callable[[Order, Callable[[], Awaitable[str]]], Awaitable[str]] | None = None
        self.activities: dict[str, Callable[..., Awaitable[Any]]] = {}
        self.latest: dict[str, Any] = {}

    def arm(self, point: str, *, subject: str) -> None:
        """Stop the task that next comes to this point, once; it goes on when `go_on` is set, if it still lives."""
        self.point, self.subject, self.passed = point, subject, Counter()
        # New ones, so that a task stopped earlier is woken apart.
        self.reached, self.go_on = asyncio.Event(), asyncio.Event()

    async def at(self, kind: str) -> None:
        """Called by the wrappers at each point."""
        self.passed[kind] += 1
        if self.point == f"{kind} {self.passed[kind]}":
            self.point = None
            go_on = self.go_on
            self.reached.set()
            await go_on.wait()

    async def again(self, activity: str) -> Any:
        """Run an activity as a further attempt, with the input of its latest one."""
        return await self.activities[activity](self.latest[activity])

    def wrap(self, parts: Parts) -> Parts:
        """Parts whose activities pass the hooks."""
        provider: Any = HookedProvider(self, parts)
        book: Any = HookedBook(self, parts.ledger)
        activities = case_activities(book, provider, BuiltinPresences(parts.directory.administration))
        return dataclasses.replace(parts, activities=[self._remembering(one) for one in activities])

    def _remembering(self, method: Any) -> Any:
        definition = vars(method.__func__)["__temporal_activity_definition"]
        self.activities[definition.name] = method

        @functools.wraps(method)
        async def remembering(message: Any) -> Any:
            self.latest[definition.name] = message
            return await method(message)

        return remembering


class HookedProvider:
    """The directory as accounts and effects."""

    def __init__(self, hooks: Hooks, parts: Parts) -> None:
        self._hooks = hooks
        self._inner = parts.feed

    async def read(self, account_id: str) -> Account:
        """Read, or what the test says."""
        if account_id == self._hooks.subject:
            await self._hooks.at("read")

        async def inner() -> Account:
            return await self._inner.read(account_id)

        return await self._hooks.on_read(account_id, inner) if self._hooks.on_read else await inner()

    async def carry_out(self, order: Order) -> str:
        """Carry out, or what the test says."""
        await self._hooks.at("call")

        async def inner() -> str:
            return await self._inner.carry_out(order)

        answer = await self._hooks.on_carry_out(order, inner) if self._hooks.on_carry_out else await inner()
        await self._hooks.at("called")
        return answer

    async def lock(self, account_id: str, command: UUID) -> None:
        """Lock."""
        await self._hooks.at("lock")
        await self._inner.lock(account_id, command)
        await self._hooks.at("locked")

    async def freeze_contacts(self, account_id: str, until: datetime, command: UUID) -> bool:
        """Refuse changes of contacts; nothing of a case hangs on it."""
        return await self._inner.freeze_contacts(account_id, until, command)


class HookedBook:
    """The store as activities see it; points lie right after the commit."""

    def __init__(self, hooks: Hooks, ledger: Ledger) -> None:
        self._hooks = hooks
        self._ledger = ledger
        self.read_file = ledger.read_file
        self.audit = ledger.audit

    @asynccontextmanager
    async def page(self, tenant_id: UUID, case_id: UUID) -> AsyncIterator[_HookedPage]:
        """A page whose commit is a point."""
        async with self._ledger.page(tenant_id, case_id) as page:
            hooked = _HookedPage(page)
            yield hooked
        for done in hooked.called:
            if done in _POINTS:
                await self._hooks.at(_POINTS[done])


class _HookedPage:
    def __init__(self, page: Page) -> None:
        self._page = page
        self.called: list[str] = []

    def __getattr__(self, name: str) -> Any:
        if name in _POINTS:
            self.called.append(name)
        return getattr(self._page, name)
