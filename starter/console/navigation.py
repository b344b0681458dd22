"""What stands in the console's menu, by the reader's roles; it grants nothing, each page asks the rules."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from domain.people import Role
from domain.texts import Text
from starter.console.site import BASE

if TYPE_CHECKING:
    from domain.people import Actor


@dataclass(frozen=True)
class Entry:
    """One line of the menu. `words` are translated where they are shown."""

    path: str
    words: Text
    roles: frozenset[Role]


_EVERYBODY = frozenset(Role)
_ENTRIES = (
    Entry(f"{BASE}/inbox", Text("Inbox"), _EVERYBODY),
    Entry(f"{BASE}/people", Text("People"), frozenset({Role.AGENT, Role.APPROVER, Role.SECURITY, Role.ADMIN})),
    Entry(f"{BASE}/cases", Text("Cases"), _EVERYBODY),
    Entry(f"{BASE}/security", Text("Security"), frozenset({Role.SECURITY, Role.AUDITOR, Role.ADMIN})),
    Entry(f"{BASE}/settings", Text("Settings"), _EVERYBODY),
    Entry(f"{BASE}/audit", Text("Audit"), frozenset({Role.AUDITOR, Role.SECURITY, Role.ADMIN})),
    Entry(f"{BASE}/ops", Text("Operations"), frozenset({Role.SECURITY, Role.ADMIN, Role.AUDITOR})),
)


def entries_for(actor: Actor) -> tuple[Entry, ...]:
    """The menu of this person."""
    return tuple(one for one in _ENTRIES if one.roles & actor.roles)
