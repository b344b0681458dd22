"""Signers of acts: whatever cannot be verified is not believed, also where its key is unknown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from transport.keys import load_keyring, make_keyring, rotate
from transport.signers import ActSigner

if TYPE_CHECKING:
    from pathlib import Path


def test_an_unknown_key_is_not_believed(keyring_path: Path) -> None:
    """R42: a forged row names a key of its own; it is refused, and nothing raises."""
    signer = ActSigner(make_keyring(keyring_path))
    _, signature = signer.sign_act(b"act")
    assert not signer.verify_act("k9-forged", b"act", signature)


def test_an_unknown_key_is_not_believed_after_a_rotation_either(keyring_path: Path) -> None:
    """R42: also where the keyring has just been replaced, so that looking again finds a new file without that key."""
    make_keyring(keyring_path)
    signer = ActSigner(load_keyring(keyring_path))
    _, signature = signer.sign_act(b"act")
    rotate(keyring_path, "payload")
    assert not signer.verify_act("k9-forged", b"act", signature)


def test_a_key_of_a_rotation_meanwhile_is_believed(keyring_path: Path) -> None:
    """R42: what another process has signed with a new key verifies without a restart."""
    make_keyring(keyring_path)
    signer = ActSigner(load_keyring(keyring_path))
    rotate(keyring_path, "acts")
    key_id, signature = ActSigner(load_keyring(keyring_path)).sign_act(b"act")
    assert signer.verify_act(key_id, b"act", signature)
    assert not signer.verify_act(key_id, b"another act", signature)
