"""Writes the sample tenant: acme.json (people) and acme-authenticators.json (their soft passkeys). Sample data only."""

from __future__ import annotations

import json
from pathlib import Path

from starter.soft_authenticator import SoftAuthenticator, encode

HERE = Path(__file__).parent
# Staff have an app as well, so that a reader without the software passkeys can try the console.
PASSKEYS = ("bo", "cleo", "dev", "sol", "ivy", "ari")


def person(
    key: str, name: str, *, roles: list[str], factors: list[dict[str, object]], **more: object
) -> dict[str, object]:
    """One person of the sample tenant."""
    login = name.lower().replace(" ", ".")
    return {
        "key": key,
        "login": login,
        "display_name": name,
        "password": f"{key}-harbour-lantern-{len(name)}",
        "contacts": [{"kind": "email", "value": f"{login}@acme.example", "bound_days_ago": 700}],
        "factors": factors,
        "roles": roles,
        "created_days_ago": 800,
        **more,
    }


def totp(secret: str, label: str, days: int = 400) -> dict[str, object]:
    """An authenticator app."""
    return {"kind": "totp", "secret": secret, "label": label, "enrolled_days_ago": days}


def phones(login: str, desk: str, mobile: str) -> list[dict[str, object]]:
    """Contact points old enough to prove something."""
    return [
        {"kind": "email", "value": f"{login}@acme.example", "bound_days_ago": 700},
        {"kind": "desk_phone", "value": desk, "bound_days_ago": 500},
        {"kind": "mobile", "value": mobile, "bound_days_ago": 90},
    ]


def passkey(key: str) -> dict[str, object]:
    """A soft passkey whose private half lies in acme-authenticators.json."""
    soft = SoftAuthenticator.from_seed(f"acme:{key}".encode())
    return {
        "kind": "webauthn",
        "credential_id": encode(soft.credential_id),
        "public_key": encode(soft.public_key),
        "label": "Security key",
        "enrolled_days_ago": 300,
    }


def document() -> dict[str, object]:
    """The whole import document."""
    return {
        "tenant": {"slug": "acme", "name": "Acme Harbour Works"},
        # A sample counts in seconds what others count in hours; it says so, and only a founding document may.
        "policy": {
            "demonstration": True,
            "cooling_off": {"weak_seconds": 4, "privileged_seconds": 6},
        },
        "people": [
            person("mara", "Mara Lindqvist", roles=[], factors=[totp("KRSXG5CTMVRXEZLUKRSXG5CT", "Mara's app")]),
            person(
                "kim",
                "Kim Reyes",
                roles=[],
                manager="mara",
                manager_days_ago=700,
                contacts=phones("kim.reyes", "+44 20 7946 0101", "+44 7700 900101"),
                factors=[
                    totp("JBSWY3DPEHPK3PXPJBSWY3DP", "Kim's phone"),
                    {"kind": "sms", "label": "Kim's mobile number", "enrolled_days_ago": 300},
                    {"kind": "trusted_browser", "label": "Kim's old laptop", "enrolled_days_ago": 10},
                ],
                backup_codes=0,
            ),
            person(
                "lee",
                "Lee Okafor",
                roles=[],
                manager="mara",
                manager_days_ago=700,
                contacts=phones("lee.okafor", "+44 20 7946 0102", "+44 7700 900102"),
                factors=[totp("MFRGGZDFMZTWQ2LKMFRGGZDF", "Lee's phone")],
                backup_codes=["7K3M-9QXZ-2WHT-5RVN", "4D8P-6YBC-1JFG-8SEA"],
            ),
            person(
                "nia",
                "Nia Petrova",
                roles=[],
                manager="mara",
                manager_days_ago=700,
                contacts=phones("nia.petrova", "+44 20 7946 0103", "+44 7700 900103"),
                factors=[totp("ONSWG4TFOQQGM33SEBZGC2LO", "Nia's phone")],
                backup_codes=["9H2C-5TWM-7XKQ-3BZD"],
                refresh_tokens=1,
                app_passwords=1,
            ),
            person("ada", "Ada Fontaine", roles=["agent"], factors=[totp("GEZDGNBVGY3TQOJQGEZDGNBV", "Ada's app")]),
            person(
                "bo",
                "Bo Hansen",
                roles=["agent", "approver"],
                factors=[passkey("bo"), totp("MJXSA2DBOJRG65LSEBZWC3LQ", "App beside the key")],
            ),
            person(
                "cleo",
                "Cleo Marchetti",
                roles=["approver"],
                factors=[passkey("cleo"), totp("MNWGK3ZAMNUXI4TPNYQHG2DJ", "App beside the key")],
            ),
            person(
                "dev",
                "Dev Agarwal",
                roles=["approver"],
                factors=[passkey("dev"), totp("MRSXMIDMMFXHIZLSNYQHG5DS", "App beside the key")],
            ),
            person(
                "sol",
                "Sol Whitaker",
                roles=["security"],
                factors=[passkey("sol"), totp("ONXWYIDDNBQXG2DJOAQGY2LH", "App beside the key")],
            ),
            person(
                "ivy",
                "Ivy Castellan",
                roles=["auditor"],
                factors=[passkey("ivy"), totp("NF3HSIDHMFZGIZLOEB3WC5DF", "App beside the key")],
            ),
            person(
                "ari",
                "Ari Novak",
                roles=["admin"],
                factors=[passkey("ari"), totp("MFZGSIDOMF3GK3BAOBQXIZDF", "App beside the key")],
            ),
        ],
    }


def authenticators() -> dict[str, object]:
    """The private halves of the sample passkeys."""
    return {key: SoftAuthenticator.from_seed(f"acme:{key}".encode()).to_dict() for key in PASSKEYS}


if __name__ == "__main__":
    (HERE / "acme.json").write_text(json.dumps(document(), indent=2) + "\n", encoding="utf-8")
    (HERE / "acme-authenticators.json").write_text(json.dumps(authenticators(), indent=2) + "\n", encoding="utf-8")
