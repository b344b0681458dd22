"""The keyring's commands: made once, rotated, given out in public halves only."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.conftest import Person
from transport.keys import load_keyring


def _secrets(keyring: Path) -> list[str]:
    document = json.loads(keyring.read_text(encoding="utf-8"))
    rings = [ring for ring in document.values() if isinstance(ring, dict)]
    return [
        entry[half]
        for ring in rings
        for entry in ring["keys"].values()
        for half in ("secret", "private")
        if half in entry
    ]


def test_a_keyring_is_made_once_and_never_printed(stranger: Person, tmp_path: Path) -> None:
    """The file is private and new, a second one is refused, and no key is in any output (R44)."""
    file = tmp_path / "secrets" / "keyring.json"
    made = stranger("keys", "make", str(file))
    assert made.exit_code == 0
    assert file.stat().st_mode & 0o777 == 0o600
    before = file.read_bytes()
    again = stranger("keys", "make", str(file), "--json")
    assert (again.exit_code, again.stderr.split(":")[0]) == (1, "keyring_exists")
    assert file.read_bytes() == before
    assert not [one for one in _secrets(file) if one in made.output + again.output]


def test_rotating_adds_a_key_and_prints_its_id_alone(stranger: Person, tmp_path: Path) -> None:
    """The new key is used from now on, the old one stays, and only the id is printed."""
    file = tmp_path / "keyring.json"
    stranger("keys", "make", str(file))
    old = load_keyring(file).active("audit")
    result = stranger("keys", "rotate", str(file), "--purpose", "audit", "--json")
    assert json.loads(result.stdout) == {"purpose": "audit", "active": load_keyring(file).active("audit")}
    assert {old, load_keyring(file).active("audit")} == load_keyring(file).public_keys("audit").keys()
    assert not [one for one in _secrets(file) if one in result.output]


def test_the_directorys_keys_are_not_rotated(stranger: Person, tmp_path: Path) -> None:
    """What seals stored seeds and codes cannot be replaced by this command."""
    stranger("keys", "make", str(tmp_path / "keyring.json"))
    for purpose in ("directory_seed", "directory_code"):
        assert stranger("keys", "rotate", str(tmp_path / "keyring.json"), "--purpose", purpose).exit_code == 2


def test_the_public_keyring_holds_no_secret(stranger: Person, tmp_path: Path) -> None:
    """What an auditor gets verifies and does nothing else (R42)."""
    file = tmp_path / "keyring.json"
    stranger("keys", "make", str(file))
    printed = stranger("keys", "public", str(file)).stdout
    assert not [one for one in _secrets(file) if one in printed]
    assert stranger("keys", "public", str(file), "-o", str(tmp_path / "public.json")).exit_code == 0
    assert (tmp_path / "public.json").read_text(encoding="utf-8") == printed
    assert load_keyring(tmp_path / "public.json").public_keys("audit") == load_keyring(file).public_keys("audit")
    assert stranger("keys", "public", str(file), "-o", str(tmp_path / "public.json")).stderr.startswith("file_exists:")


def test_a_missing_keyring_is_told(stranger: Person, tmp_path: Path) -> None:
    """Without a keyring there is one line, not a traceback."""
    result = stranger("keys", "public", str(tmp_path / "none.json"))
    assert (result.exit_code, result.stderr.split(":")[0]) == (1, "keyring_missing")


def test_migrating_needs_the_owners_address(stranger: Person) -> None:
    """`migrate` without an owner's address is wrong usage."""
    result = stranger("migrate")
    assert (result.exit_code, result.stderr.split(":")[0]) == (2, "database_address_missing")
