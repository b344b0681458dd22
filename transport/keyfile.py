"""The keyring's file: how keys are made, kept at mode 0600, added to and read back; `keys` is what others use."""

from __future__ import annotations

import base64
import binascii
import fcntl
import json
import os
import re
import secrets
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal, get_args

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from transport.errors import KeyringExists, KeyringExposed, KeyringMalformed, KeyringMissing, KeyringPublicOnly

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

SecretPurpose = Literal["payload", "directory_seed", "directory_code", "token"]
SigningPurpose = Literal["audit", "acts"]
Purpose = SecretPurpose | SigningPurpose
SECRET_PURPOSES: tuple[SecretPurpose, ...] = get_args(SecretPurpose)
SIGNING_PURPOSES: tuple[SigningPurpose, ...] = get_args(SigningPurpose)

FORMAT = "recovery-keyring/1"
KEY_BYTES = 32
_MAX_FILE_BYTES = 1_000_000
_ID = re.compile(r"k[0-9]{1,6}-[0-9a-f]{4,16}")

Document = dict[str, Any]
FileState = tuple[int, int, int]


@dataclass(frozen=True)
class Key:
    """One key: `secret` is its private half (None in a public keyring), `public` only signing keys have."""

    secret: bytes | None = field(repr=False)
    public: bytes | None = field(repr=False)


@dataclass(frozen=True)
class PurposeKeys:
    """All keys of one purpose by id; new work uses `active`, the others keep decrypting and verifying."""

    active: str
    keys: Mapping[str, Key]


def create(path: Path) -> None:
    """Write a new keyring with one key per purpose; raises `KeyringExists` and then changes nothing."""
    document: Document = {"format": FORMAT}
    for purpose in (*SECRET_PURPOSES, *SIGNING_PURPOSES):
        _add_key(document, purpose)
    draft = _write_draft(path, document)
    try:
        # A hard link appears whole or not at all, and never replaces what is there.
        os.link(draft, path)
    except FileExistsError:
        raise KeyringExists from None
    finally:
        draft.unlink()
    _sync_folder(path)


def add_key(path: Path, purpose: Purpose) -> str:
    """Add a key for `purpose`, make it the active one and return its id; no key is ever removed."""
    with _locked(path) as descriptor:
        document = _document(_read_all(descriptor))
        if not all(name in document for name in SECRET_PURPOSES):
            raise KeyringPublicOnly
        if os.fstat(descriptor).st_mode & 0o077:
            raise KeyringExposed
        key_id = _add_key(document, purpose)
        draft = _write_draft(path, document)
        owner = os.fstat(descriptor)
        if (owner.st_uid, owner.st_gid) != (os.geteuid(), os.getegid()):
            # Rotated by root: the service that owns the file must still be able to read it.
            os.chown(draft, owner.st_uid, owner.st_gid)
        draft.replace(path)
        _sync_folder(path)
    return key_id


def read(path: Path) -> tuple[dict[str, PurposeKeys], FileState]:
    """Read and check a keyring; raises `KeyringMissing`, `KeyringMalformed` or `KeyringExposed`."""
    descriptor = _open(path)
    try:
        state = os.fstat(descriptor)
        document = _document(_read_all(descriptor))
    finally:
        os.close(descriptor)
    keys = parse(document)
    holds_secrets = any(key.secret is not None for ring in keys.values() for key in ring.keys.values())
    if state.st_mode & (0o077 if holds_secrets else 0o022):
        raise KeyringExposed
    return keys, _state(state)


def state_of(path: Path) -> FileState | None:
    """What changes when the file is replaced, or None where it cannot be seen."""
    try:
        return _state(path.stat())
    except OSError:
        return None


def parse(document: Document) -> dict[str, PurposeKeys]:
    """The keys of a document; raises `KeyringMalformed` without saying what stands in it."""
    try:
        keys: dict[str, PurposeKeys] = {}
        keys |= {purpose: _secret_keys(document[purpose]) for purpose in SECRET_PURPOSES if purpose in document}
        keys |= {purpose: _signing_keys(document[purpose]) for purpose in SIGNING_PURPOSES}
    except (KeyError, TypeError, ValueError, AttributeError):
        raise KeyringMalformed from None
    halves = {key.secret is None for ring in keys.values() for key in ring.keys.values()}
    complete = all(purpose in keys for purpose in SECRET_PURPOSES)
    public_only = halves == {True} and not any(purpose in keys for purpose in SECRET_PURPOSES)
    if not (public_only or (complete and halves == {False})):
        raise KeyringMalformed
    return keys


def public_document(keys: Mapping[str, PurposeKeys]) -> Document:
    """What an auditor needs to verify signatures, and nothing else."""
    document: Document = {"format": FORMAT}
    for purpose in SIGNING_PURPOSES:
        ring = keys[purpose]
        document[purpose] = {
            "active": ring.active,
            "keys": {key_id: {"public": encode(key.public or b"")} for key_id, key in ring.keys.items()},
        }
    return document


def encode(value: bytes) -> str:
    """Base64 as it stands in keyrings."""
    return base64.b64encode(value).decode("ascii")


def _add_key(document: Document, purpose: Purpose) -> str:
    ring = document.setdefault(purpose, {"active": "", "keys": {}})
    # The random half keeps ids of different keyrings apart; the number only helps people.
    key_id = f"k{len(ring['keys']) + 1}-{secrets.token_hex(4)}"
    entry = {"made": datetime.now(UTC).isoformat(timespec="seconds")}
    if purpose in SIGNING_PURPOSES:
        private = Ed25519PrivateKey.generate()
        entry |= {"private": encode(private.private_bytes_raw())}
        entry |= {"public": encode(private.public_key().public_bytes_raw())}
    else:
        entry |= {"secret": encode(secrets.token_bytes(KEY_BYTES))}
    ring["keys"][key_id] = entry
    ring["active"] = key_id
    return key_id


def _secret_keys(ring: Document) -> PurposeKeys:
    return _checked(ring, {key_id: Key(_decode(entry["secret"]), None) for key_id, entry in ring["keys"].items()})


def _signing_keys(ring: Document) -> PurposeKeys:
    keys = {}
    for key_id, entry in ring["keys"].items():
        secret = _decode(entry["private"]) if "private" in entry else None
        public = _decode(entry["public"])
        if secret and Ed25519PrivateKey.from_private_bytes(secret).public_key().public_bytes_raw() != public:
            raise ValueError
        keys[key_id] = Key(secret, public)
    return _checked(ring, keys)


def _checked(ring: Document, keys: dict[str, Key]) -> PurposeKeys:
    if ring["active"] not in keys or not all(_ID.fullmatch(key_id) for key_id in keys):
        raise ValueError
    return PurposeKeys(active=ring["active"], keys=keys)


def _decode(value: str) -> bytes:
    try:
        raw = base64.b64decode(value, validate=True)
    except binascii.Error:
        raise ValueError from None
    if len(raw) != KEY_BYTES:
        raise ValueError
    return raw


def _document(raw: bytes) -> Document:
    try:
        document = json.loads(raw)
    except ValueError:
        raise KeyringMalformed from None
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise KeyringMalformed
    return document


def _open(path: Path) -> int:
    try:
        return os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        raise KeyringMissing from None
    except OSError:
        raise KeyringMalformed from None


def _read_all(descriptor: int) -> bytes:
    try:
        with os.fdopen(os.dup(descriptor), "rb") as file:
            raw = file.read(_MAX_FILE_BYTES + 1)
    except OSError:
        raise KeyringMalformed from None
    if len(raw) > _MAX_FILE_BYTES:
        raise KeyringMalformed
    return raw


@contextmanager
def _locked(path: Path) -> Iterator[int]:
    """Hold the file alone; begins anew where another rotation replaced it while we waited."""
    while True:
        descriptor = _open(path)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            if state_of(path) == _state(os.fstat(descriptor)):
                yield descriptor
                return
        finally:
            os.close(descriptor)


def _write_draft(path: Path, document: Document) -> Path:
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        json.dump(document, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    return draft


def _sync_folder(path: Path) -> None:
    descriptor = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _state(status: os.stat_result) -> FileState:
    return (status.st_ino, status.st_mtime_ns, status.st_size)
