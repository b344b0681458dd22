"""What stands in the console's menu, as the rules answer the reader; it grants nothing, each page asks them too."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from domain.policy.access import Access, may_access
from domain.texts import Text
from starter.console.site import BASE

if TYPE_CHECKING:
    from domain.people import Actor


@dataclass(frozen=True)
class Entry:
    """One line of the menu, and what its page asks for; None for what everybody may look at.

    `words` are translated where they are shown.
    """

    path: str
    words: Text
    access: Access | None = None


_ENTRIES = (
    Entry(f"{BASE}/inbox", Text("Inbox")),
    Entry(f"{BASE}/people", Text("People"), Access.LOOK_UP_ACCOUNTS),
    Entry(f"{BASE}/cases", Text("Cases")),
    Entry(f"{BASE}/security", Text("Security"), Access.READ_SECURITY),
    Entry(f"{BASE}/settings", Text("Settings")),
    Entry(f"{BASE}/audit", Text("Audit"), Access.READ_AUDIT),
    Entry(f"{BASE}/ops", Text("Operations"), Access.READ_OPERATIONS),
)


def entries_for(actor: Actor) -> tuple[Entry, ...]:
    """The menu of this person."""
    return tuple(one for one in _ENTRIES if one.access is None or may_access(actor, one.access).allowed)
