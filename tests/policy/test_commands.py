"""The policy at the command line: checked without a server, sent as it stands, shown in words (R26)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from domain.messages import Phase
from domain.people import Tier
from domain.texts import NOTHING, Text
from service.explaining import Explanation, PhaseView
from service.policy import Outcome
from service.policy_file import read_toml, write_toml
from starter.api.policy import PolicyDocument, Proposals
from tests.cli.api_models import CHALLENGE, STEP_UP, changed, proposal, tampered
from tests.cli.conftest import Person, api, recovery, stranger
from tests.cli.stand_in import StandIn
from tests.cli.test_cases import HOSTILE

__all__ = ["api", "recovery", "stranger"]
ROOT = Path(__file__).parents[2]
PROPOSAL = proposal()
ID = str(PROPOSAL.id)


@pytest.fixture(autouse=True)
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """A user sits at the terminal; secrets come from the lines too."""
    monkeypatch.setattr("starter.cli.asking.interactive", lambda: True)
    monkeypatch.setattr("getpass.getpass", lambda _: input())


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A policy document."""
    made = tmp_path / "policy.toml"
    made.write_text("case_hours = 100\n", encoding="utf-8")
    return made


def test_check_needs_no_server(stranger: Person, api: StandIn, file: Path) -> None:
    """A document is checked on this machine by a user who has not signed in; nothing is sent."""
    assert stranger("policy", "check", str(file)).exit_code == 0
    file.write_text("case_hours = 1000\n\n[brakes]\npair_a_days = 3\n", encoding="utf-8")
    result = stranger("policy", "check", str(file))
    assert result.exit_code == 1
    assert "policy.toml: line 1: case_hours: It must be a whole number from 1 to 336." in result.output
    assert "policy.toml: line 4: brakes.pair_a_days: There is no such key. Did you mean pair_a_day?" in result.output
    assert api.requests == []


@pytest.mark.parametrize("content", [b"\xff\xfe", b"x = " + b"1" * 70_000])
def test_what_is_no_text_or_too_long(stranger: Person, file: Path, content: bytes) -> None:
    """B26: a file that is something else is refused in a sentence."""
    file.write_bytes(content)
    result = stranger("policy", "check", str(file))
    assert result.exit_code in {1, 2}
    assert "Traceback" not in result.output


def test_the_sample_document_is_a_policy() -> None:
    """The example names every key, and is what `policy show` prints."""
    text = (ROOT / "examples" / "acme-policy.toml").read_text(encoding="utf-8")
    assert write_toml(read_toml(text)).partition("\n")[2] == text.partition("\n")[2]


def test_show_prints_the_document_as_it_is(recovery: Person, api: StandIn) -> None:
    """What is shown can be written into a file and applied."""
    text = "# Policy, version 3.\n\ncase_hours = 48\n"
    api.tell("GET", "/policy/document", PolicyDocument(version=3, document=text))
    assert recovery("policy", "show").output == text


def test_apply_proves_exactly_this_document(recovery: Person, api: StandIn, file: Path) -> None:
    """R28: the document of the proof is the document that is applied; a weakening says what happens next."""
    api.tell("POST", "/policy/step-ups", CHALLENGE)
    weaker = Outcome(version=1, proposal=PROPOSAL, weakens=["case_hours"], changes=["case_hours"])
    api.tell("POST", "/policy/apply", weaker)
    result = recovery("policy", "apply", str(file), lines="012345\n")
    assert result.exit_code == 0, result.output
    begun, sent = api.requests
    assert begun.body == {"document": "case_hours = 100\n"}
    assert sent.body["document"] == begun.body["document"]
    assert sent.body["step_up"]["id"] == str(STEP_UP)
    assert "Another administrator has to second it" in result.output
    assert "012345" not in result.output


def test_a_document_with_errors_is_not_sent(recovery: Person, api: StandIn, file: Path) -> None:
    """Errors are found before the administrator is asked for a proof."""
    file.write_text("case_hours = 1000", encoding="utf-8")
    assert recovery("policy", "apply", str(file)).exit_code == 1
    assert api.requests == []


def test_second_withdraw_and_list(recovery: Person, api: StandIn) -> None:
    """R26: the other administrator proves the seconding; a withdrawal needs no proof."""
    api.tell("POST", f"/policy/proposals/{ID}/step-ups", CHALLENGE)
    api.tell("POST", f"/policy/proposals/{ID}/second", changed(PROPOSAL, state="seconded"))
    api.tell("POST", f"/policy/proposals/{ID}/withdraw", changed(PROPOSAL, state="withdrawn"))
    api.tell("GET", "/policy/proposals", Proposals(proposals=[PROPOSAL]), Proposals(proposals=[]))
    assert "seconded" in recovery("policy", "second", ID, lines="012345\n").output
    assert "withdrawn" in recovery("policy", "withdraw", ID).output
    assert "case_hours" in recovery("policy", "proposals").output
    assert recovery("policy", "proposals").output == "No proposals.\n"


@pytest.mark.parametrize("hostile", HOSTILE)
def test_explain_shows_words_as_words(recovery: Person, api: StandIn, hostile: str) -> None:
    """B26: whatever stands in an answer moves no cursor and writes no line of its own."""
    phase = PhaseView(phase=Phase.VERIFICATION, asks=NOTHING, of=Text("1 drawn"), eligible=["a-1", "a-2"])
    told = Explanation(
        subject_id="a-9", tier=Tier.STANDARD, would_be_refused=None, because=None, would_be_held=[],
        risks=[""], operations=["wipe_factors"], phases=[phase], policy_version=1,
    )  # fmt: skip
    api.tell("POST", "/policy/explain", tampered(told, hostile, "phases.0.asks", "risks.0"))
    result = recovery("policy", "explain", "--subject", "kim.reyes", "--reason", "lost_phone")
    assert result.exit_code == 0, result.output
    assert api.requests[0].body["reason"] == "lost_phone"
    assert not any(one in result.output for one in ("\x1b", "\x9b", "\x00", "\u202e", "\u2028", "\x85"))
    as_json = recovery("policy", "explain", "--subject", "kim.reyes", "--reason", "lost_phone", "--json")
    assert json.loads(as_json.output)["phases"][0]["phase"] == "verification"
