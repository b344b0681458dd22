"""Argon2id passwords: hashing off the event loop, checking with the same work for a login that is not there."""

from __future__ import annotations

import asyncio
import functools
import unicodedata

from argon2 import PasswordHasher, extract_parameters
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.low_level import Type

from directory import text
from directory.errors import PasswordUnsuitable
from directory.settings import Argon2Parameters

SHORTEST = 12
LONGEST = 256


class Passwords:
    """Hashes and checks passwords at one cost; unknown accounts are checked against a hash of nothing."""

    def __init__(self, parameters: Argon2Parameters) -> None:
        self._hasher = _hasher(parameters)
        self._parameters = parameters

    async def hash(self, password: str) -> str:
        """The PHC string of a password; raises `PasswordUnsuitable` for what cannot be stored."""
        if not text.is_storable(password) or len(password) > LONGEST:
            raise PasswordUnsuitable
        return await asyncio.to_thread(self._hasher.hash, _normalised(password))

    async def check(self, phc: str | None, password: str) -> bool:
        """Whether it is the password of `phc`; None costs as much and is always False."""
        checkable = text.is_storable(password) and len(password) <= LONGEST
        typed = _normalised(password) if checkable else ""
        right = await asyncio.to_thread(_verify, self._hasher, phc or _nobodys(self._parameters), typed)
        return right and checkable and phc is not None

    def is_outdated(self, phc: str) -> bool:
        """Whether the hash was made at another cost."""
        return self._hasher.check_needs_rehash(phc)


def check_suitable(password: str, *, login: str) -> None:
    """Raise `PasswordUnsuitable` unless it has 12 to 256 characters and is not the login.

    Source: NIST SP 800-63B-4 §3.1.1.2; composition rules are left out on purpose, as it says.
    """
    if not text.is_storable(password) or not SHORTEST <= len(_normalised(password)) <= LONGEST:
        raise PasswordUnsuitable
    local_part = login.partition("@")[0]
    if _normalised(password).casefold() in {login.casefold(), local_part.casefold()} or len(set(password)) == 1:
        raise PasswordUnsuitable


def is_argon2id(phc: str) -> bool:
    """Whether it is the PHC string of an Argon2id hash."""
    if not phc.startswith("$argon2id$"):
        return False
    try:
        extract_parameters(phc)
    except InvalidHashError:
        return False
    return True


def _normalised(password: str) -> str:
    return unicodedata.normalize("NFC", password)


@functools.lru_cache
def _hasher(parameters: Argon2Parameters) -> PasswordHasher:
    return PasswordHasher(
        time_cost=parameters.time_cost,
        memory_cost=parameters.memory_kib,
        parallelism=parameters.parallelism,
        type=Type.ID,
    )


@functools.lru_cache
def _nobodys(parameters: Argon2Parameters) -> str:
    return _hasher(parameters).hash("")


def _verify(hasher: PasswordHasher, phc: str, password: str) -> bool:
    try:
        return hasher.verify(phc, password)
    except (VerificationError, InvalidHashError):
        return False
