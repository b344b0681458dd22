"""What a rule answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from domain.errors import Refused
from domain.texts import NOTHING, Text

if TYPE_CHECKING:
    from domain.refusal_codes import Code


@dataclass(frozen=True)
class Decision:
    """Allowed, or refused: with its code, the rule it comes from and a sentence for a human."""

    refusal: Code | None
    reason: Text
    rule: str = ""
    facts: dict[str, str | int] = field(default_factory=dict)

    @property
    def allowed(self) -> bool:
        """Whether nothing refuses."""
        return self.refusal is None

    @property
    def code(self) -> str:
        """The code as answers and audit events carry it."""
        return "allowed" if self.refusal is None else self.refusal.value

    def enforce(self) -> None:
        """Raise `Refused` unless allowed."""
        if self.refusal is not None:
            raise Refused(self.refusal, self.reason, {**self.facts, **({"rule": self.rule} if self.rule else {})})


ALLOWED = Decision(refusal=None, reason=NOTHING)


def refuse(rule: str, code: Code, reason: Text | str, **facts: str | int) -> Decision:
    """A refusal by `rule`; a `str` is a whole sentence, written out where it is said."""
    return Decision(refusal=code, reason=reason if isinstance(reason, Text) else Text(reason), rule=rule, facts=facts)


def first_refusal(*decisions: Decision) -> Decision:
    """The first that refuses, or allowed."""
    return next((one for one in decisions if not one.allowed), ALLOWED)
