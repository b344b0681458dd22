"""Every code that rules and activities can give a case has a sentence that says who has to do what."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from domain.messages import Outcome
from domain.refusal_codes import Code
from service import next_steps
from service.next_steps import Course, codes_waiting_for, is_known, next_step
from tests.domain.builders import case as a_case

ROOT = Path(__file__).parents[2]
POLICY, ACTIVITIES = ROOT / "domain" / "policy", ROOT / "activities"
_CODE = re.compile(r"[a-z]+(_[a-z]+)+")
_CODE_AT = {"Progress": 1, "waiting_in": 1, "CoolingOff": 2, "_end": 1}
"""Where the calls that give a case its code carry it."""
NEW_RULES = (
    "officers",
    "drawing",
    "standing",
    "observed",
    "evidence",
    "doors",
    "revealing",
    "presence",
    "verification",
)


PAGES = ("agents", "approvers", "security-officers")


def _strings(node: ast.AST) -> set[str]:
    return {one.value for one in ast.walk(node) if isinstance(one, ast.Constant) and isinstance(one.value, str)}


def _named(node: ast.AST) -> set[str]:
    """The codes that are spelt in a piece of code, and those that it names as members of the enumeration."""
    members = {
        Code[one.attr].value
        for one in ast.walk(node)
        if isinstance(one, ast.Attribute) and isinstance(one.value, ast.Name) and one.value.id == "Code"
    }
    return _strings(node) | members


def _codes(path: Path) -> set[str]:
    """The codes that a file's calls and variables named `code` give."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            name = node.func.id if isinstance(node.func, ast.Name) else ""
            place = _CODE_AT.get(name)
            found |= _named(node.args[place]) if place is not None and len(node.args) > place else set()
            if name in {"Step", "waiting_in"}:
                found |= set().union(*(_named(one.value) for one in node.keywords if one.arg == "code"))
        if isinstance(node, ast.Assign) and any(isinstance(one, ast.Name) and one.id == "code" for one in node.targets):
            found |= _named(node.value)
    return {one for one in found if _CODE.fullmatch(one)}


def _refusals(path: Path) -> dict[str, str]:
    """The codes that a file refuses with, each with its sentence as far as it is written out."""
    found: dict[str, str] = {}
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "refuse":
            code, sentence = node.args[1], node.args[2]
            if isinstance(code, ast.Attribute):
                found[Code[code.attr].value] = " ".join(sorted(_strings(sentence), key=len))
    return found


CODES = sorted(
    set().union(*(_codes(POLICY / f"{name}.py") for name in ("progress", "cooling")))
    | set().union(*(_codes(path) for path in ACTIVITIES.glob("*.py") if path.stem not in {"campaign", "watch"}))
    | set(_refusals(POLICY / "enrolment.py"))
)
REFUSED = {code: text for name in NEW_RULES for code, text in _refusals(POLICY / f"{name}.py").items()}


def test_the_codes_are_found() -> None:
    """The walk sees members, either branch of a choice, and refusals; without this it could see nothing at all."""
    assert {
        "held_past_a_brake", "paused_by_objection", "cooling_off", "notice_awaited", "officer_decides_cooling_off",
        "cooling_off_ruled_over", "no_cooling_off", "suspension_due", "suspended_until_ruling", "lift_due",
        "verification_awaited", "verification_uncertain", "code_sign_in_to_confirm", "backup_codes_left",
        "enrolment_awaited", "codes_awaited", "events_awaited", "store_behind_workflow", "wipe_incomplete",
        "completion_refused", "case_row_changed", "reset_due",
    } <= set(CODES)  # fmt: skip
    assert {"officer_is_a_party", "approver_not_drawn", "role_too_young", "record_too_new"} <= set(REFUSED)


@pytest.mark.parametrize("code", CODES)
def test_every_code_has_a_sentence(code: str) -> None:
    """Nobody who looks at a case is told only to wait because its code was forgotten."""
    assert is_known(code)
    sentence = str(next_step(a_case(), code, None).sentence)
    assert len(sentence.split()) > 4
    assert sentence.endswith(".")


@pytest.mark.parametrize("outcome", list(Outcome))
def test_every_outcome_has_a_sentence(outcome: Outcome) -> None:
    """An ended case says what became of the caller."""
    assert is_known(outcome.value)
    assert next_step(a_case(), outcome.value, outcome.value).waiting_for == "nobody"


def test_no_sentence_without_a_code() -> None:
    """A sentence that no code leads to would rot unseen; `opening` is what the door writes."""
    known = {*next_steps._STEPS, *next_steps._INTERRUPTED}
    assert known - set(CODES) <= {"opening", "subject_gone"}


def test_officers_are_waited_for_where_only_they_decide() -> None:
    """R24 R25 R41: what only a security officer can end waits for one."""
    assert codes_waiting_for("security") == [
        "held_past_a_brake", "officer_decides_cooling_off", "paused_by_objection", "suspended_until_ruling",
    ]  # fmt: skip


def test_the_drawn_are_named_until_others_may_help() -> None:
    """R22: the sentence says whose turn it is, and no longer once everybody may."""
    case = a_case()
    named = str(next_step(case, "verification_awaited", None, Course(drawn=("a-1", "a-2"))).sentence)
    assert named.endswith("Drawn to do it: account a-1, a-2.")
    late = next_step(case, "verification_awaited", None, Course(drawn=("a-1",), escalated=True))
    assert "a-1" not in str(late.sentence)


@pytest.mark.parametrize("code", sorted(REFUSED))
def test_every_refusal_says_what_to_do(code: str) -> None:
    """At four in the morning: each refusal is a sentence, and a page for those who meet it says what to do."""
    pages = "".join((ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8") for name in PAGES)
    assert f"| `{code}`" in pages or f", `{code}`" in pages
    if written := REFUSED[code].strip():
        assert len(written.split()) > 2
