"""The secrets of stop links and of the form behind them; a token is sent once and kept nowhere (R24, R44)."""

from __future__ import annotations

import base64
import binascii
import hmac
import re
import secrets
from dataclasses import dataclass
from typing import Protocol

from domain.errors import RecoveryError

_RANDOM_BYTES = 24
_MAC_BYTES = 16
_TOKEN = re.compile(r"([a-z0-9-]{1,40})\.([\w-]{54})", re.ASCII)
_COOKIE = re.compile(r"[\w-]{43}", re.ASCII)


class LinkUnknown(RecoveryError):
    """This stop link is not known, or has expired; nobody is told which."""

    code = "stop_link_unknown"


class Secret(Protocol):
    """The doors' secret: the active one, or an older one by its id."""

    def __call__(self, key_id: str | None = None) -> tuple[str, bytes]:
        """The id and the key. Raises a `RecoveryError` for an unknown id."""
        ...


@dataclass(frozen=True)
class StopTokens:
    """Makes and knows tokens.

    A token carries a proof that we made it, so guesses are told apart without asking the store, and no flood of
    them keeps a reader of a notice from objecting. It names its key, so links outlive a rotation.
    """

    secret: Secret

    def new(self) -> str:
        """A token of 192 random bits."""
        key_id, key = self.secret()
        random = secrets.token_bytes(_RANDOM_BYTES)
        return f"{key_id}.{_encode(random + _proof(key, random))}"

    def digest(self, token: str) -> bytes:
        """What the store keeps of a token: an HMAC. Raises `LinkUnknown` for one that is not ours."""
        match = _TOKEN.fullmatch(token)
        if match is None:
            raise LinkUnknown
        try:
            _, key = self.secret(match[1])
            content = base64.urlsafe_b64decode(match[2] + "==")
        except (RecoveryError, binascii.Error):
            raise LinkUnknown from None
        random, proof = content[:_RANDOM_BYTES], content[_RANDOM_BYTES:]
        if not hmac.compare_digest(proof, _proof(key, random)):
            raise LinkUnknown
        return hmac.digest(key, b"stop link\n" + token.encode(), "sha256")

    def new_cookie(self) -> str:
        """What binds a form to the browser it was shown to; it opens nothing."""
        return secrets.token_urlsafe(32)

    def is_cookie(self, value: str) -> bool:
        """Whether it could be one of ours."""
        return _COOKIE.fullmatch(value) is not None

    def form_token(self, token: str, cookie: str) -> str:
        """The hidden field of this link's form in this browser."""
        _, key = self.secret(token.partition(".")[0])
        return _encode(hmac.digest(key, f"stop form\n{token}\n{cookie}".encode(), "sha256"))

    def is_form_token(self, given: str, *, token: str, cookie: str) -> bool:
        """Whether the form was shown to the browser that sends it."""
        return hmac.compare_digest(given.encode("utf-8", "backslashreplace"), self.form_token(token, cookie).encode())


def _proof(key: bytes, random: bytes) -> bytes:
    return hmac.digest(key, b"stop token\n" + random, "sha256")[:_MAC_BYTES]


def _encode(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
