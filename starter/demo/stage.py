"""Keeps what the demonstration expects and what it saw, and tells it step by step."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


class ExpectationFailed(Exception):
    """The product did not behave as the demonstration expects."""


@dataclass
class Scene:
    """One case of the demonstration."""

    scenario: str
    case_id: str = ""
    outcome: str = ""
    audit: list[str] = field(default_factory=list)
    seconds: float = 0.0


@dataclass
class Refusal:
    """Something that was refused, as it must be; `audited` once the audit chain was seen to hold it."""

    attempt: str
    code: str
    case_id: str | None = None
    in_product: bool = True


class Stage:
    """Collects scenes and refusals. `tell` prints a line; with `--json` it prints nothing."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell = tell
        self._started = time.monotonic()
        self._last = self._started
        self.scenes: list[Scene] = []
        self.refusals: list[Refusal] = []

    @property
    def elapsed(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self._started

    def heading(self, text: str) -> None:
        """Begin something."""
        self._last = time.monotonic()
        self._tell(f"\n{text}\n{'─' * len(text)}")

    def step(self, who: str, what: str) -> None:
        """Tell that a person did something, and how long it took since the step before."""
        now = time.monotonic()
        self._tell(f"  {who:<16} {what}  ({(now - self._last) * 1000:.0f} ms)")
        self._last = now

    def note(self, text: str) -> None:
        """Tell something that the product did by itself."""
        self._tell(f"  {text}")

    def refused(
        self, who: str, attempt: str, code: str, *, case_id: str | None = None, in_product: bool = True
    ) -> None:
        """Keep a refusal and tell it. `in_product` is False for refusals of the directory, which audits apart."""
        self.refusals.append(Refusal(attempt, code, case_id, in_product))
        self.step(who, f"✗ {attempt} → refused: {code}")


def expect(what: str, *, seen: Any, wanted: Any) -> None:
    """Raise `ExpectationFailed` unless seen and wanted are equal."""
    if seen != wanted:
        raise ExpectationFailed(f"{what}: expected {wanted!r}, saw {seen!r}")
