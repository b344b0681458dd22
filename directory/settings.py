"""What the directory is told at start: keys and settings, handed in by the caller; reads no environment."""

from __future__ import annotations

from dataclasses import dataclass, field

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
    """Where the directory is reached; `origin` as a browser sends it, without a path."""

    rp_id: str = "localhost"
    origin: str = "http://localhost:8701"
    rp_name: str = "Directory"
    argon2: Argon2Parameters = field(default_factory=Argon2Parameters)
    secure_cookies: bool = False


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
