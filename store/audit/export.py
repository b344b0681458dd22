"""Exporting a tenant's chain: JSON lines that an auditor can check, and CSV for people with spreadsheets (B26)."""

from __future__ import annotations

import csv
import io
import json
import re
from typing import TYPE_CHECKING, TextIO

from store.audit.canonical import parse_canonical
from store.audit.rows import columns_of, export_line

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from store.audit.rows import ChainSource

CSV_HEADER = (
    "seq", "at", "type", "outcome", "actor_kind", "actor_id", "subject_id", "case_id", "data", "id", "hash", "key_id",
)  # fmt: skip

# Spreadsheets run what begins like this, also after spaces; OWASP adds tab and line ends.
_FORMULA = re.compile(r"\s*[=+\-@\t\r\n|%\uff1d\uff0b\uff0d\uff20]")
# Line ends, controls and the marks that turn text around: one line per event, shown as it is.
_UNSHOWABLE = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")


async def json_lines(source: ChainSource) -> AsyncIterator[str]:
    """Each event as a line with text, hash, signature and key id.

    `check` reads a file of them (`ExportedChain`) with the heads file and public keys alone.
    """
    async for row in source.rows():
        yield export_line(row) + "\n"


async def csv_lines(source: ChainSource) -> AsyncIterator[str]:
    """A header, then each event as a row of cells that no spreadsheet runs.

    A cell that would begin a formula starts with an apostrophe. For reading only: the proof is in the JSON lines.
    """
    yield _csv_line(CSV_HEADER)
    async for row in source.rows():
        event = parse_canonical(row.text) or {}
        cells = columns_of(event) | {
            "data": json.dumps(event.get("data", {}), ensure_ascii=True, sort_keys=True),
            "hash": row.hash.hex(),
            "key_id": row.key_id,
        }
        yield _csv_line([safe_cell(cells[name]) for name in CSV_HEADER])


async def export_json_lines(source: ChainSource, out: TextIO) -> int:
    """Write `json_lines`; return how many events there were."""
    count = 0
    async for line in json_lines(source):
        out.write(line)
        count += 1
    return count


async def export_csv(source: ChainSource, out: TextIO) -> int:
    """Write `csv_lines`; return how many events there were."""
    count = -1
    async for line in csv_lines(source):
        out.write(line)
        count += 1
    return count


def _csv_line(cells: Sequence[str]) -> str:
    line = io.StringIO()
    csv.writer(line, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerow(cells)
    return line.getvalue()


def safe_cell(value: object) -> str:
    """A cell's text that is shown, never run; None is empty."""
    text = "" if value is None else str(value)
    if isinstance(value, str) and _FORMULA.match(text):
        text = "'" + text
    return _UNSHOWABLE.sub(lambda match: f"\\u{ord(match[0]):04x}", text)
