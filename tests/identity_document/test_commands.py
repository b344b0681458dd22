"""The commands case identity-check and identity-checks."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.cli.conftest import api, recovery, stranger

if TYPE_CHECKING:
    from tests.cli.conftest import FakeApi, Person

__all__ = ["api", "recovery", "stranger"]
LINK = "https://provider.example/authorize?state=s"
STARTED = {"reference": "c-1", "link": LINK, "expires_at": "2026-11-25T10:00:00+00:00"}
CHECK: dict[str, Any] = {
    "reference": "c-1",
    "state": "refused",
    "code": "name_mismatch",
    "trust_framework": "eidas\x1b[2J",
    "started_at": "2026-11-25T09:30:00+00:00",
    "finished_at": None,
    "failed_before": True,
}


def test_the_link_alone_is_on_standard_output(recovery: Person, api: FakeApi) -> None:
    """R14: the link can be piped; reference and deadline are said beside it."""
    api.tell("POST", "/cases/R-1A2B-3C4D/identity-checks", STARTED, status=201)
    done = recovery("case", "identity-check", "R-1A2B-3C4D")
    assert (done.exit_code, done.stdout) == (0, f"{LINK}\n")
    assert "c-1" in done.stderr
    [asked] = api.asked("POST", "/cases/R-1A2B-3C4D/identity-checks")
    assert asked.headers["Idempotency-Key"]


def test_checks_are_listed(recovery: Person, api: FakeApi) -> None:
    """R8, B26: state, reason and risk are shown, and nothing that a terminal would obey."""
    api.tell("GET", "/cases/c/identity-checks", {"checks": [CHECK]})
    shown = recovery("case", "identity-checks", "c").stdout
    assert "name_mismatch" in shown
    assert "yes" in shown
    assert "\x1b" not in shown
    assert json.loads(recovery("case", "identity-checks", "c", "--json").stdout) == {"checks": [CHECK]}


def test_no_checks_are_no_table(recovery: Person, api: FakeApi) -> None:
    """R14: a case without checks says so."""
    api.tell("GET", "/cases/c/identity-checks", {"checks": []})
    assert recovery("case", "identity-checks", "c").stdout == "No checks.\n"


def test_a_refusal_is_told_by_its_code(recovery: Person, api: FakeApi) -> None:
    """R14: where no provider is set up the command says so and fails."""
    problem = {"code": "identity_provider_missing", "title": "Conflict", "detail": "No verification provider."}
    api.tell("POST", "/cases/c/identity-checks", problem, status=409)
    done = recovery("case", "identity-check", "c")
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr.startswith("identity_provider_missing: ")
