"""Outside parties that are no identity provider: ways to deliver notices, and who looks at documents."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from domain.account import ContactKind

if TYPE_CHECKING:
    from domain.identity_document import DocumentCheck
    from domain.notices import Notice

HandingOver = Callable[[], Awaitable[None]]
"""Awaited right before the content leaves."""


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
