"""Asking the person at the terminal; secrets are hidden, or lines of standard input, and never options (R03).

Without a terminal secrets are read from standard input, one a line, in the order in which they would be asked.
"""

from __future__ import annotations

import getpass
import sys
from typing import TYPE_CHECKING

from domain.texts import Text as Sentence
from starter.cli.errors import InputMissing, InputUnreadable
from starter.cli.language import spoken
from starter.cli.showing import shown

if TYPE_CHECKING:
    from collections.abc import Sequence

_LONGEST_LINE = 4096


def interactive() -> bool:
    """Whether a person sits at the terminal."""
    return sys.stdin.isatty()


def ask_secret(question: str) -> str:
    """A secret: typed without echo, or the next line of standard input. Raises `InputMissing`, `InputUnreadable`."""
    if not interactive():
        return _readable(_next_line())
    try:
        return _readable(getpass.getpass(f"{spoken(question)}: "))
    except EOFError:
        raise InputMissing from None


def ask_line(question: str) -> str:
    """A line that may be seen, never empty; without a terminal the next line of standard input."""
    if not interactive():
        return _readable(_next_line()).strip()
    while not (answer := _ask(spoken(question))):
        continue
    return answer


def ask_text(question: str) -> str:
    """An answer that is not empty; for what can also be an option. Raises `InputMissing` without a terminal."""
    _need_somebody(question)
    return ask_line(question)


def ask_optional(question: str) -> str | None:
    """An answer, or None for an empty one and where no person sits at the terminal."""
    return (
        _ask(spoken("{question} (Enter to leave out)", question=Sentence(question))) or None if interactive() else None
    )


def ask_choice(question: str, choices: Sequence[str]) -> str:
    """One of the choices, by its number or its word. Raises `InputMissing` without a terminal."""
    _need_somebody(question)
    lines = "".join(f"  {number}  {choice}\n" for number, choice in enumerate(choices, start=1))
    while True:
        answer = _ask(f"{spoken(question)}\n{lines}{spoken('Your choice')}")
        if answer in choices:
            return answer
        if answer.isascii() and answer.isdigit() and 1 <= int(answer) <= len(choices):
            return choices[int(answer) - 1]


def ask_yes_or_no(question: str) -> bool:
    """A plain yes or no; there is no default. Raises `InputMissing` without a terminal."""
    _need_somebody(question)
    while True:
        answer = _ask(spoken("{question} [yes/no]", question=Sentence(question))).lower()
        if answer in {"yes", "y", spoken("yes"), spoken("yes")[0]}:
            return True
        if answer in {"no", "n", spoken("no")}:
            return False


def _ask(question: str) -> str:
    sys.stderr.write(f"{question}: ")
    sys.stderr.flush()
    return _readable(_next_line()).strip()


def _next_line() -> str:
    try:
        line = sys.stdin.readline(_LONGEST_LINE)
    except UnicodeDecodeError:
        raise InputUnreadable from None
    if not line:
        raise InputMissing
    return line.removesuffix("\n").removesuffix("\r")


def _readable(text: str) -> str:
    # Bytes that are no UTF-8 arrive as lone surrogates, which JSON cannot carry.
    try:
        text.encode()
    except UnicodeEncodeError:
        raise InputUnreadable from None
    return text


def _need_somebody(question: str) -> None:
    if not interactive():
        asked = shown(spoken(question))
        raise InputMissing(spoken("Nobody can be asked “{question}” here: give it as an option.", question=asked))
