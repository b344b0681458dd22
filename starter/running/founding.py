"""What a new installation begins with: a keyring and the founding people; imports only `transport` of ours."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from starter.embedded.files import make_private_folder
from starter.running.errors import FoundingDocumentUnreadable
from starter.running.processes import CHECKOUT
from transport.errors import KeyringMissing
from transport.keys import load_keyring, make_keyring

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from settings import Settings

SAMPLE_PEOPLE = CHECKOUT / "examples" / "acme.json"
"""Sample data: its passwords and keys are known to everybody."""


def keyring_before_start(settings: Settings, *, embedded: bool) -> bool:
    """Make the keyring of an installation that is new; returns whether there is one now.

    One that was lost is not replaced: with another keyring no program could read what is there. Raises `KeyringMissing`
    for an embedded database that is older than the keyring, and what `load_keyring` raises.
    """
    if settings.keyring_file.exists():
        load_keyring(settings.keyring_file)
        return True
    if not embedded:
        return False
    if (settings.data / "postgres" / "data").exists():
        raise KeyringMissing
    _make(settings)
    return True


def keyring_after_migrations(settings: Settings, applied: Sequence[str]) -> None:
    """Make the keyring for a database elsewhere if it was empty until now; raises `KeyringMissing` if it was not."""
    if not any(name.startswith("0001_") for name in applied):
        raise KeyringMissing
    _make(settings)


def read_people(path: Path) -> dict[str, Any]:
    """The document with the founding people; raises `FoundingDocumentUnreadable`, saying nothing of its content."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise FoundingDocumentUnreadable from None
    if not isinstance(document, dict):
        raise FoundingDocumentUnreadable
    return document


def _make(settings: Settings) -> None:
    make_private_folder(settings.keyring_file.parent)
    make_keyring(settings.keyring_file)
