"""Notices that the development channel kept instead of sending them, for the page that shows them on this machine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from store.statements import SQL

if TYPE_CHECKING:
    from datetime import datetime

    from store.ledger import Ledger


@dataclass(frozen=True, kw_only=True)
class KeptNotice:
    """One notice as it would have been sent at `at` (UTC); it may hold a stop link, so no `repr` shows its text."""

    at: datetime
    subject: str
    text: str
    contact: str

    def __repr__(self) -> str:
        return f"KeptNotice(at={self.at})"


async def kept_notices(ledger: Ledger, *, most: int) -> list[KeptNotice]:
    """The latest, newest first."""
    rows = await ledger._pool.fetch(SQL["kept_notices_recent"], most)
    return [KeptNotice(at=row["at"], subject=row["subject"], text=row["text"], contact=row["contact"]) for row in rows]
