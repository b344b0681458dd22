"""Event types and codes are spelt once, in their enumeration; everybody else names a member of it (D6)."""

from __future__ import annotations

import ast
import re

import pytest

from domain.account import Account
from domain.acts import ActKind
from domain.audit import EventType, Reported
from domain.case import RiskCode
from domain.messages import Outcome, Phase
from domain.refusal_codes import Code
from tests.architecture.sources import ROOT, Source, parse, sources

# The directory knows nothing of the domain: the names of its events are its own, and mypy holds each to their list.
NOT_OURS = {"tests", "bench", "examples", "directory"}
TYPES = {*EventType, *Reported}
# Other enumerations have words of their own that are the same, and a fact of the account is a key of answers.
CODES = {one for one in {*Code, *RiskCode} if "_" in one} - {*Phase, *Outcome, *ActKind} - set(Account.model_fields)


def spelt(source: Source, words: set[str]) -> list[str]:
    """Where a file spells one of these words out, other than as a member of an enumeration or in a docstring."""
    if source.package in NOT_OURS:
        return []
    members = {
        id(value)
        for node in ast.walk(source.tree)
        if isinstance(node, ast.ClassDef) and any(ast.unparse(base).endswith("Enum") for base in node.bases)
        for one in node.body
        if isinstance(one, ast.Assign)
        for value in ast.walk(one.value)
    }
    return [
        f"{source.path}:{node.lineno} {node.value}"
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Constant) and node.value in words and id(node) not in members
    ]


def test_event_types_are_spelt_once() -> None:
    """R43: what an event of the audit chain is called stands in `domain/audit.py` alone."""
    assert [found for source in sources() for found in spelt(source, TYPES)] == []


def test_codes_are_spelt_once() -> None:
    """R42: the code of a refusal, or of where a case stands, is a member of `Code`; a risk's one of `RiskCode`."""
    assert [found for source in sources() for found in spelt(source, set(CODES))] == []


def test_statements_name_only_types_that_there_are() -> None:
    """R43: a statement cannot name a member, so whatever looks like a type in one must be known."""
    named = {
        word
        for path in sorted((ROOT / "store").rglob("*.sql"))
        for word in re.findall(r"'((?:recovery|policy|mfa|user|rollout|audit)(?:\.[a-z_]+)+)'", path.read_text("utf-8"))
    }
    assert named
    assert named - TYPES == set()


@pytest.mark.parametrize(
    "code", ["x = 'recovery.case_opened'", "class A:\n    code = 'recovery.case_opened'", "f('user.signed_in')"]
)
def test_a_word_spelt_again_is_seen(code: str) -> None:
    """The check sees a literal wherever it stands, and lets an enumeration's own be."""
    assert len(spelt(parse("service/example.py", code), TYPES)) == 1
    assert spelt(parse("domain/audit.py", "class EventType(StrEnum):\n    A = 'recovery.case_opened'"), TYPES) == []
