"""The canonical text: one for each event, and nothing that another reader would read differently."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from store.audit.canonical import (
    MAX_INTEGER,
    Place,
    canonical_json,
    check_event,
    event_text,
    parse_canonical,
    utc_text,
)
from store.audit.errors import NotCanonical
from tests.store.audit.helpers import event

KEYS = st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-MAX_INTEGER, MAX_INTEGER)
    | st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=20)
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3), max_leaves=6
)
DATA = st.dictionaries(KEYS, VALUES.filter(lambda value: depth(value) < 4), max_size=4)
PLACE = Place(
    tenant_id=UUID(int=1), seq=1, previous_hash=bytes(32), at=datetime(2026, 1, 2, tzinfo=UTC), clock_held=False
)


def depth(value: object) -> int:
    """How deeply a value is nested."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return 1 + max((depth(one) for one in inner), default=-1)


def typed(value: object) -> object:
    """The value with its types told apart: in Python True == 1."""
    if isinstance(value, dict):
        return {key: typed(item) for key, item in value.items()}
    if isinstance(value, list):
        return [typed(item) for item in value]
    return (type(value).__name__, value)


@given(DATA)
def test_text_is_stable(data: dict[str, Any]) -> None:
    """The same event gives the same text whatever the order of its keys, and reading it back gives it again (R42)."""
    text = event_text(event(data=data), UUID(int=2), PLACE)
    backwards = dict(reversed(data.items()))

    assert event_text(event(data=backwards), UUID(int=2), PLACE) == text
    assert parse_canonical(text) == json.loads(text)
    assert typed(json.loads(text)["data"]) == typed(data)


@given(DATA, DATA)
@example({"a": True}, {"a": 1})
@example({"a": None}, {"a": "null"})
@example({"a": "1"}, {"a": 1})
@example({"a": "\u00e9"}, {"a": "e\u0301"})
@example({"a": ["b", "c"]}, {"a": ["b,c"]})
@example({"a": {}}, {"a": []})
def test_text_is_injective(one: dict[str, Any], other: dict[str, Any]) -> None:
    """Two events have the same text only when they are the same (R42)."""
    assert (canonical_json(one) == canonical_json(other)) == (typed(one) == typed(other))


@pytest.mark.parametrize(
    "value",
    [
        1.0, 1e2, -0.0, float("nan"), float("inf"), "a\x00b", "\ud800", "x\udfff", b"bytes", ("a",), {"a"},
        MAX_INTEGER + 1, -MAX_INTEGER - 1, datetime(2026, 1, 2, tzinfo=UTC), UUID(int=1),
        {"Upper": 1}, {"with space": 1}, {"nul\x00": 1}, {"end\n": 1}, {1: 1}, [[[[[[[1]]]]]]],
    ],
)  # fmt: skip
def test_what_has_no_canonical_text_is_refused(value: object) -> None:
    """Floats, NUL, lone surrogates and whatever another reader could read differently are refused before hashing."""
    with pytest.raises(NotCanonical):
        event_text(event(data={"value": value}), UUID(int=2), PLACE)


@pytest.mark.parametrize(
    "changes",
    [
        {"type": "recovery"}, {"type": "recovery.case_opened\n"}, {"type": "Recovery.opened"}, {"outcome": "ok"},
        {"actor_kind": "a b"}, {"actor_id": ""}, {"actor_id": "a" * 256}, {"subject_id": ""}, {"actor_id": "\ud800"},
    ],
)  # fmt: skip
def test_names_keep_to_their_alphabet(changes: dict[str, str]) -> None:
    """Types, kinds, outcomes and ids outside their alphabet or length are refused."""
    with pytest.raises(NotCanonical):
        event_text(event(**changes), UUID(int=2), PLACE)


def test_a_refusal_never_quotes_the_value() -> None:
    """What was refused is not repeated in the error (R44, B09)."""
    with pytest.raises(NotCanonical) as refused:
        event_text(event(data={"value": "canary\x00"}), UUID(int=2), PLACE)
    assert "canary" not in str(refused.value)
    with pytest.raises(NotCanonical) as refused:
        check_event(event(type="canary canary"))
    assert "canary" not in str(refused.value)


def test_too_long_a_text_is_refused() -> None:
    """An event has at most 64 KiB."""
    with pytest.raises(NotCanonical):
        event_text(event(data={"value": "x" * 70_000}), UUID(int=2), PLACE)


def test_times_are_utc_with_six_decimals() -> None:
    """Zero microseconds are written, other zones are converted, and a naive time is refused."""
    assert utc_text(datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)) == "2026-01-02T03:04:05.000000Z"
    assert utc_text(datetime(2026, 1, 2, 3, tzinfo=timezone(timedelta(hours=2)))) == "2026-01-02T01:00:00.000000Z"
    with pytest.raises(NotCanonical):
        utc_text(datetime(2026, 1, 2))  # noqa: DTZ001 - the point of the test


@pytest.mark.parametrize("text", ['{"b":1,"a":2}', '{"a": 1}', '{"a":1,"a":1}', '{"a":1.0}', "[]", "", "{", "[" * 9000])
def test_other_spellings_are_not_canonical(text: str) -> None:
    """A text that means the same but is spelt otherwise is not taken for canonical."""
    assert parse_canonical(text) is None
