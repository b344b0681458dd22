"""The keys of a policy one by one, as pages and forms show them: rule, meaning, value, default and allowed range."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from domain.policy.document import Policy
from domain.policy.weakening import leaves
from service.policy_file import bounds_of, field_of, rule_of, written

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo


@dataclass(frozen=True, kw_only=True)
class PolicyKey:
    """One key of a policy for a page: its rule, what it is for, its values as the document writes them.

    `lowest` and `highest` are the allowed range of a number, else None; `kind` says what the others hold.
    """

    name: str
    section: str
    rule: str
    meaning: str
    value: str
    default: str
    kind: str
    lowest: int | None
    highest: int | None

    @property
    def is_default(self) -> bool:
        """Whether nobody has set it to something else."""
        return self.value == self.default


def keys_of(policy: Policy) -> list[PolicyKey]:
    """Every key of this policy, in the order of its document."""
    values, defaults = leaves(policy), leaves(Policy())
    return [_key(name, value, defaults[name]) for name, value in values.items()]


def _key(name: str, value: Any, default: Any) -> PolicyKey:
    field = field_of(name)
    lowest, highest = bounds_of(field) if field else (None, None)
    rule, _, meaning = rule_of(name).partition(": ")
    return PolicyKey(
        name=name,
        section=name.rpartition(".")[0],
        rule=rule,
        meaning=meaning,
        value=written(value),
        default=written(default),
        kind="number" if lowest is not None else _kind(field),
        lowest=lowest,
        highest=highest,
    )


def _kind(field: FieldInfo | None) -> str:
    text = str(field.annotation) if field else ""
    if "bool" in text:
        return "yes_no"
    return "list" if "frozenset" in text else "text"
