"""What can go wrong with keys, payloads and the way to Temporal, each with a stable code."""

from __future__ import annotations

import re

from domain.errors import RecoveryError
from domain.refusal_codes import Kind

_KEY_ID = re.compile(r"k[0-9]{1,6}-[0-9a-f]{4,16}")


class TransportError(RecoveryError):
    """A message could not travel."""

    code = "transport_error"


class KeyringMissing(TransportError):
    """There is no keyring at the given place; make one first."""

    code = "keyring_missing"


class KeyringMalformed(TransportError):
    """The keyring cannot be read as one; restore it from a backup, never edit it by hand."""

    code = "keyring_malformed"


class KeyringExposed(TransportError):
    """The keyring is readable or writable by others than its owner; set its mode to 0600."""

    code = "keyring_exposed"


class KeyringExists(TransportError):
    """There is a keyring already; it is never overwritten."""

    code = "keyring_exists"


class KeyringPublicOnly(TransportError):
    """This keyring holds public keys only: it can verify, but neither sign nor decrypt."""

    code = "keyring_public_only"


class MessageUnreadable(TransportError, ValueError):
    """A message cannot be read.

    Also a `ValueError`, so that workflow code, which may not import this package, can catch it.
    """

    code = "message_unreadable"


class MessageMalformed(MessageUnreadable):
    """A message does not have the shape that is expected here.

    `reasons` are pydantic's own words for the kinds of mistakes ("missing", "string_type"), never content.
    """

    code = "message_malformed"

    def __init__(self, *, reasons: tuple[str, ...] = ()) -> None:
        summary = "A message does not have the shape that is expected here."
        super().__init__(f"{summary} ({', '.join(reasons)})" if reasons else summary)
        self.reasons = reasons


class PayloadRefused(MessageUnreadable):
    """A payload is not encrypted, was changed, or belongs to another namespace; it is not believed (R44)."""

    code = "payload_refused"


class KeyUnknown(MessageUnreadable):
    """The keyring has no key with this id; it may have been added since, or belong to another installation."""

    code = "key_unknown"

    def __init__(self, key_id: str) -> None:
        # An id that arrived from outside is shown only where it looks like one of ours.
        self.key_id = key_id if _KEY_ID.fullmatch(key_id) else "malformed"
        super().__init__(f"The keyring has no key with the id {self.key_id}.")


class ReadableFieldRefused(TransportError):
    """A field that Temporal keeps readable holds something other than an opaque id or code (R44)."""

    code = "readable_field_refused"


class TemporalUnreachable(TransportError):
    """Temporal does not answer; check that it runs, and its address and certificates."""

    code = "temporal_unreachable"
    kind = Kind.UNAVAILABLE
    retryable = True
