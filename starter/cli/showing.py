"""Printing: text from elsewhere is shown as text and never obeyed, neither by the terminal nor by rich (B26)."""

from __future__ import annotations

import json
import re
import sys
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from starter.cli.language import spoken

# Controls, line ends of every alphabet, invisible marks, marks that turn text around, lone surrogates.
_UNSHOWABLE = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)
_PLACE = re.compile(r"[{}]")
_LONGEST = 4000
_PIPE_WIDTH = 240


def shown(value: object) -> str:
    """One line without anything that a terminal obeys: what cannot be shown is spelt out in hexadecimal."""
    if value is None:
        return "—"
    if isinstance(value, bool):
        return spoken("yes") if value else spoken("no")
    text = str(value)
    text = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
    return _UNSHOWABLE.sub(_spelt, text)


def output() -> Console:
    """Standard output, without markup, emoji codes or guesses of what numbers mean."""
    # What goes into a file or a pipe keeps ids whole.
    width = None if sys.stdout.isatty() else _PIPE_WIDTH
    return Console(file=sys.stdout, markup=False, emoji=False, highlight=False, width=width)


def moment(value: object) -> str:
    """A time as people read it, in UTC; anything else as it is."""
    try:
        found = datetime.fromisoformat(str(value))
        return shown(value) if found.tzinfo is None else f"{found.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
    except (ValueError, OverflowError):
        return shown(value)


def say(text: str) -> None:
    """One line of our own for the person, on standard error: standard output is for results."""
    # No reader is left to hear it where the terminal was closed.
    with suppress(OSError):
        sys.stderr.write(f"{shown(text)}\n")
        sys.stderr.flush()


def complain(code: str, sentence: str) -> None:
    """An error as one line on standard error."""
    say(f"{code}: {sentence}")


def print_json(document: Any) -> None:
    """One JSON document, in ASCII."""
    text = json.dumps(document, indent=2, ensure_ascii=True)
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def print_line(*parts: object) -> None:
    """One line on standard output."""
    output().print(Text(" ".join(shown(part) for part in parts)), soft_wrap=True)


def print_table(headings: list[str], rows: list[list[object]]) -> None:
    """Rows below headings."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in headings:
        table.add_column(_label(heading), overflow="fold")
    for row in rows:
        table.add_row(*(Text(shown(cell)) for cell in row))
    output().print(table)


def print_facts(facts: dict[str, object]) -> None:
    """Names and values, one a line."""
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(style="bold")
    table.add_column(overflow="fold")
    for name, value in facts.items():
        table.add_row(Text(_label(name)), Text(shown(value)))
    output().print(table)


def _label(name: str) -> str:
    """A name of ours in the language that is spoken; one that comes from outside, which may hold anything, as it is."""
    return name if _PLACE.search(name) else spoken(name)


def _spelt(match: re.Match[str]) -> str:
    number = ord(match[0])
    if number <= 0xFF:  # noqa: PLR2004 - one byte
        return f"\\x{number:02x}"
    return f"\\u{number:04x}" if number <= 0xFFFF else f"\\U{number:08x}"  # noqa: PLR2004 - two bytes
