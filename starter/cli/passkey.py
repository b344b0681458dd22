"""A passkey in software for demonstrations and tests, where the real ones need a browser."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

from starter.cli.errors import InputUnreadable, PasskeyElsewhere
from starter.cli.language import spoken
from starter.soft_authenticator import SoftAuthenticator, encode

if TYPE_CHECKING:
    from pathlib import Path

_COUNTER_SINCE = 1_767_225_600
"""2026-01-01 in Unix seconds. The counter is made of tenths since then, so the file is never written to."""


def assertion(path: Path, options: object, origin: str) -> dict[str, Any]:
    """What a browser with this key file would answer at the directory's origin.

    The file holds one authenticator or several by name; the one that is asked for is found by its credential id.
    Raises `InputUnreadable`, `PasskeyElsewhere` where the file has none that is asked for.
    """
    asked = json.loads(options) if isinstance(options, str) else options
    asked = asked if isinstance(asked, dict) else {}
    asked = asked.get("publicKey", asked)
    allowed = {one.get("id") for one in asked.get("allowCredentials", []) if isinstance(one, dict)}
    for authenticator in _read(path):
        if encode(authenticator.credential_id) in allowed:
            authenticator.sign_count = int((time.time() - _COUNTER_SINCE) * 10)
            return authenticator.get(json.dumps(asked), origin)
    raise PasskeyElsewhere


def _read(path: Path) -> list[SoftAuthenticator]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        entries = [content] if "private_value" in content else list(content.values())
        return [SoftAuthenticator.from_dict(one) for one in entries]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise InputUnreadable(spoken("The file with the software passkey cannot be read as one.")) from None
