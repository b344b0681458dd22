"""The policy as one TOML document: read with errors that name line and range, written with every default and rule."""

from __future__ import annotations

import difflib
import json
import re
import tomllib
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from domain.account import FactorKind
from domain.errors import InputRefused
from domain.policy.document import KEYS, Policy
from domain.policy.keys import Unfit, leaves
from domain.refusal_codes import Code
from domain.texts import Text

LARGEST_DOCUMENT = 64_000
_TABLE = re.compile(r"""^\s*\[{1,2}([\w\s."'-]+)\]{1,2}\s*(?:#.*)?$""")
_KEY = re.compile(r"""^\s*((?:["']?[\w-]+["']?)(?:\s*\.\s*["']?[\w-]+["']?)*)\s*=""")
_NOISE = str.maketrans("", "", " \t\"'")


@dataclass(frozen=True)
class Problem:
    """What is wrong with a document: where, and what is allowed there. `line` is 0 where it is the whole."""

    line: int
    name: str
    message: Text

    def __str__(self) -> str:
        where = f"line {self.line}: " if self.line else ""
        return f"{where}{self.name + ': ' if self.name else ''}{self.message}"


class PolicyRefused(InputRefused):
    """The policy document has errors; nothing was changed."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(Code.POLICY_REFUSED, Text("The policy document has errors; nothing was changed."))
        self.problems = tuple(problems)


def read_toml(text: str) -> Policy:
    """The policy that a TOML document describes; what it leaves out has its default. Raises `PolicyRefused`."""
    if len(text) > LARGEST_DOCUMENT:
        raise PolicyRefused(
            [
                Problem(
                    0,
                    "",
                    Text(
                        "The document is longer than {largest_document} characters.", largest_document=LARGEST_DOCUMENT
                    ),
                )
            ]
        )
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        raise PolicyRefused([Problem(_first_unreadable(text), "", Text("This is not TOML."))]) from None
    return read_document(document, lines=_lines(text))


def read_document(document: dict[str, Any], *, lines: dict[str, int] | None = None) -> Policy:
    """The policy of a document that is parsed already. Raises `PolicyRefused` with every problem at once."""
    known = lines or {}
    try:
        if "version" in document:
            raise PolicyRefused(
                [Problem(known.get("version", 0), "version", Text("The product counts versions itself."))]
            )
        # Strict as JSON is: "5" and true are no numbers; what TOML has beside JSON (dates) fits nowhere.
        policy = Policy.model_validate_json(json.dumps(document, default=lambda _: {}), strict=True)
    except ValidationError as error:
        found = dict.fromkeys(_problem(one, known) for one in error.errors())
        raise PolicyRefused(sorted(found, key=lambda one: one.line)) from None
    if policy.ticket_pattern is not None and policy.ticket_example is None:
        line = known.get("ticket_pattern", 0)
        raise PolicyRefused([Problem(line, "ticket_pattern", Text("It needs a ticket_example that it matches."))])
    return policy


def write_toml(policy: Policy) -> str:
    """The policy as a document with a comment for each key: its rule and its default. Reads back as the same policy."""
    values, defaults = leaves(policy), leaves(Policy())
    plain = [name for name in values if "." not in name]
    tables = sorted({name.partition(".")[0] for name in values if "." in name}, key=list(dict(policy)).index)
    lines = [f"# Policy, version {policy.version}. Every key may be left out; it then has its default.", ""]
    lines += [line for name in plain for line in _entry(name, name, values[name], defaults[name])]
    for table in tables:
        lines += ["", f"[{table}]"]
        for name in [one for one in values if one.startswith(f"{table}.")]:
            lines += _entry(name, name.partition(".")[2], values[name], defaults[name])
    return "\n".join(lines) + "\n"


def written(value: Any) -> str:
    """A value as the document writes it; empty where there is none."""
    return "" if value is None else _toml(value)


def allowed(name: str) -> Text:
    """What values a key may have, in words."""
    key, default = KEYS[name], leaves(Policy())[name]
    if key.lowest is not None and key.highest is not None:
        return Text("a whole number from {lowest} to {highest}", lowest=key.lowest, highest=key.highest)
    if isinstance(default, bool):
        return Text("true or false")
    if isinstance(default, frozenset):
        is_of_factors = all(isinstance(one, FactorKind) for one in default)
        return Text("a list of kinds of factor") if is_of_factors else Text("a list of texts")
    return Text("a text of at most {longest} characters", longest=str(key.longest))


def _entry(name: str, key: str, value: Any, default: Any) -> list[str]:
    about = f"{KEYS[name].rule}: {KEYS[name].meaning}"
    if value is None:
        return [f"# {about} (default: none)", f'# {key} = ""']
    note = " (default)" if value == default else f" (default: {_toml(default) if default is not None else 'none'})"
    return [f"# {about}{note}", f"{key} = {_toml(value)}"]


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, frozenset):
        return "[" + ", ".join(_quoted(str(one)) for one in sorted(value)) + "]"
    return _quoted(str(value))


def _quoted(text: str) -> str:
    # JSON's escapes are TOML's, pairs of surrogates apart; what a terminal would act on is escaped too.
    plain = json.dumps(text, ensure_ascii=False)
    return "".join(one if one.isprintable() else f"\\U{ord(one):08X}" for one in plain)


def _lines(text: str) -> dict[str, int]:
    """On which line each key stands, by its dotted name."""
    found: dict[str, int] = {}
    table = ""
    for number, line in enumerate(text.splitlines(), start=1):
        if match := _TABLE.match(line):
            name = match[1].translate(_NOISE)
            table = name + "."
            found.setdefault(name, number)
            found.setdefault(name.partition(".")[0], number)
        elif match := _KEY.match(line):
            name = table + match[1].translate(_NOISE)
            found.setdefault(name, number)
            found.setdefault(name.partition(".")[0], number)
    return found


def _first_unreadable(text: str) -> int:
    """The line after the longest part that can be read; what the parser says may quote the document."""
    lines = text.splitlines()
    readable = 0
    for number in range(1, len(lines) + 1):
        try:
            tomllib.loads("\n".join(lines[:number]))
        except tomllib.TOMLDecodeError:
            continue
        readable = number
    return min(readable + 1, max(len(lines), 1))


def _problem(error: Any, lines: dict[str, int]) -> Problem:
    path = [part for part in error["loc"] if isinstance(part, str)]
    name = ".".join(path)
    line = lines.get(name) or lines.get(path[0] if path else "", 0)
    if error["type"] == "extra_forbidden":
        return Problem(line, name, _unknown(path))
    if error["type"] == "value_error":
        unfit: Unfit = error["ctx"]["error"]
        return Problem(line if path else _line_of_what(str(unfit), lines), name, unfit.text)
    return Problem(line, name, Text("It must be {allowed}.", allowed=_allowed(path)))


def _line_of_what(message: str, lines: dict[str, int]) -> int:
    """Where the first key stands that the message names and the document has."""
    for word in re.findall(r"[a-z_]+", message):
        for name, line in lines.items():
            if word in {name, name.rpartition(".")[2]}:
                return line
    return 0


def _unknown(path: list[str]) -> Text:
    elsewhere = [one for one in KEYS if path[-1] == one.rpartition(".")[2]]
    near = elsewhere or difflib.get_close_matches(path[-1], _keys_in(path[:-1]), n=1)
    if not near:
        return Text("There is no such key.")
    return Text("There is no such key. Did you mean {near}?", near=near[0])


def _keys_in(path: list[str]) -> list[str]:
    """What may stand in the document itself, or in the table at this path."""
    if not path:
        return list(dict.fromkeys(name.partition(".")[0] for name in KEYS))
    return [name.rpartition(".")[2] for name in KEYS if name.startswith(f"{path[0]}.") and len(path) == 1]


def _allowed(path: list[str]) -> Text:
    """What may stand at this path, in words; the first two names of it lead to a key or to a table."""
    if not path:
        return Text("a document of keys and tables")
    name = ".".join(path[:2])
    return allowed(name) if name in KEYS else Text("a table")
