"""What is ours and still kept out of the rules: the key that signs acts, and chance."""

from __future__ import annotations

from typing import Protocol
from uuid import UUID


class ActSigner(Protocol):
    """Signs acts at the doors with a key outside the database, and checks them."""

    def sign_act(self, data: bytes) -> tuple[str, bytes]:
        """The key's id and the signature."""
        ...

    def verify_act(self, key_id: str, data: bytes, signature: bytes) -> bool:
        """Whether a door made this signature."""
        ...


class NewIds(Protocol):
    """Fresh random ids, kept out of the rules."""

    def __call__(self) -> UUID:
        """A new id."""
        ...
