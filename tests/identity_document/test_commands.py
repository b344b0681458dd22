"""The commands case identity-check and identity-checks."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from domain.errors import Refused
from domain.refusal_codes import Code
from service.identity_checks import CheckView
from starter.api.identity_checks import Checks, CheckStarted
from tests.cli.api_models import CASE_ID, at, document
from tests.cli.conftest import api, recovery, stranger

if TYPE_CHECKING:
    from tests.cli.conftest import Person
    from tests.cli.stand_in import StandIn

__all__ = ["api", "recovery", "stranger"]
LINK = "https://provider.example/authorize?state=s"
STARTED = CheckStarted(reference=CASE_ID, link=LINK, expires_at=at(10))
CHECK = CheckView(
    reference=CASE_ID,
    state="refused",
    code="name_mismatch",
    started_by="a-9",
    trust_framework="eidas\x1b[2J",
    assurance_level=None,
    started_at=at(9, 30),
    expires_at=at(10),
    finished_at=None,
    verified_at=None,
    failed_before=True,
)
CHECKS = Checks(checks=[CHECK])


def test_the_link_alone_is_on_standard_output(recovery: Person, api: StandIn) -> None:
    """R14: the link can be piped; reference and deadline are said beside it."""
    api.tell("POST", "/cases/R-1A2B-3C4D/identity-checks", STARTED)
    done = recovery("case", "identity-check", "R-1A2B-3C4D")
    assert (done.exit_code, done.stdout) == (0, f"{LINK}\n")
    assert str(CASE_ID) in done.stderr
    [asked] = api.asked("POST", "/cases/R-1A2B-3C4D/identity-checks")
    assert asked.headers["Idempotency-Key"]


def test_checks_are_listed(recovery: Person, api: StandIn) -> None:
    """R8, B26: state, reason and risk are shown, and nothing that a terminal would obey."""
    api.tell("GET", "/cases/c/identity-checks", CHECKS)
    shown = recovery("case", "identity-checks", "c").stdout
    assert "name_mismatch" in shown
    assert "yes" in shown
    assert "\x1b" not in shown
    assert json.loads(recovery("case", "identity-checks", "c", "--json").stdout) == document(CHECKS)


def test_no_checks_are_no_table(recovery: Person, api: StandIn) -> None:
    """R14: a case without checks says so."""
    api.tell("GET", "/cases/c/identity-checks", Checks(checks=[]))
    assert recovery("case", "identity-checks", "c").stdout == "No checks.\n"


def test_a_refusal_is_told_by_its_code(recovery: Person, api: StandIn) -> None:
    """R14: where no provider is set up the command says so and fails."""
    refused = Refused(Code.IDENTITY_PROVIDER_MISSING, "No verification provider.")
    api.tell("POST", "/cases/c/identity-checks", refused)
    done = recovery("case", "identity-check", "c")
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr.startswith("identity_provider_missing: ")
