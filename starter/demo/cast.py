"""The people of the sample tenant with the secrets that only they know."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pyotp

from starter.soft_authenticator import SoftAuthenticator, encode

if TYPE_CHECKING:
    from pathlib import Path

STEP_SECONDS = 30


@dataclass
class Person:
    """A person with a login, a password and a factor of their own."""

    key: str
    name: str
    login: str
    password: str = field(repr=False)
    totp: str | None = field(default=None, repr=False)
    passkey: SoftAuthenticator | None = field(default=None, repr=False)
    backup_codes: list[str] = field(default_factory=list, repr=False)
    last_step: int = 0

    def totp_code(self) -> str:
        """A code not used before: each works once (R27), and clocks may differ by one step either way."""
        now = int(time.time()) // STEP_SECONDS
        step = max(now, self.last_step + 1)
        if step > now + 1:
            raise RuntimeError("this person has used all codes of the minute")
        self.last_step = step
        return pyotp.TOTP(self.totp or "").at(step * STEP_SECONDS)

    def last_code(self) -> str:
        """The code used last, to show that it is dead."""
        return pyotp.TOTP(self.totp or "").at(self.last_step * STEP_SECONDS)

    def answer(self, kinds: list[str], webauthn_options: dict[str, Any] | None, origin: str) -> dict[str, Any]:
        """The response to a challenge with the factor this person holds."""
        if self.passkey is not None and webauthn_options is not None:
            return {"kind": "webauthn", "credential": self.passkey.get(json.dumps(webauthn_options), origin)}
        if "totp" not in kinds:
            raise RuntimeError("this person holds no factor that serves")
        return {"kind": "totp", "code": self.totp_code()}


IN_A_HURRY = {"enrolment": {"window_minutes": 1}, "brakes": {"agent_openings_a_day": 6}}
"""What the demonstration's tenant is founded with besides: its windows close and its brakes hold while one looks on."""


def prepared(examples: Path, folder: Path, *, slug: str | None) -> None:
    """Write the sample people into `folder`; with a `slug`, under that tenant's name and with new passkeys."""
    document = json.loads((examples / "acme.json").read_text(encoding="utf-8"))
    keys = json.loads((examples / "acme-authenticators.json").read_text(encoding="utf-8"))
    document["policy"] |= IN_A_HURRY
    if slug is not None:
        document["tenant"]["slug"] = slug
        keys = _renewed(document)
    (folder / "acme.json").write_text(json.dumps(document), encoding="utf-8")
    (folder / "acme-authenticators.json").write_text(json.dumps(keys), encoding="utf-8")


def _renewed(document: dict[str, Any]) -> dict[str, Any]:
    keys = {}
    for person in document["people"]:
        for factor in person["factors"]:
            if factor["kind"] == "webauthn":
                fresh = SoftAuthenticator()
                factor |= {"credential_id": encode(fresh.credential_id), "public_key": encode(fresh.public_key)}
                keys[person["key"]] = fresh.to_dict()
    return keys


def read_cast(examples: Path) -> tuple[str, dict[str, Person]]:
    """The tenant's short name, and everybody of acme.json by key with the soft passkeys beside it."""
    document = json.loads((examples / "acme.json").read_text(encoding="utf-8"))
    people = document["people"]
    keys = json.loads((examples / "acme-authenticators.json").read_text(encoding="utf-8"))
    cast = {}
    for one in people:
        codes = one.get("backup_codes", [])
        cast[one["key"]] = Person(
            key=one["key"],
            name=one["display_name"],
            login=one["login"],
            password=one["password"],
            totp=next((factor["secret"] for factor in one["factors"] if factor["kind"] == "totp"), None),
            passkey=SoftAuthenticator.from_dict(keys[one["key"]]) if one["key"] in keys else None,
            backup_codes=codes if isinstance(codes, list) else [],
        )
    return document["tenant"]["slug"], cast
