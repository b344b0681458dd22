"""The policy as one TOML document: read with errors that name line and range, written with every default and rule."""

from __future__ import annotations

import difflib
import json
import re
import tomllib
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError
from pydantic.fields import FieldInfo

from domain.account import Fact
from domain.errors import InputRefused
from domain.policy.document import Policy
from domain.policy.weakening import leaves
from domain.refusal_codes import Code

LARGEST_DOCUMENT = 64_000
_TABLE = re.compile(r"""^\s*\[{1,2}([\w\s."'-]+)\]{1,2}\s*(?:#.*)?$""")
_KEY = re.compile(r"""^\s*((?:["']?[\w-]+["']?)(?:\s*\.\s*["']?[\w-]+["']?)*)\s*=""")
_NOISE = str.maketrans("", "", " \t\"'")
_RULES = {
    "case_hours": "R22: how long a case may wait for people, in hours",
    "ticket_pattern": "R7: a regular expression that a ticket reference matches in full; leave it out to ask for none",
    "ticket_example": "R7: a reference that matches it, so that a pattern which never matches is found at once",
    "raised_threat": "R41: tightens every tier at once",
    "demonstration": "R25: a sample tenant, without the floors of the cooling-off; only a founding document may set it",
    "privileged_roles": "R6: roles of the directory that make a subject privileged",
    "step_up.required": "R26: every decision that moves a case needs a fresh proof; privileged subjects always do",
    "step_up.max_age_minutes": "R27: how fresh the proof is at the claim, in minutes",
    "step_up.wrong_tries": "R27: after so many, that person's step-up is locked",
    "step_up.lock_minutes": "R27: and for so long, in minutes",
    "verification.standard_methods": "R19: how many methods where no strong one is used",
    "verification.three_people": "R13: the acting admin does not verify",
    "verification.fresh_hours": "R21: how long complete verdicts keep",
    "verification.waiting_hours": "R21: how long a verdict waits for its companions",
    "verification.contact_age_days": "R16: how long a number must have been known before it is dialled",
    "verification.privileged_contact_age_days": "R16: the same for a privileged subject",
    "verification.young_days": "R21: younger roles, factors and recoveries do not count",
    "verification.draw_approver": "R22: the product draws who verifies",
    "verification.remind_minutes": "R22: after that the drawn approver is reminded",
    "verification.escalate_minutes": "R22: after that other approvers may help",
    "verification.enough_approvers": "R22: fewer eligible people than that are warned of",
    "verification.hr_roles": "R14: roles of the directory that vouch as HR",
    "presence.confirmed_minutes": "R36: how long a confirmed browser counts, in minutes",
    "presence.silent_seconds": "R36: how long it may be silent, in seconds",
    "enrolment.window_minutes": "R37: from the claim to the new factor, in minutes; then the account is locked",
    "enrolment.allowed_kinds": "R38: kinds of factor that may be enrolled",
    "cooling_off.weak_seconds": "R25: how long everybody told may object, in seconds, without a strong method",
    "cooling_off.privileged_seconds": "R25: the same for a privileged subject",
    "cooling_off.quarantine_days": "R23: how long a replaced contact point is still told",
    "brakes.subject_days": "R41: whoever was recovered in so many days gets the privileged tier",
    "brakes.agent_openings_a_day": "R41: cases that one agent opens a day; past a brake they are held",
    "brakes.approver_verdicts_a_day": "R41: verdicts of one approver a day",
    "brakes.pair_a_day": "R41: verdicts of one approver in cases of one agent a day",
    "brakes.wipes_an_hour": "R41: resets of the whole tenant an hour",
    "watch.hours": "R38: how long a recovered account is watched",
}


@dataclass(frozen=True)
class Problem:
    """What is wrong with a document: where, and what is allowed there. `line` is 0 where it is the whole."""

    line: int
    name: str
    message: str

    def __str__(self) -> str:
        where = f"line {self.line}: " if self.line else ""
        return f"{where}{self.name + ': ' if self.name else ''}{self.message}"


class PolicyRefused(InputRefused):
    """The policy document has errors; nothing was changed."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(Code.POLICY_REFUSED, "The policy document has errors; nothing was changed.")
        self.problems = tuple(problems)


def read_toml(text: str) -> Policy:
    """The policy that a TOML document describes; what it leaves out has its default. Raises `PolicyRefused`."""
    if len(text) > LARGEST_DOCUMENT:
        raise PolicyRefused([Problem(0, "", f"The document is longer than {LARGEST_DOCUMENT} characters.")])
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        raise PolicyRefused([Problem(_first_unreadable(text), "", "This is not TOML.")]) from None
    return read_document(document, lines=_lines(text))


def read_document(document: dict[str, Any], *, lines: dict[str, int] | None = None) -> Policy:
    """The policy of a document that is parsed already. Raises `PolicyRefused` with every problem at once."""
    known = lines or {}
    try:
        if "version" in document:
            raise PolicyRefused([Problem(known.get("version", 0), "version", "The product counts versions itself.")])
        # Strict as JSON is: "5" and true are no numbers; what TOML has beside JSON (dates) fits nowhere.
        policy = Policy.model_validate_json(json.dumps(document, default=lambda _: {}), strict=True)
    except ValidationError as error:
        found = dict.fromkeys(_problem(one, known) for one in error.errors())
        raise PolicyRefused(sorted(found, key=lambda one: one.line)) from None
    if policy.ticket_pattern is not None and policy.ticket_example is None:
        line = known.get("ticket_pattern", 0)
        raise PolicyRefused([Problem(line, "ticket_pattern", "It needs a ticket_example that it matches.")])
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


def rule_of(name: str) -> str:
    """A key's rule and what it is for, as its comment in the document says."""
    return _RULES.get(name, "")


def field_of(name: str) -> FieldInfo | None:
    """How the policy declares the key with this dotted name."""
    path = name.split(".")
    model = _model(path[:-1])
    return model.model_fields.get(path[-1]) if model else None


def bounds_of(field: FieldInfo) -> tuple[int | None, int | None]:
    """The least and the greatest number that a key may have."""
    bounds = {type(one).__name__: one for one in field.metadata}
    return getattr(bounds.get("Ge"), "ge", None), getattr(bounds.get("Le"), "le", None)


def _entry(name: str, key: str, value: Any, default: Any) -> list[str]:
    about = _RULES.get(name, "")
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
        message = str(error["ctx"]["error"])
        return Problem(line if path else _line_of_what(message, lines), name, message + ".")
    return Problem(line, name, f"It must be {_allowed(path)}.")


def _line_of_what(message: str, lines: dict[str, int]) -> int:
    """Where the first key stands that the message names and the document has."""
    for word in re.findall(r"[a-z_]+", message):
        for name, line in lines.items():
            if word in {name, name.rpartition(".")[2]}:
                return line
    return 0


def _unknown(path: list[str]) -> str:
    elsewhere = [one for one in _RULES if path[-1] == one.rpartition(".")[2]]
    model = _model(path[:-1])
    near = elsewhere or difflib.get_close_matches(path[-1], list(model.model_fields) if model else [], n=1)
    return f"There is no such key. Did you mean {near[0]}?" if near else "There is no such key."


def _allowed(path: list[str]) -> str:
    if not path:
        return "a document of keys and tables"
    model = _model(path[:1]) if len(path) > 1 else Policy
    field = model.model_fields.get(path[1] if len(path) > 1 else path[0]) if model else None
    if field is None:
        return "a table"
    return _described(field)


def _described(field: FieldInfo) -> str:
    lowest, highest = bounds_of(field)
    if lowest is not None and highest is not None:
        return f"a whole number from {lowest} to {highest}"
    kind = str(field.annotation)
    if "bool" in kind:
        return "true or false"
    if "FactorKind" in kind:
        return "a list of kinds of factor"
    if "frozenset" in kind:
        return "a list of texts"
    if "str" in kind:
        return "a text of at most 200 characters"
    return "a table"


def _model(path: list[str]) -> type[Fact] | None:
    model: Any = Policy
    for part in path:
        field = model.model_fields.get(part)
        model = field.annotation if field else None
        if not (isinstance(model, type) and issubclass(model, Fact)):
            return None
    return model  # type: ignore[no-any-return] # narrowed by the loop
