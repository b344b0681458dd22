"""What a rule answers."""

from __future__ import annotations

from dataclasses import dataclass, field

from domain.errors import Refused


@dataclass(frozen=True)
class Decision:
    """Allowed or refused, with a stable code, the rule it comes from and a sentence for a human."""

    allowed: bool
    code: str
    reason: str
    rule: str = ""
    facts: dict[str, str | int] = field(default_factory=dict)

    def enforce(self) -> None:
        """Raise `Refused` unless allowed."""
        if not self.allowed:
            raise Refused(self.code, self.reason, {**self.facts, **({"rule": self.rule} if self.rule else {})})


ALLOWED = Decision(allowed=True, code="allowed", reason="")


def refuse(rule: str, code: str, reason: str, **facts: str | int) -> Decision:
    """A refusal by `rule`."""
    return Decision(allowed=False, code=code, reason=reason, rule=rule, facts=facts)


def first_refusal(*decisions: Decision) -> Decision:
    """The first that refuses, or allowed."""
    return next((one for one in decisions if not one.allowed), ALLOWED)
