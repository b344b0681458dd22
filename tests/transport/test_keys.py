"""The keyring: made once, private, added to, and speaking of itself by ids only."""

from __future__ import annotations

import base64
import json
import pickle
import stat
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from transport.errors import (
    KeyringExists,
    KeyringExposed,
    KeyringMalformed,
    KeyringMissing,
    KeyringPublicOnly,
    KeyUnknown,
)
from transport.keys import load_keyring, make_keyring, rotate

if TYPE_CHECKING:
    from pathlib import Path


def secrets_in(path: Path) -> list[str]:
    """Every private value of a keyring file."""
    document = json.loads(path.read_text())
    rings = [ring for name, ring in document.items() if name != "format"]
    return [
        entry[half]
        for ring in rings
        for entry in ring["keys"].values()
        for half in ("secret", "private")
        if half in entry
    ]


def test_made_private_and_never_overwritten(keyring_path: Path) -> None:
    """R44: mode 0600 from its first moment; a second making leaves it as it was, and no draft behind."""
    make_keyring(keyring_path)
    before = keyring_path.read_bytes()
    assert stat.S_IMODE(keyring_path.stat().st_mode) == 0o600
    with pytest.raises(KeyringExists):
        make_keyring(keyring_path)
    assert keyring_path.read_bytes() == before
    assert [entry.name for entry in keyring_path.parent.iterdir()] == [keyring_path.name]


def test_each_purpose_has_keys_of_its_own(keyring_path: Path) -> None:
    """No key serves two purposes."""
    make_keyring(keyring_path)
    secrets = secrets_in(keyring_path)
    assert len(secrets) == len(set(secrets)) == 6


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o660, 0o644])
def test_exposed_keyring_is_refused(keyring_path: Path, mode: int) -> None:
    """R44: a keyring that others can read or write is not used, nor added to."""
    make_keyring(keyring_path)
    keyring_path.chmod(mode)
    with pytest.raises(KeyringExposed):
        load_keyring(keyring_path)
    with pytest.raises(KeyringExposed):
        rotate(keyring_path, "payload")


def test_missing_keyring(keyring_path: Path) -> None:
    """A missing file is told apart from a broken one."""
    with pytest.raises(KeyringMissing):
        load_keyring(keyring_path)
    with pytest.raises(KeyringMissing):
        rotate(keyring_path, "payload")


NO_KEY = {"active": "k1-00000000", "keys": {"k1-00000000": {"secret": "c2hvcnQ="}}}
NO_ID = {"active": "a b", "keys": {"a b": {"secret": "A" * 43 + "="}}}


@pytest.mark.parametrize(
    "damage",
    [
        lambda document: "{",
        lambda document: "[]",
        lambda document: json.dumps({**document, "format": "other/1"}),
        lambda document: json.dumps({name: ring for name, ring in document.items() if name != "audit"}),
        lambda document: json.dumps({name: ring for name, ring in document.items() if name != "token"}),
        lambda document: json.dumps({**document, "payload": {**document["payload"], "active": "k9-00000000"}}),
        lambda document: json.dumps({**document, "payload": NO_KEY}),
        lambda document: json.dumps({**document, "payload": NO_ID}),
        lambda document: json.dumps({**document, "acts": {**document["acts"], "keys": [1]}}),
    ],
)
def test_malformed_keyring_is_refused_without_quoting_it(keyring_path: Path, damage: object) -> None:
    """R44: damage of any kind is one error, whose text holds nothing of the file."""
    make_keyring(keyring_path)
    document = json.loads(keyring_path.read_text())
    secrets = secrets_in(keyring_path)
    keyring_path.write_text(damage(document))  # type: ignore[operator]
    with pytest.raises(KeyringMalformed) as caught:
        load_keyring(keyring_path)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
    assert not any(secret in str(caught.value) for secret in secrets)


def test_swapped_public_half_is_refused(keyring_path: Path) -> None:
    """R42: a public key that does not belong to its private half would make honest signatures look forged."""
    make_keyring(keyring_path)
    document = json.loads(keyring_path.read_text())
    [audit], [acts] = (document[name]["keys"].values() for name in ("audit", "acts"))
    audit["public"], acts["public"] = acts["public"], audit["public"]
    keyring_path.write_text(json.dumps(document))
    with pytest.raises(KeyringMalformed):
        load_keyring(keyring_path)


def test_never_shows_a_secret_nor_travels(keyring_path: Path) -> None:
    """R44: repr and str show ids only, and a keyring cannot be pickled."""
    keyring = make_keyring(keyring_path)
    shown = repr(keyring) + str(keyring) + repr(keyring._keys)
    raw = [base64.b64decode(secret) for secret in secrets_in(keyring_path)]
    assert not any(secret in shown for secret in secrets_in(keyring_path))
    assert not any(repr(secret)[2:-1] in shown for secret in raw)
    assert keyring.active("payload") in shown
    with pytest.raises(TypeError):
        pickle.dumps(keyring)


@pytest.mark.parametrize("purpose", ["audit", "acts"])
def test_signatures_outlive_rotation(keyring_path: Path, purpose: str) -> None:
    """R42: after a rotation new signatures use the new key, old ones still verify, changed data does not."""
    keyring = make_keyring(keyring_path)
    old, signature = keyring.sign(purpose, b"event")  # type: ignore[arg-type]
    new = rotate(keyring_path, purpose)  # type: ignore[arg-type]
    later = load_keyring(keyring_path)
    assert later.sign(purpose, b"event")[0] == new != old  # type: ignore[arg-type]
    assert later.verify(purpose, old, b"event", signature)  # type: ignore[arg-type]
    assert not later.verify(purpose, old, b"another", signature)  # type: ignore[arg-type]
    assert not later.verify(purpose, new, b"event", signature)  # type: ignore[arg-type]
    assert not later.verify(purpose, old, b"event", b"short")  # type: ignore[arg-type]
    assert set(later.public_keys(purpose)) == {old, new}  # type: ignore[arg-type]


def test_purposes_do_not_verify_each_other(keyring_path: Path) -> None:
    """R42: an act's key cannot sign an audit event."""
    keyring = make_keyring(keyring_path)
    key_id, signature = keyring.sign("acts", b"event")
    with pytest.raises(KeyUnknown):
        keyring.verify("audit", key_id, b"event", signature)


def test_unknown_key_names_an_id_only_if_it_is_one(keyring_path: Path) -> None:
    """B26: an id from outside reaches an error text only where it has the form of an id."""
    keyring = make_keyring(keyring_path)
    with pytest.raises(KeyUnknown) as caught:
        keyring.secret("payload", "k1-00000000")
    assert caught.value.key_id == "k1-00000000"
    with pytest.raises(KeyUnknown) as caught:
        keyring.secret("payload", "maria\n2026 forged line")
    assert "maria" not in str(caught.value)


def test_public_keyring_verifies_and_nothing_else(keyring_path: Path, tmp_path: Path) -> None:
    """R42: an auditor gets public keys in a file that need not be private, and no way to sign or decrypt."""
    keyring = make_keyring(keyring_path)
    key_id, signature = keyring.sign("audit", b"event")
    public_path = tmp_path / "public.json"
    public_path.write_text(keyring.public_document())
    public_path.chmod(0o644)
    auditor = load_keyring(public_path)
    assert auditor.verify("audit", key_id, b"event", signature)
    assert not any(secret in public_path.read_text() for secret in secrets_in(keyring_path))
    with pytest.raises(KeyringPublicOnly):
        auditor.sign("audit", b"event")
    with pytest.raises(KeyringPublicOnly):
        auditor.secret("payload")
    with pytest.raises(KeyringPublicOnly):
        rotate(public_path, "audit")
    public_path.chmod(0o666)
    with pytest.raises(KeyringExposed):
        load_keyring(public_path)


def test_rotation_reaches_a_running_process(keyring_path: Path) -> None:
    """A message under a key added since is read without a restart; a broken file in between changes nothing."""
    running = make_keyring(keyring_path)
    new = rotate(keyring_path, "payload")
    good = keyring_path.read_bytes()
    keyring_path.write_text("{")
    with pytest.raises(KeyUnknown):
        running.secret("payload", new)
    keyring_path.write_bytes(good)
    assert running.secret("payload", new)[0] == new
    assert running.active("payload") == new


def test_rotations_at_once_lose_no_key(keyring_path: Path) -> None:
    """Rotations that begin together each leave their key."""
    make_keyring(keyring_path)
    start = threading.Barrier(8)

    def work() -> list[str]:
        start.wait(timeout=10)
        return [rotate(keyring_path, "token") for _ in range(4)]

    with ThreadPoolExecutor(8) as pool:
        added = [key_id for future in [pool.submit(work) for _ in range(8)] for key_id in future.result(timeout=30)]
    assert set(added) < set(json.loads(keyring_path.read_text())["token"]["keys"])
    assert len(set(added)) == 32
    assert stat.S_IMODE(keyring_path.stat().st_mode) == 0o600
