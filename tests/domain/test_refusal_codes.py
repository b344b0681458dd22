"""Codes of refusals: each known, each with its kind, and never another one on the wire."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from domain.errors import InputRefused, Refused
from domain.policy.decision import ALLOWED, refuse
from domain.refusal_codes import Code, Kind
from domain.texts import Text

PROGRESS = Path(__file__).parents[2] / "domain/policy/progress.py"
COOLING = PROGRESS.with_name("cooling.py")


def test_a_code_is_its_value() -> None:
    """As answers, audit events and logs carry it."""
    assert (f"{Code.ROLE_MISSING}", json.dumps(Code.ROLE_MISSING)) == ("role_missing", '"role_missing"')
    assert {one.value for one in Code} == {one.name.lower() for one in Code}
    assert Code.of("role_missing") is Code.ROLE_MISSING


def test_nobody_refuses_with_an_unknown_code() -> None:
    """A code that is not among them is an error of ours, at once."""
    with pytest.raises(ValueError, match="no_such_code"):
        Code.of("no_such_code")


def test_a_refusal_has_the_kind_of_its_code() -> None:
    """The rule, the doors' own refusals and what is raised for them agree; codes go out as plain strings."""
    decision = refuse("R6", Code.ROLE_MISSING, Text("This needs the role {wanted}.", wanted="admin"), access="x")
    with pytest.raises(Refused) as caught:
        decision.enforce()
    assert (caught.value.code, caught.value.kind) == ("role_missing", Kind.FORBIDDEN)
    assert {type(decision.code), type(caught.value.code)} == {str}
    assert str(caught.value) == "This needs the role admin."
    assert caught.value.facts == {"access": "x", "rule": "R6"}
    assert InputRefused(Code.TENANT_UNKNOWN, "There is no such tenant.").kind is Kind.NOT_FOUND
    assert Refused(Code.OWN_ROLES, "No.").kind is Kind.FORBIDDEN
    assert (ALLOWED.allowed, ALLOWED.code) == (True, "allowed")
    ALLOWED.enforce()


def test_whatever_a_case_waits_for_may_refuse_its_reset() -> None:
    """R34: the judge refuses with the code of what is still waited for, so each of those is a member."""
    for path in (PROGRESS, COOLING):
        spelt = re.findall(r'"([a-z]+(?:_[a-z]+)+)"', path.read_text("utf-8"))
        assert spelt == []
        assert re.findall(r"Code\.([A-Z_]+)", path.read_text("utf-8"))
