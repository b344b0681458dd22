"""Exports: JSON lines that prove, CSV that no spreadsheet runs."""

from __future__ import annotations

import csv
import io
import json
from uuid import UUID

import asyncpg
import pytest

from store.audit.append import append
from store.audit.export import CSV_HEADER, export_csv, export_json_lines, safe_cell
from store.audit.rows import DatabaseChain
from tests.store.audit.helpers import event
from tests.store.audit.keys import KEY

HOSTILE = [
    "=HYPERLINK(1)", "+1", "-1", "@SUM(1)", "\t=1", "\r=1", "\n=1", " =1", "\uff1d1", "|calc", "%0A", "a\nfake entry",
    "a\u2028b", "a\x85b", "\x1b[2J", "\u202egpj", '"', ",;", "<img onerror=x>", "[x](javascript:1)", "\ufeff=1", "'=1",
]  # fmt: skip


async def test_hostile_text_stays_text_in_every_export(app: asyncpg.Connection, tenant: UUID) -> None:
    """No cell begins a formula, no line is forged, no control character leaves raw, and JSON gives all back (B26)."""
    async with app.transaction():
        await append(
            app, tenant, [event(actor_id=text, subject_id=text, data={"value": text}) for text in HOSTILE], KEY
        )
    table, lines = io.StringIO(newline=""), io.StringIO(newline="")
    async with app.transaction():
        assert await export_csv(DatabaseChain(app, tenant), table) == len(HOSTILE)
        assert await export_json_lines(DatabaseChain(app, tenant), lines) == len(HOSTILE)

    assert table.getvalue().count("\r\n") == len(HOSTILE) + 1
    rows = list(csv.DictReader(io.StringIO(table.getvalue(), newline="")))
    assert tuple(rows[0]) == CSV_HEADER
    for row, text in zip(rows, HOSTILE, strict=True):
        for cell in row.values():
            assert not cell.lstrip().startswith(tuple("=+-@|%\uff1d\ufeff"))
            assert cell.isprintable()
        assert json.loads(row["data"]) == {"value": text}
    parsed = [json.loads(line) for line in lines.getvalue().split("\n")[:-1]]
    assert [json.loads(one["text"])["actor"]["id"] for one in parsed] == HOSTILE
    assert set(parsed[0]) == {"text", "hash", "signature", "key_id"}


@pytest.mark.parametrize(("value", "cell"), [(None, ""), (-5, "-5"), ("plain", "plain"), ("=1", "'=1")])
def test_cells(value: object, cell: str) -> None:
    """Numbers stay numbers, nothing is an empty cell, a formula gets an apostrophe (B26)."""
    assert safe_cell(value) == cell
