"""The sample tenant's people as tests and demo play them: they know their secrets, the product does not."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyotp

from starter.soft_authenticator import SoftAuthenticator

EXAMPLES = Path(__file__).parents[2] / "examples"


@dataclass
class Person:
    """Somebody with a login, a password and a factor of their own."""

    key: str
    login: str
    password: str = field(repr=False)
    totp: str | None = field(default=None, repr=False)
    passkey: SoftAuthenticator | None = field(default=None, repr=False)
    used_steps: set[int] = field(default_factory=set, repr=False)

    def totp_code(self) -> str:
        """A code that was not used before, within the one step either side that clocks may differ."""
        now = int(time.time()) // 30
        step = next(one for one in (now - 1, now, now + 1) if one not in self.used_steps and one > max(self.used_steps, default=0))
        self.used_steps.add(step)
        return pyotp.TOTP(self.totp or "").at(step * 30)

    def answer(self, kinds: tuple[str, ...], webauthn_options: str | None, origin: str) -> dict[str, Any]:
        """The response to a challenge, with whichever factor this person holds."""
        if self.passkey is not None and webauthn_options is not None:
            return {"kind": "webauthn", "credential": self.passkey.get(webauthn_options, origin)}
        assert "totp" in kinds
        return {"kind": "totp", "code": self.totp_code()}


def sample_people() -> dict[str, Person]:
    """Everybody of examples/acme.json by key."""
    people = json.loads((EXAMPLES / "acme.json").read_text())["people"]
    keys = json.loads((EXAMPLES / "acme-authenticators.json").read_text())
    found = {}
    for one in people:
        seed = next((factor["secret"] for factor in one["factors"] if factor["kind"] == "totp"), None)
        passkey = SoftAuthenticator.from_dict(keys[one["key"]]) if one["key"] in keys else None
        found[one["key"]] = Person(one["key"], one["login"], one["password"], seed, passkey)
    return found


def sample_document() -> dict[str, Any]:
    """The import document."""
    document: dict[str, Any] = json.loads((EXAMPLES / "acme.json").read_text())
    return document
