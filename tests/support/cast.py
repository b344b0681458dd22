"""The sample tenant's people and some more, whose accounts are unusual in a way that a test is about."""

from __future__ import annotations

from typing import Any

from tests.support.people import Person, sample_document, sample_people

_CONTACTS = (("email", "{login}@acme.example", 700), ("desk_phone", "+44 20 7946 02{n}", 500))
_FACTORS: dict[str, list[dict[str, Any]]] = {
    "opal": [{"kind": "totp", "secret": "ORUGKIDPMZTHGZLSMVSCA5DP", "label": "Opal's phone"}],
    "exa": [{"kind": "totp", "secret": "MV4GC3LQNRSSA43FMVSCAMJS", "label": "Exa's phone"}],
    "vic": [{"kind": "totp", "secret": "OZUWG5DJNUQHGZLFMQQDCMRT", "label": "Vic's phone"}],
    "quinn": [
        {"kind": "totp", "secret": "OF2WS3TOEBZWKZLEEAYTEMZU", "label": "Quinn's phone"},
        {"kind": "sms", "label": "Quinn's mobile"},
        {"kind": "email_code", "label": "Quinn's mailbox"},
        {"kind": "push", "label": "Quinn's push app"},
        {"kind": "trusted_browser", "label": "Quinn's laptop"},
        {"kind": "trusted_browser", "label": "Quinn's tablet"},
    ],
}
_MORE: dict[str, dict[str, Any]] = {
    "opal": {"mfa": "optional"},
    "exa": {"mfa": "exempt"},
    "vic": {"backup_codes": ["5B7D-9FHK-2MPR-4TWX", "6C8E-AGJN-3QSV-5VYZ"], "refresh_tokens": 1, "sessions": 1},
    "quinn": {"backup_codes": ["8EAG-CJMQ-5TVX-7ZBD"], "refresh_tokens": 2, "sessions": 2, "app_passwords": 1},
}
CODES = {key: more["backup_codes"] for key, more in _MORE.items() if "backup_codes" in more}


def _extras() -> list[dict[str, Any]]:
    found = []
    for n, key in enumerate(sorted(_FACTORS)):
        login = f"{key}.sample"
        found.append(
            {
                "key": key,
                "login": login,
                "display_name": f"{key.title()} Sample",
                "password": f"{key}-harbour-lantern-extra",
                "manager": "mara",
                "manager_days_ago": 700,
                "contacts": [
                    {"kind": kind, "value": value.format(login=login, n=10 + n), "bound_days_ago": days}
                    for kind, value, days in _CONTACTS
                ],
                "factors": [{"enrolled_days_ago": 300, **factor} for factor in _FACTORS[key]],
                "created_days_ago": 800,
                **_MORE[key],
            }
        )
    return found


def whole_document() -> dict[str, Any]:
    """The import document of everybody."""
    document = sample_document()
    return {**document, "people": [*document["people"], *_extras()]}


def whole_cast() -> dict[str, Person]:
    """Everybody by key, with their secrets."""
    more = {
        one["key"]: Person(
            key=one["key"],
            name=one["display_name"],
            login=one["login"],
            password=one["password"],
            totp=one["factors"][0]["secret"],
        )
        for one in _extras()
    }
    return sample_people() | more
