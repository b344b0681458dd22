"""What a shell script relies on: one line on standard error, a stable code in front, and the exit code."""

from __future__ import annotations

import json

import pytest

from domain.errors import (
    CaseNotFound,
    InputRefused,
    NotSignedIn,
    PresenceUnusable,
    ProviderUnavailable,
    RecoveryError,
    Refused,
    StepUpLocked,
    StepUpRefused,
    Throttled,
)
from domain.refusal_codes import Code
from service.case_view import CaseView
from starter.statuses import status_of
from tests.cli.api_models import me
from tests.cli.conftest import TOKEN, Person
from tests.cli.stand_in import Foreign, StandIn


def test_a_refusal_is_one_line_with_its_code(recovery: Person, api: StandIn) -> None:
    """A rule's refusal ends with 1 and prints code and sentence."""
    refused = Refused(Code.CASE_ALREADY_OPEN, "Open already.", {"case_id": "c-7"})
    api.tell("POST", "/cases/R-1/cancel", refused)
    result = recovery("case", "cancel", "R-1", "--reason", "subject_withdrew")
    assert result.exit_code == 1
    assert result.stderr == "case_already_open: Open already. (case_id c-7)\n"
    assert result.stdout == ""


@pytest.mark.parametrize(
    ("refusal", "status", "exit_code"),
    [
        (NotSignedIn(), 401, 4),
        (StepUpRefused(), 403, 1),
        (CaseNotFound(), 404, 1),
        (PresenceUnusable(), 409, 1),
        (InputRefused(Code.IDEMPOTENCY_KEY_REUSED, "Used for something else."), 422, 1),
        (StepUpLocked(), 423, 1),
        (Throttled(), 429, 1),
        (ProviderUnavailable(), 503, 3),
    ],
)
def test_each_status_has_its_exit_code(
    *, recovery: Person, api: StandIn, refusal: RecoveryError, status: int, exit_code: int
) -> None:
    """Not signed in is 4, unavailable is 3, everything else that is refused is 1."""
    assert status_of(refusal) == status
    api.tell("POST", "/cases/R-1/cancel", refusal)
    result = recovery("case", "cancel", "R-1", "--reason", "subject_withdrew")
    assert (result.exit_code, result.stderr) == (exit_code, f"{refusal.code}: {refusal}\n")


def test_wrong_usage_is_2(recovery: Person) -> None:
    """Unknown commands, options and values end with 2."""
    for arguments in (
        ["nonsense"],
        ["case", "list", "--nonsense"],
        ["case", "list", "--state", "maybe"],
        ["case", "show"],
    ):
        assert recovery(*arguments).exit_code == 2


def test_nobody_to_ask_is_wrong_usage(recovery: Person, api: StandIn) -> None:
    """Without a terminal a missing option is an error that names the question, not a hang."""
    result = recovery("case", "open")
    assert (result.exit_code, result.stderr.split(":")[0], api.requests) == (2, "input_missing", [])


def test_no_api_is_3(recovery: Person, api: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody listening ends with 3."""
    monkeypatch.setenv("RECOVERY_API_URL", "http://127.0.0.1:1")
    result = recovery("login", "kim.reyes", lines="p\n1\n")
    assert (result.exit_code, result.stderr.split(":")[0]) == (3, "api_unreachable")


def test_not_signed_in_is_4(stranger: Person, api: StandIn) -> None:
    """Without a sign-in nothing is sent."""
    result = stranger("case", "list")
    assert (result.exit_code, result.stderr.split(":")[0], api.requests) == (4, "not_signed_in", [])


@pytest.mark.parametrize("body", [b"<html>proxy</html>", b"[1, 2]", b"\xff", b'{"code": "Not A Code!\\u001b[2J"}'])
@pytest.mark.parametrize("status", [200, 500])
def test_somebody_elses_answer_is_not_believed(recovery: Person, api: StandIn, status: int, body: bytes) -> None:
    """What is not our API's JSON is one clean line, never a traceback or a raw escape (B26)."""
    api.tell("GET", "/audit/check", Foreign(status, body))
    result = recovery("audit", "verify")
    assert "\x1b" not in result.output
    if status == 200 and body.startswith(b"{"):
        # A check that does not say "verified" is none.
        assert (result.exit_code, result.stderr.split(":")[0]) == (1, "audit_not_verified")
    else:
        assert (result.exit_code, result.stderr.split(":")[0]) == (3, "answer_unreadable")


def test_an_act_is_sent_again_under_the_same_key(recovery: Person, api: StandIn, case: CaseView) -> None:
    """When the connection breaks before the answer, the same act is tried again, so it happens once (R33)."""
    api.tell("POST", "/cases/R-1/cancel", case)
    api.drop = 2
    assert recovery("case", "cancel", "R-1", "--reason", "subject_withdrew").exit_code == 0
    keys = [one.headers["Idempotency-Key"] for one in api.asked("POST", "/cases/R-1/cancel")]
    assert len(keys) == 3
    assert len(set(keys)) == 1


def test_two_acts_have_two_keys(recovery: Person, api: StandIn, case: CaseView) -> None:
    """The same command given twice is two acts."""
    api.tell("POST", "/cases/R-1/cancel", case)
    for _ in range(2):
        recovery("case", "cancel", "R-1", "--reason", "subject_withdrew")
    assert len({one.headers["Idempotency-Key"] for one in api.asked("POST", "/cases/R-1/cancel")}) == 2


def test_a_lost_answer_is_told_as_such(recovery: Person, api: StandIn) -> None:
    """After three broken connections the person is told that the act may have taken effect (B27)."""
    api.drop = 99
    result = recovery("case", "cancel", "R-1", "--reason", "subject_withdrew")
    assert (result.exit_code, result.stderr.split(":")[0], len(api.requests)) == (3, "answer_lost", 3)


def test_the_token_travels_in_the_header(recovery: Person, api: StandIn) -> None:
    """The bearer token is a header and part of no address (R44)."""
    api.tell("GET", "/me", me())
    result = recovery("whoami", "--json")
    assert json.loads(result.stdout)["account_id"] == "a-2"
    assert api.requests[0].headers["Authorization"] == f"Bearer {TOKEN}"
    assert TOKEN not in api.requests[0].path


def test_signing_out_forgets_the_token_even_when_the_session_is_over(recovery: Person, api: StandIn) -> None:
    """A session that had ended already is signed out of as well."""
    api.tell("POST", "/sign-out", NotSignedIn())
    assert recovery("logout").exit_code == 0
    assert not recovery.token_file.exists()


def test_signing_out_keeps_the_token_while_the_server_has_not_heard_of_it(recovery: Person, api: StandIn) -> None:
    """An unreachable server leaves the session alive, so the token is kept to end it later."""
    api.drop = 99
    assert recovery("logout").exit_code == 3
    assert recovery.token_file.exists()
