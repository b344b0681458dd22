"""How a key of the policy is declared: once, with its rule, its meaning, its range and what weakens it (R26)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any, TypeVar

from pydantic import BaseModel, Field

from domain.texts import Text

Value = TypeVar("Value")


class Unfit(ValueError):
    """What the keys of a policy say does not fit together, or no case could be met by it; `text` says what."""

    def __init__(self, text: Text) -> None:
        super().__init__(str(text))
        self.text = text


class Weaker(Enum):
    """Which change of a key lets more through; the rest is stricter or makes no difference."""

    LESS = "a smaller number"
    MORE = "a greater number"
    OFF = "switched off"
    ON = "switched on"
    FEWER = "a list that lacks what was in it"
    WIDER = "a list with something more"
    OTHER = "any other text, for nobody can tell whether it lets more through; to ask for one at all is stricter"
    NEVER = "no change at all"

    def holds(self, before: Any, after: Any) -> bool:
        """Whether going from `before` to `after` is weaker."""
        match self:
            case Weaker.LESS:
                return bool(after < before)
            case Weaker.MORE:
                return bool(after > before)
            case Weaker.OFF:
                return bool(before) and not after
            case Weaker.ON:
                return bool(after) and not before
            case Weaker.FEWER:
                return not frozenset(after) >= frozenset(before)
            case Weaker.WIDER:
                return not frozenset(after) <= frozenset(before)
            case Weaker.OTHER:
                return before is not None and after != before
            case Weaker.NEVER:
                return False


@dataclass(frozen=True)
class Key:
    """What is to be known of one key.

    `rule` is the runbook's rule that it belongs to; `meaning` says what it is for, its unit with it. `lowest` and
    `highest` are the range of a number that no tenant leaves (its floor among them), `longest` a text's length.
    """

    rule: str
    meaning: Text
    weaker: Weaker
    lowest: int | None = None
    highest: int | None = None
    longest: int | None = None


def key(
    rule: str,
    meaning: str,
    weaker: Weaker,
    *,
    default: Value,
    within: tuple[int | None, int | None] = (None, None),
    longest: int | None = None,
) -> Value:
    """A field of the policy, declared with all that is to be known of it: what a model has in place of `Field`.

    `meaning` is the id of a text, written out where the field is declared.
    """
    lowest, highest = within
    field: Any = Field(default=default, ge=lowest, le=highest, max_length=longest)
    field.metadata.append(Key(rule, Text(meaning), weaker, lowest, highest, longest))
    return field  # type: ignore[no-any-return] # pydantic makes the field out of it, as of its own `Field`


def declared(model: type[BaseModel]) -> dict[str, Key]:
    """Every key of a model and of the tables in it by its dotted name, in the order of the document."""
    found: dict[str, Key] = {}
    for name, field in model.model_fields.items():
        table = field.annotation
        if isinstance(table, type) and issubclass(table, BaseModel):
            found |= {f"{name}.{inner}": one for inner, one in declared(table).items()}
        found.update((name, one) for one in field.metadata if isinstance(one, Key))
    return found


def leaves(policy: BaseModel) -> dict[str, Any]:
    """Every value of a policy by its dotted name, `version` apart, which is no rule."""
    found: dict[str, Any] = {}
    for name, value in dict(policy).items():
        if isinstance(value, BaseModel):
            found |= {f"{name}.{inner}": one for inner, one in dict(value).items()}
        elif name != "version":
            found[name] = value
    return found
