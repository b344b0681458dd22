"""The development channel: keeps every notice instead of sending it, and says in the log that there is one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import structlog

from domain.account import ContactKind

if TYPE_CHECKING:
    from uuid import UUID

    from domain.notices import Notice
    from domain.ports import HandingOver

_LOG = structlog.get_logger(__name__)


class Shelf(Protocol):
    """Where notices are kept."""

    async def keep(self, notice_id: UUID, *, subject: str, text: str, contact: str) -> None:
        """Keep one; a second time changes nothing."""
        ...


class OutboxPageChannel:
    """Serves every kind of contact point and accepts at once."""

    name = "outbox"
    kinds = frozenset(ContactKind)

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        # Accepted here is read by no one elsewhere: an operator who runs this for real must see it.
        _LOG.warning("notices_are_kept_not_sent")

    async def deliver(self, notice: Notice, handing_over: HandingOver) -> None:
        """See `domain.ports.NoticeChannel`."""
        await handing_over()
        contact = f"{notice.contact_id} ({notice.kind.value})"
        await self._shelf.keep(notice.id, subject=notice.subject, text=notice.text, contact=contact)
        # Without the text: it holds the stop link, and a log holds no token (R44).
        _LOG.info("notice_kept", notice=str(notice.id), occasion=notice.occasion.value, case=notice.reference)
