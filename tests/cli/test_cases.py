"""Working on cases at the command line: what is asked, what is sent, and what is shown."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from domain.errors import Refused
from domain.messages import Outcome, Phase
from domain.refusal_codes import Code
from service.case_view import CaseView
from starter.api.bodies import Accounts, Cases, PresenceChecked
from starter.api.policy import Proposals
from starter.soft_authenticator import SoftAuthenticator, encode
from tests.cli.api_models import (
    CHALLENGE,
    STEP_UP,
    account,
    changed,
    document,
    factor,
    problem,
    proposal,
    summary,
    tampered,
    verdict,
)
from tests.cli.conftest import Person
from tests.cli.stand_in import HeardLater, StandIn

HOSTILE = [
    "\x1b[2Jgone",
    "a\nforged: line",
    "[red]x[/red] [link=http://x]y[/link] :smile:",
    "abc\u202egpj.exe",
    "\u2028new line",
    "\x85next",
    "<img src=x onerror=alert(1)>",
    "zero\x00byte",
    "\x9b31mred",
    "\U000e0041tag",
    "\ud800",
]


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """A user sits at the terminal, as far as questions are concerned; secrets come from the lines too."""
    monkeypatch.setattr("starter.cli.asking.interactive", lambda: True)
    monkeypatch.setattr("starter.cli.decisions.interactive", lambda: True)
    monkeypatch.setattr("getpass.getpass", lambda _: input())


@pytest.mark.usefixtures("terminal")
def test_opening_asks_question_by_question(recovery: Person, api: StandIn, case: CaseView) -> None:
    """What is not given is asked in the order of the call; wrong answers are asked for again (R1, R9)."""
    api.tell("POST", "/cases", case)
    lines = "\nkim.reyes\n9\nlost_phone\nperhaps\nyes\n3\n\nlost on the ferry\n\n\n"
    result = recovery("case", "open", lines=lines)
    assert result.exit_code == 0
    assert api.requests[0].body == {
        "subject": "kim.reyes",
        "reason": "lost_phone",
        "cannot_complete_mfa": True,
        "password_compromised": "unknown",
        "statement": "lost on the ferry",
    }
    questions = [
        "Who is locked out",
        "Why can they not",
        "Is every way",
        "possibly compromised",
        "Ticket",
        "caller say",
    ]
    places = [result.stderr.index(one) for one in questions]
    assert places == sorted(places)


def test_opening_with_options_asks_nothing(recovery: Person, api: StandIn, case: CaseView) -> None:
    """All options given, one JSON document comes back and nothing is assumed that was not said."""
    api.tell("POST", "/cases", case)
    result = recovery(
        "case", "open", "--subject", "kim.reyes", "--reason", "lost_phone", "--can-complete-mfa",
        "--password-compromised", "yes", "--ticket", "T-1", "--reset-password-because", "seen elsewhere", "--json",
    )  # fmt: skip
    assert (result.exit_code, result.stderr) == (0, "")
    assert json.loads(result.stdout) == document(case)
    assert api.requests[0].body == {
        "subject": "kim.reyes",
        "reason": "lost_phone",
        "cannot_complete_mfa": False,
        "password_compromised": "yes",
        "ticket": "T-1",
        "reset_password_because": "seen elsewhere",
    }


def test_a_case_begins_with_the_next_step(recovery: Person, api: StandIn, case: CaseView) -> None:
    """The first thing on the screen is who has to do what; what the agent typed is marked as unchecked."""
    api.tell("GET", "/cases/R-1A2B-3C4D", changed(case, verification__verdicts=[verdict()]))
    result = recovery("case", "show", "R-1A2B-3C4D")
    shown = result.stdout
    assert result.exit_code == 0
    assert "Waiting for an approver" in shown.splitlines()[0]
    assert shown.index("Verify the caller and record your verdict.") < shown.index("Kim Reyes")
    assert "statement (typed by the agent, not checked)" in shown
    for part in ("lost on the ferry", "wipe_factors", "one strong method", "callback", "+44 ••• 01"):
        assert part in shown


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize(
    "command", [["case", "show", "R-1"], ["case", "list"], ["directory", "show", "x"], ["policy", "proposals"]]
)
def test_text_of_others_is_shown_and_never_obeyed(
    recovery: Person, api: StandIn, case: CaseView, text: str, command: list[str]
) -> None:
    """Names, statements and labels reach the screen without a control character, forged line or markup (B26)."""
    of_case = ("subject.display_name", "next_step", "reference")
    api.tell("GET", "/cases/R-1", tampered(case, text, *of_case, "stated.statement"))
    listed = Cases(cases=[summary(case)])
    api.tell("GET", "/cases", tampered(listed, text, *(f"cases.0.{one}" for one in of_case)))
    found = Accounts(accounts=[changed(account(case), factors=[factor()])])
    of_account = ("login", "display_name", "factors.0.label")
    api.tell("GET", "/directory/accounts", tampered(found, text, *(f"accounts.0.{one}" for one in of_account)))
    of_proposal = ("id", "state", "weakens.0", "proposed_by")
    proposals = Proposals(proposals=[proposal()])
    api.tell("GET", "/policy/proposals", tampered(proposals, text, *(f"proposals.0.{one}" for one in of_proposal)))
    result = recovery(*command)
    assert result.exit_code == 0
    assert not [one for one in result.stdout if one != "\n" and not one.isprintable()]
    assert "\nforged" not in result.stdout
    if "[red]" in text:
        assert "[red]" in result.stdout
        assert ":smile:" in result.stdout


@pytest.mark.parametrize("text", HOSTILE)
def test_text_in_refusals_stays_on_one_line(recovery: Person, api: StandIn, text: str) -> None:
    """A refusal's sentence cannot forge a second line or move the cursor (B26)."""
    api.tell("GET", "/cases/R-1", problem(404, {"code": "case_not_found", "detail": text, "case_id": text}))
    result = recovery("case", "show", "R-1")
    assert result.exit_code == 1
    assert result.stderr.count("\n") == 1
    assert not [one for one in result.stderr if one != "\n" and not one.isprintable()]


def test_json_keeps_the_text_and_escapes_it(recovery: Person, api: StandIn, case: CaseView) -> None:
    """The JSON document holds exactly what the server sent, in ASCII without controls (B26)."""
    case = changed(case, next_step="\x1b[2J\x7f\u202e")
    api.tell("GET", "/cases/R-1", case)
    result = recovery("case", "show", "R-1", "--json")
    assert json.loads(result.stdout) == document(case)
    assert all(one == "\n" or " " <= one <= "~" for one in result.stdout)


def test_a_case_in_a_path_cannot_name_another_place(recovery: Person, api: StandIn) -> None:
    """What stands for a case is one part of the path, whatever is in it."""
    recovery("case", "show", "../audit/export?x=")
    assert api.requests[0].path == "/api/v1/cases/..%2Faudit%2Fexport%3Fx%3D"


def test_watching_follows_until_the_case_closes(recovery: Person, api: StandIn, case: CaseView) -> None:
    """Each change is a line; the long poll asks for what is newer than the last version seen."""
    later = changed(case, version=4, phase=Phase.PRESENCE, waiting_for="subject", next_step="Show the code.")
    ended = {"version": 5, "phase": Phase.CLOSED, "outcome": Outcome.RECOVERED}
    closed = changed(later, **ended, waiting_for="nobody", next_step="Nothing is left to do.")
    api.tell("GET", "/cases/R-1", case, case, later, closed)
    result = recovery("case", "watch", "R-1")
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert ["verification" in lines[0], "presence" in lines[1], "outcome recovered" in lines[2], len(lines)] == [
        True, True, True, 3,
    ]  # fmt: skip
    assert [one.path.partition("?")[2] for one in api.requests] == [
        "", "after_version=3&wait=25", "after_version=3&wait=25", "after_version=4&wait=25",
    ]  # fmt: skip


def test_a_verdict_is_proved_over_exactly_itself(recovery: Person, api: StandIn, case: CaseView) -> None:
    """The step-up is begun over the decision that is then sent, and the code is a line of input (R28)."""
    api.tell("POST", "/cases/R-1/step-ups", CHALLENGE)
    api.tell("POST", "/cases/R-1/verdicts", case)
    result = recovery(
        "case", "verify", "R-1", "--verdict", "verified", "--method", "callback", "--seen", "voice and story match",
        "--reference", "call 17", "--contact", "c-1", "--json", lines="012345\n",
    )  # fmt: skip
    assert result.exit_code == 0
    begun, sent = api.requests
    decision = begun.body["decision"]
    assert decision.pop("kind") == "verdict"
    assert sent.body == {**decision, "step_up": {"id": str(STEP_UP), "response": {"kind": "totp", "code": "012345"}}}
    assert decision["evidence"] == {
        "seen": "voice and story match",
        "reference": "call 17",
        "quotes_case": False,
        "contact_id": "c-1",
    }
    assert begun.headers["Idempotency-Key"] != sent.headers["Idempotency-Key"]


def test_presence_asks_for_the_subjects_code_and_then_for_ones_own(
    recovery: Person, api: StandIn, case: CaseView
) -> None:
    """Both codes are lines of input; the proof is over the browser that the code belongs to (R36, R28)."""
    api.tell("POST", "/cases/R-1/presence-checks", PresenceChecked(presence_id="p-1"))
    api.tell("POST", "/cases/R-1/step-ups", CHALLENGE)
    api.tell("POST", "/cases/R-1/presence", case)
    result = recovery("case", "presence", "R-1", lines="abcd-2345\n012345\n")
    assert result.exit_code == 0
    assert [one.body for one in api.requests] == [
        {"code": "abcd-2345"},
        {"decision": {"kind": "presence", "presence_id": "p-1"}},
        {"presence_id": "p-1", "step_up": {"id": str(STEP_UP), "response": {"kind": "totp", "code": "012345"}}},
    ]
    assert "abcd-2345" not in result.output


@pytest.mark.usefixtures("terminal")
def test_the_plan_is_shown_before_it_is_signed(recovery: Person, api: StandIn, case: CaseView) -> None:
    """The acting admin sees the operations before the code is asked for (R27)."""
    api.tell("GET", "/cases/R-1", case)
    api.tell("POST", "/cases/R-1/step-ups", CHALLENGE)
    api.tell("POST", "/cases/R-1/reset", HeardLater(case))
    result = recovery("case", "step-up", "R-1", lines="012345\n")
    assert result.exit_code == 0
    assert "wipe_factors totp f-1" in result.stderr
    assert [one.path.rpartition("/")[2] for one in api.requests] == ["R-1", "step-ups", "reset"]
    assert api.requests[1].body == {"decision": {"kind": "execute"}}


def test_a_refused_step_up_sends_nothing_more(recovery: Person, api: StandIn) -> None:
    """Where the decision would be refused, no code is asked for."""
    api.tell("POST", "/cases/R-1/step-ups", Refused(Code.PRESENCE_MISSING, "No browser waits."))
    result = recovery("case", "step-up", "R-1", lines="")
    assert (result.exit_code, result.stderr) == (1, "presence_missing: No browser waits.\n")


def test_a_software_passkey_answers_for_itself(
    recovery: Person, api: StandIn, case: CaseView, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The key that is asked for is found in the file by its credential id; the file is left as it is."""
    monkeypatch.setenv("RECOVERY_DIRECTORY_ORIGIN", "http://localhost:4711")
    keys = {name: SoftAuthenticator.from_seed(name.encode()) for name in ("cleo", "dev")}
    file = tmp_path / "authenticators.json"
    file.write_text(json.dumps({name: one.to_dict() for name, one in keys.items()}), encoding="utf-8")
    before = file.read_bytes()
    wanted = encode(keys["dev"].credential_id)
    options = {"challenge": "AAAA", "rpId": "localhost", "allowCredentials": [{"id": wanted, "type": "public-key"}]}
    api.tell("POST", "/cases/R-1/step-ups", changed(CHALLENGE, kinds=["webauthn"], webauthn_options=options))
    api.tell("POST", "/cases/R-1/reset", HeardLater(case))
    result = recovery("case", "step-up", "R-1", "--authenticator", str(file))
    assert result.exit_code == 0
    credential = api.requests[-1].body["step_up"]["response"]["credential"]
    assert credential["id"] == wanted
    assert file.read_bytes() == before


def test_a_passkey_without_its_file_needs_the_console(recovery: Person, api: StandIn, tmp_path: Path) -> None:
    """A login that has only a passkey is sent to the browser, and so is one whose file holds other keys."""
    options = {"challenge": "AAAA", "rpId": "localhost", "allowCredentials": [{"id": "x", "type": "public-key"}]}
    api.tell("POST", "/cases/R-1/step-ups", changed(CHALLENGE, kinds=["webauthn"], webauthn_options=options))
    file = tmp_path / "key.json"
    file.write_text(json.dumps(SoftAuthenticator.from_seed(b"x").to_dict()), encoding="utf-8")
    for options_given in ([], ["--authenticator", str(file)]):
        result = recovery("case", "step-up", "R-1", *options_given)
        assert (result.exit_code, result.stderr.split(":")[0]) == (1, "passkey_needs_browser")


def test_codes_are_used_or_unavailable_and_never_both(recovery: Person, api: StandIn, case: CaseView) -> None:
    """Either the sign-in with a code is confirmed, or it is said why no code can be used (R11)."""
    api.tell("POST", "/cases/R-1/codes", case)
    both = recovery("case", "codes", "R-1", "--used", "--unavailable", "never_saved", "--statement", "none were kept")
    assert (both.exit_code, api.requests) == (2, [])
    assert recovery("case", "codes", "R-1", "--used").exit_code == 0
    assert recovery("case", "codes", "R-1", "--unavailable", "never_saved", "--statement", "none kept").exit_code == 0
    assert [one.body for one in api.requests] == [
        {"used": True},
        {"unavailable": "never_saved", "statement": "none kept"},
    ]


@pytest.mark.parametrize("moment", ["yesterday", "2026-11-25T09:00:00"])
def test_a_time_needs_its_offset(recovery: Person, api: StandIn, moment: str) -> None:
    """A ticket's time without zone is refused rather than guessed."""
    result = recovery(
        "case", "verify", "R-1", "--verdict", "verified", "--method", "corroborating_ticket", "--seen", "x",
        "--reference", "y", "--ticket-opened-at", moment, lines="1\n",
    )  # fmt: skip
    assert (result.exit_code, api.requests) == (2, [])
