"""The canonical text of an audit event: the same event always gives the same characters; no I/O here.

The form is that of RFC 8785 for the types allowed here: sorted keys, no spaces, shortest escapes. Text is
hashed and stored as text, because jsonb and timestamptz do not give back what they were given.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeAlias

from store.audit.errors import NotCanonical

if TYPE_CHECKING:
    from uuid import UUID

    from domain.audit import AuditEvent

Json: TypeAlias = "bool | int | str | list[Json] | dict[str, Json] | None"

MAX_TEXT_BYTES = 65_536
MAX_DEPTH = 6
MAX_ID_LENGTH = 255
# RFC 8785 numbers are doubles: beyond this another reader would see another number.
MAX_INTEGER = 2**53 - 1

_TYPE = re.compile(r"[a-z_]+(\.[a-z_]+)+")
_KIND = re.compile(r"[a-z_]{1,40}")
_OUTCOME = re.compile(r"success|failure|denied|partial")
_KEY = re.compile(r"[a-z][a-z0-9_]{0,63}")
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


@dataclass(frozen=True, kw_only=True)
class Place:
    """What a chain says of its next event.

    `at` is UTC; `clock_held` notes that the clock stood before the previous event's time, which is then used.
    """

    tenant_id: UUID
    seq: int
    previous_hash: bytes
    at: datetime
    clock_held: bool


def event_text(event: AuditEvent, event_id: UUID, place: Place) -> str:
    """The text that is hashed and stored.

    Raises `NotCanonical` for floats, NUL, lone surrogates, naive times, keys that are not snake_case, too much
    depth or length, and for names outside their alphabet.
    """
    check_event(event)
    text = canonical_json(
        {
            "actor": {"id": event.actor_id, "kind": event.actor_kind},
            "at": utc_text(place.at),
            "case": None if event.case_id is None else str(event.case_id),
            "clock": "held" if place.clock_held else "ok",
            "data": event.data,
            "format": 1,
            "id": str(event_id),
            "outcome": event.outcome,
            "prev": place.previous_hash.hex(),
            "seq": place.seq,
            "subject": event.subject_id,
            "tenant": str(place.tenant_id),
            "type": event.type,
        }
    )
    if len(text.encode()) > MAX_TEXT_BYTES:
        raise NotCanonical(f"an audit event may have at most {MAX_TEXT_BYTES} bytes")
    return text


def check_event(event: AuditEvent) -> None:
    """Refuse an event whose names or ids are not what they must be; raises `NotCanonical`, never naming a value."""
    named = ((_TYPE, event.type, "type"), (_KIND, event.actor_kind, "actor kind"), (_OUTCOME, event.outcome, "outcome"))
    for pattern, value, name in named:
        # fullmatch: "$" would let a final newline pass.
        if not pattern.fullmatch(value):
            raise NotCanonical(f"the {name} of an audit event is not of its alphabet")
    for identifier, name in ((event.actor_id, "actor id"), (event.subject_id, "subject id")):
        if identifier is not None and not 1 <= len(identifier) <= MAX_ID_LENGTH:
            raise NotCanonical(f"the {name} of an audit event must have 1 to {MAX_ID_LENGTH} characters")


def canonical_json(value: object) -> str:
    """RFC 8785 text of null, booleans, whole numbers, strings, lists and objects with snake_case keys."""
    _check(value, depth=0)
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def utc_text(moment: datetime) -> str:
    """UTC with exactly six decimals and Z; raises `NotCanonical` for a time without zone."""
    if moment.tzinfo is None or moment.utcoffset() is None:
        raise NotCanonical("a time without zone has no canonical text")
    in_utc = moment.astimezone(UTC).replace(tzinfo=None)
    return in_utc.isoformat(timespec="microseconds") + "Z"


def parse_canonical(text: str) -> dict[str, Json] | None:
    """The object a canonical text stands for, or None where the text is not canonical."""
    try:
        value = json.loads(text)
        if isinstance(value, dict) and canonical_json(value) == text:
            return value
    except (ValueError, RecursionError, NotCanonical):
        pass
    return None


def _check(value: object, *, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise NotCanonical("an audit event is nested too deeply")
    if isinstance(value, dict):
        for key, item in value.items():
            if not isinstance(key, str) or not _KEY.fullmatch(key):
                raise NotCanonical("keys of audit data are snake_case, at most 64 characters")
            _check(item, depth=depth + 1)
    elif isinstance(value, list):
        for item in value:
            _check(item, depth=depth + 1)
    else:
        _check_scalar(value)


def _check_scalar(value: object) -> None:
    if isinstance(value, str):
        if _UNSTORABLE.search(value):
            raise NotCanonical("NUL and lone surrogates have no canonical text")
    elif isinstance(value, int):
        if abs(value) > MAX_INTEGER:
            raise NotCanonical("whole numbers beyond 2^53 - 1 have no canonical text")
    elif value is not None:
        raise NotCanonical("audit data holds only null, booleans, whole numbers, strings, lists and objects")
