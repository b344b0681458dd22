"""The sample tenant's people as tests play them: they know their secrets, the product does not."""

from __future__ import annotations

import dataclasses
import json
import time
from pathlib import Path
from typing import Any

import pyotp

from starter.demo.cast import STEP_SECONDS, read_cast
from starter.demo.cast import Person as SamplePerson

EXAMPLES = Path(__file__).parents[2] / "examples"


class Person(SamplePerson):
    """A person who needs several codes within one minute, so the step before now serves too."""

    def totp_code(self) -> str:
        """A code that was not used before, within the one step either side that clocks may differ."""
        now, passed = divmod(int(time.time()), STEP_SECONDS)
        # Not the step before when this one is about to end: it would be too old on arrival.
        earliest = now - 1 if passed < STEP_SECONDS - 8 else now
        step = max(earliest, self.last_step + 1)
        assert step <= now + 1, "this person has used all codes of the minute"
        self.last_step = step
        return pyotp.TOTP(self.totp or "").at(step * STEP_SECONDS)

    def respond(self, kinds: tuple[str, ...], webauthn_options: str | None, origin: str) -> dict[str, Any]:
        """The response to a challenge as the services give it, with options as text."""
        return self.answer(list(kinds), json.loads(webauthn_options) if webauthn_options else None, origin)


def sample_people() -> dict[str, Person]:
    """Everybody of examples/acme.json by key."""
    _, cast = read_cast(EXAMPLES)
    return {
        key: Person(**{field.name: getattr(one, field.name) for field in dataclasses.fields(one)})
        for key, one in cast.items()
    }


def sample_document() -> dict[str, Any]:
    """The import document."""
    document: dict[str, Any] = json.loads((EXAMPLES / "acme.json").read_text(encoding="utf-8"))
    # The sample's policy is for the demonstration; tests have one of their own.
    document.pop("policy", None)
    return document
