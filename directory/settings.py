"""What the directory is told at start: keys and settings, handed in by the caller; reads no environment."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlsplit

KEY_BYTES = 32


@dataclass(frozen=True)
class Argon2Parameters:
    """Cost of a password hash; the default is the low-memory profile of RFC 9106 (64 MiB)."""

    time_cost: int = 3
    memory_kib: int = 65_536
    parallelism: int = 4

    @classmethod
    def cheapest(cls) -> Argon2Parameters:
        """For tests only: fast and weak."""
        return cls(time_cost=1, memory_kib=8, parallelism=1)


@dataclass(frozen=True)
class DirectorySettings:
    """Where the directory is reached; an origin is written as a browser sends it, without a path.

    Passkeys belong to `rp_id` and are registered at `origin` alone. A staff sign-in or step-up may be
    answered at one of `assertion_origins` too. Raises `ValueError` for a domain that browsers would not let
    each of them use.
    """

    rp_id: str = "localhost"
    origin: str = "http://localhost:8701"
    assertion_origins: tuple[str, ...] = ()
    rp_name: str = "Directory"
    argon2: Argon2Parameters = field(default_factory=Argon2Parameters)
    secure_cookies: bool = False

    def __post_init__(self) -> None:
        if not all(may_use(one, self.rp_id) for one in (self.origin, *self.assertion_origins)):
            raise ValueError("the passkey domain is not the host, nor a parent domain of it, of each origin")


@dataclass(frozen=True)
class DirectoryKeys:
    """Two keys of 32 bytes that are never in the database: one seals TOTP seeds, one keys the hashes of codes.

    Raises `ValueError` for a key of another length, or for the same key twice.
    """

    seed_key: bytes = field(repr=False)
    code_key: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.seed_key) != KEY_BYTES or len(self.code_key) != KEY_BYTES or self.seed_key == self.code_key:
            raise ValueError("the directory needs two different keys of 32 bytes")


def host_of(origin: str) -> str:
    """The host of an origin, without a port."""
    return urlsplit(origin).hostname or ""


def may_use(origin: str, rp_id: str) -> bool:
    """Whether `rp_id` is the origin's host or a parent domain of it (WebAuthn Level 3 §5.1.3, effective domain).

    A single label is no parent domain; which longer ones belong to a registry, the browser knows.
    """
    host = host_of(origin)
    return host == rp_id or ("." in rp_id and host.endswith(f".{rp_id}") and not host[-1:].isdigit())
