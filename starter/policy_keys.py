"""The keys of a policy one by one, as pages and forms show them: rule, meaning, value, default and allowed range."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from domain.policy.document import KEYS, Policy
from domain.policy.keys import leaves
from domain.texts import Text
from service.policy_file import written


@dataclass(frozen=True, kw_only=True)
class PolicyKey:
    """One key of a policy for a page: its rule, what it is for, its values as the document writes them.

    `lowest` and `highest` are the allowed range of a number, else None; `kind` says what the others hold.
    """

    name: str
    section: str
    rule: str
    meaning: Text
    value: str
    default: str
    kind: str
    lowest: int | None
    highest: int | None

    @property
    def is_default(self) -> bool:
        """Whether no administrator has set it to something else."""
        return self.value == self.default


def keys_of(policy: Policy) -> list[PolicyKey]:
    """Every key of this policy, in the order of its document."""
    values, defaults = leaves(policy), leaves(Policy())
    return [_key(name, value, defaults[name]) for name, value in values.items()]


def _key(name: str, value: Any, default: Any) -> PolicyKey:
    declared = KEYS[name]
    return PolicyKey(
        name=name,
        section=name.rpartition(".")[0],
        rule=declared.rule,
        meaning=declared.meaning,
        value=written(value),
        default=written(default),
        kind="number" if declared.lowest is not None else _kind(default),
        lowest=declared.lowest,
        highest=declared.highest,
    )


def _kind(default: Any) -> str:
    if isinstance(default, bool):
        return "yes_no"
    return "list" if isinstance(default, frozenset) else "text"
