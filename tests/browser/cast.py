"""Who takes part in the browser tests: the sample people, and so many others that no two tests share an app's codes."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import itertools
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyotp

from starter.demo.cast import STEP_SECONDS, Person, read_cast

EXAMPLES = Path(__file__).parents[2] / "examples"
POLICY = {
    "demonstration": True,
    "cooling_off": {"weak_seconds": 4, "privileged_seconds": 12},
    # A session of tests is busier than a day of an honest help desk.
    "brakes": {"agent_openings_a_day": 100, "approver_verdicts_a_day": 50, "pair_a_day": 20, "wipes_an_hour": 200},
}
_GIVEN = (
    "Abel", "Brita", "Carmen", "Dagny", "Emeka", "Farah", "Goran", "Hilde", "Isko", "Jorun", "Katya", "Leif", "Milo",
    "Noor", "Oskar", "Pia", "Quirin", "Rosa", "Stellan", "Tove", "Umberto", "Vesna", "Wanda", "Xenia", "Yusuf",
    "Zelda", "Anouk", "Basil", "Chidi", "Doreen",
)  # fmt: skip
_FAMILY = ("Thorne", "Ibarra", "Najjar", "Wolff", "Moreau")
_NAMES = [f"{given} {family}" for family in _FAMILY for given in _GIVEN]
LOOK_ALIKES = ("piet.kowalczyk", "PIET.KOWALCZYK")
"""Two people's logins, which one search finds."""
_SUBJECTS, _AGENTS, _WITHOUT_FACTOR = _NAMES[:100], _NAMES[100:120], _NAMES[120:]


@dataclass
class Cast:
    """Everybody of the tenant by key, and those that no test has used yet."""

    tenant: str
    people: dict[str, Person]
    _subjects: Iterator[str]
    _agents: Iterator[str]
    _without_factor: Iterator[str]

    def __getitem__(self, key: str) -> Person:
        return self.people[key]

    def subject(self) -> Person:
        """A person with an authenticator app, two numbers on record and no role."""
        return self.people[next(self._subjects)]

    def agent(self) -> Person:
        """An agent with an authenticator app; who comes round again has not worked for many tests."""
        return self.people[next(self._agents)]

    def without_factor(self) -> Person:
        """A person with a password alone, who need not use MFA until a campaign asks."""
        return self.people[next(self._without_factor)]


def document() -> dict[str, Any]:
    """The founding document."""
    sample: dict[str, Any] = json.loads((EXAMPLES / "acme.json").read_text(encoding="utf-8"))
    numbers = iter(range(10_000))
    others = [
        *(_person(name, next(numbers), manager="mara", manager_days_ago=700) for name in _SUBJECTS),
        *(_person(name, next(numbers), roles=["agent"]) for name in _AGENTS),
        *(_person(name, next(numbers), mfa="optional", factors=[]) for name in _WITHOUT_FACTOR),
        *({**_person("Piet Kowalczyk", next(numbers)), "key": one, "login": one} for one in LOOK_ALIKES),
    ]
    return {**sample, "policy": POLICY, "people": [*sample["people"], *others]}


def cast() -> Cast:
    """Everybody with the secrets that only they know."""
    tenant, people = read_cast(EXAMPLES)
    for one in document()["people"]:
        if one["key"] not in people:
            seed = next((factor["secret"] for factor in one["factors"]), None)
            people[one["key"]] = Person(
                key=one["key"], name=one["display_name"], login=one["login"], password=one["password"], totp=seed
            )
    subjects, agents, without_factor = (map(_key, names) for names in (_SUBJECTS, _AGENTS, _WITHOUT_FACTOR))
    return Cast(tenant, people, subjects, itertools.cycle(agents), without_factor)


async def code_of(person: Person) -> str:
    """A code of the person's app that was not used before (R27); waits only when the minute's codes are all used."""
    while True:
        now, passed = divmod(time.time(), STEP_SECONDS)
        # One step either side is accepted; the one before is not begun with when it is about to end.
        earliest = now - 1 if passed < STEP_SECONDS - 8 else now
        step = max(int(earliest), person.last_step + 1)
        if step <= now + 1:
            person.last_step = step
            return pyotp.TOTP(person.totp or "").at(step * STEP_SECONDS)
        await asyncio.sleep(STEP_SECONDS - passed)


def _key(name: str) -> str:
    return name.replace(" ", "-").lower()


def _person(name: str, number: int, **more: Any) -> dict[str, Any]:
    login = name.lower().replace(" ", ".")
    seed = base64.b32encode(hashlib.sha256(f"browser tests: {login}".encode()).digest()[:20]).decode()
    return {
        "key": _key(name),
        "login": login,
        "display_name": name,
        "password": f"{_key(name)}-harbour-lantern-{number}",
        "contacts": [
            {"kind": "email", "value": f"{login}@acme.example", "bound_days_ago": 700},
            {"kind": "desk_phone", "value": f"+44 20 7946 {200 + number:04}", "bound_days_ago": 500},
            {"kind": "mobile", "value": f"+44 7700 900{200 + number:03}", "bound_days_ago": 90},
        ],
        "factors": [{"kind": "totp", "secret": seed, "label": "Phone", "enrolled_days_ago": 400}],
        "roles": [],
        "created_days_ago": 800,
        **more,
    }
