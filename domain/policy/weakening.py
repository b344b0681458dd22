"""Which way a change of policy points: what each key says of itself, applied to two policies (R26)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.policy.document import KEYS
from domain.policy.keys import leaves

if TYPE_CHECKING:
    from domain.policy.document import Policy


def weakenings(before: Policy, after: Policy) -> tuple[str, ...]:
    """The names of what is weaker in `after`, sorted."""
    old, new = leaves(before), leaves(after)
    return tuple(sorted(name for name in new if KEYS[name].weaker.holds(old[name], new[name])))


def changes(before: Policy, after: Policy) -> tuple[str, ...]:
    """The names of everything that differs, sorted."""
    old, new = leaves(before), leaves(after)
    return tuple(sorted(name for name in new if old[name] != new[name]))
