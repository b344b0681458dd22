"""Security officers at the command line: what they see first, what is sent, and where the reason comes from."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import FakeApi, Person
from tests.cli.test_cases import CHALLENGE, HOSTILE

WHY = "Met the person at the gate, who had clicked by mistake"
COMMANDS = [
    ("rule", ["--ruling", "resume"], "ruling", "ruling", {"ruling": "resume"}),
    ("release", [], "release", "release", {}),
    ("break-glass", ["--waives", "cooling_off"], "break-glass", "break_glass", {"waives": "cooling_off"}),
    ("review", [], "break-glass/review", "review", {}),
]


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody sits at the terminal; secrets come from the lines too."""
    for module in ("asking", "decisions", "officers"):
        monkeypatch.setattr(f"starter.cli.{module}.interactive", lambda: True)
    monkeypatch.setattr("getpass.getpass", lambda _: input())


@pytest.fixture
def reason(tmp_path: Path) -> str:
    """A file with the reason."""
    file = tmp_path / "because.txt"
    file.write_text(f"  {WHY}\n", encoding="utf-8")
    return str(file)


@pytest.fixture
def paused(case: dict[str, Any]) -> dict[str, Any]:
    """A case with everything that an officer looks at."""
    return {
        **case,
        "waiting_for": "security",
        "code": "paused_by_objection",
        "next_step": "Find out who objected.",
        "tier": "privileged",
        "tier_because": [{"code": "recovered_lately", "sentence": "This person was recovered lately."}],
        "held": "pair",
        "suspended": True,
        "demonstration": True,
        "cooling_off": {
            "seconds": 4, "until": None, "over": False, "code": "notice_awaited", "default_seconds": 14400,
            "waived": False,
        },
        "drawn": {
            "approvers": ["a-9"], "eligible": 3, "since": "2026-11-25T09:00:00Z", "remind_at": "2026-11-25T09:10:00Z",
            "escalate_at": "2026-11-25T09:20:00Z", "mine": True,
        },
        "objections": [
            {"at": "2026-11-25T09:05:00Z", "contact_id": "c-7", "kind": "email", "open": True},
            {"at": "2026-11-25T09:02:00Z", "contact_id": "c-8", "kind": "mobile", "open": False},
        ],
        "waiver": {
            "waives": "strong_method", "at": "2026-11-25T09:03:00Z", "by": "a-5", "because": "The harbour is dark",
            "reviewed_at": None, "reviewed_by": None,
        },
        "review_open": True,
        "watch": {"until": "2026-11-28T09:00:00Z", "ended": False},
        "deadlines": [{"what": "expires", "at": "2026-11-28T09:00:00Z", "sentence": "The case expires."}],
    }  # fmt: skip


@pytest.mark.parametrize(("command", "options", "path", "kind", "decision"), COMMANDS)
def test_a_decision_is_proved_over_exactly_itself(
    *,
    recovery: Person,
    api: FakeApi,
    case: dict[str, Any],
    reason: str,
    command: str,
    options: list[str],
    path: str,
    kind: str,
    decision: dict[str, str],
) -> None:
    """R28: the proof is begun over the reason and choice that are then sent; the reason comes from its file (R03)."""
    api.tell("POST", "/cases/R-1/step-ups", CHALLENGE, status=201)
    api.tell("POST", f"/cases/R-1/{path}", case)
    result = recovery("case", command, "R-1", *options, "--because-file", reason, "--json", lines="012345\n")
    assert (result.exit_code, json.loads(result.stdout)) == (0, case)
    begun, sent = api.requests
    stated = {**decision, "because": WHY}
    assert begun.body == {"decision": {"kind": kind, **stated}}
    assert sent.body == {**stated, "step_up": {"id": "s-1", "response": {"kind": "totp", "code": "012345"}}}


@pytest.mark.usefixtures("terminal")
def test_the_case_is_shown_before_it_is_decided(recovery: Person, api: FakeApi, paused: dict[str, Any]) -> None:
    """R24: an officer sees whose case it is, who objected and what holds it, then is asked what and why."""
    api.tell("GET", "/cases/R-1", paused)
    api.tell("POST", "/cases/R-1/step-ups", CHALLENGE, status=201)
    api.tell("POST", "/cases/R-1/ruling", paused)
    result = recovery("case", "rule", "R-1", lines=f"uphold\n{WHY}\n012345\n")
    assert result.exit_code == 0
    assert api.requests[1].body == {"decision": {"kind": "ruling", "ruling": "uphold", "because": WHY}}
    told = ["Kim Reyes", "objected: email c-7", "held: past the brake of the pair", "What do you decide?", "Why?"]
    places = [result.stderr.index(one) for one in told]
    assert places[-2:] == sorted(places[-2:])
    assert max(places[:-2]) < places[-2]
    assert "c-8" not in result.stderr.partition("What do you decide?")[0]


def test_the_whole_course_is_shown(recovery: Person, api: FakeApi, paused: dict[str, Any]) -> None:
    """R22 R24 R25 R39 R41: a case on the screen names who has to act, what holds it, until when, and the waiver."""
    api.tell("GET", "/cases/R-1", paused)
    result = recovery("case", "show", "R-1")
    assert result.exit_code == 0
    assert "Waiting for a security officer" in result.stdout.splitlines()[0]
    for text in (
        "This person was recovered lately.", "past the brake of the pair", "disabled until an officer rules",
        "4 s, not counting yet; the default would be 4 h (this tenant's policy is a demonstration)",
        "a-9 (you), of 3 eligible; others from 2026-11-25 09:20:00 UTC", "waived strong_method by a-5",
        "The harbour is dark; another officer has to review it", "until 2026-11-28 09:00:00 UTC", "The case expires.",
    ):  # fmt: skip
        assert text in result.stdout
    assert [line.split()[-1] for line in result.stdout.splitlines() if " c-7 " in line or " c-8 " in line] == [
        "yes", "no",
    ]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
def test_text_of_others_is_never_obeyed(*, recovery: Person, api: FakeApi, paused: dict[str, Any], text: str) -> None:
    """B26: reasons, sentences and ids reach the screen without a control character or a forged line."""
    paused["waiver"]["because"] = paused["held"] = paused["tier_because"][0]["sentence"] = text
    paused["objections"][0]["contact_id"] = paused["drawn"]["approvers"][0] = text
    api.tell("GET", "/cases/R-1", paused)
    api.tell("GET", "/reviews", {"reviews": [{"reference": text, "waives": text, "broken_by": text, "because": text}]})
    for command in (["case", "show", "R-1"], ["reviews"]):
        result = recovery(*command)
        assert result.exit_code == 0
        assert not [one for one in result.stdout if one != "\n" and not one.isprintable()]
        assert "\nforged" not in result.stdout


@pytest.mark.parametrize("answer", [{}, {"reviews": None}, {"reviews": [7]}, {"reviews": []}])
def test_no_reviews(recovery: Person, api: FakeApi, answer: dict[str, Any]) -> None:
    """R39: nothing to review is said, whatever the answer looks like."""
    api.tell("GET", "/reviews", answer)
    result = recovery("reviews")
    assert (result.exit_code, result.stdout) == (0, "No reviews are open.\n")


def test_reviews_name_who_and_why(recovery: Person, api: FakeApi) -> None:
    """R39: each open review is a line with the waiver, its officer and the reason; one's own says who reviews it."""
    one = {"reference": "R-1A2B-3C4D", "waives": "cooling_off", "broken_by": "a-5", "because": WHY, "by_you": False,
           "waiting_since": "2026-11-25T09:05:00Z"}  # fmt: skip
    api.tell("GET", "/reviews", {"reviews": [one, {**one, "by_you": True}]})
    first, second = recovery("reviews").stdout.splitlines()[1:]
    assert all(text in first for text in ("R-1A2B-3C4D", "cooling_off", "a-5", "2026-11-25 09:05:00 UTC", WHY))
    assert "another officer reviews it" in second


@pytest.mark.parametrize("content", [b"", b"  \n ", b"\xff\xfe", b"x" * 9000])
def test_a_file_that_is_no_reason(recovery: Person, api: FakeApi, tmp_path: Path, content: bytes) -> None:
    """An empty, unreadable or endless file is refused before anything is sent."""
    file = tmp_path / "because.txt"
    file.write_bytes(content)
    result = recovery("case", "release", "R-1", "--because-file", str(file), lines="012345\n")
    assert (result.exit_code, api.requests) == (2, [])


def test_a_reason_needs_somebody_to_ask(recovery: Person, api: FakeApi) -> None:
    """R03: without a terminal and a file nobody is asked, and no line meant as a code becomes the reason."""
    result = recovery("case", "release", "R-1", lines="012345\n")
    assert (result.exit_code, api.requests) == (2, [])
    assert "--because-file" in result.stderr


@pytest.mark.usefixtures("terminal")
@pytest.mark.parametrize(
    ("method", "lines", "evidence"),
    [
        (
            "corroborating_ticket",
            "callback\nyes\na-7\n2026-11-25T10:30:00+01:00\n",
            {
                "author_confirmed": "callback", "quotes_case": True, "author_id": "a-7",
                "ticket_opened_at": "2026-11-25T10:30:00+01:00",
            },
        ),
        ("recovery_contact", "2\na-7\n", {"author_confirmed": "sign_in", "quotes_case": False, "author_id": "a-7"}),
        (
            "video_call",
            "2024-03-01T00:00:00+00:00\n",
            {"record_since": "2024-03-01T00:00:00+00:00", "quotes_case": False},
        ),
        ("callback", "c-1\n", {"contact_id": "c-1", "quotes_case": False}),
        ("in_person", "", {"quotes_case": False}),
    ],
)  # fmt: skip
def test_verify_asks_for_what_the_method_needs(
    *, recovery: Person, api: FakeApi, case: dict[str, Any], method: str, lines: str, evidence: dict[str, Any]
) -> None:
    """R14 R16: whoever vouches, how they confirmed it, and the photo's age are asked for where they count."""
    api.tell("POST", "/cases/R-1/step-ups", CHALLENGE, status=201)
    api.tell("POST", "/cases/R-1/verdicts", case)
    result = recovery(
        "case", "verify", "R-1", "--verdict", "verified", "--method", method, "--seen", "x", "--reference", "y",
        lines=f"{lines}012345\n",
    )  # fmt: skip
    assert result.exit_code == 0, result.stderr
    assert api.requests[0].body["decision"]["evidence"] == {"seen": "x", "reference": "y", **evidence}


def test_the_age_of_a_photo_needs_its_offset(recovery: Person, api: FakeApi) -> None:
    """R16: since when a photo is on record is refused without a zone rather than guessed."""
    result = recovery(
        "case", "verify", "R-1", "--verdict", "verified", "--method", "video_call", "--seen", "x", "--reference", "y",
        "--record-since", "2024-03-01", lines="1\n",
    )  # fmt: skip
    assert (result.exit_code, api.requests) == (2, [])
    assert "--record-since" in result.stderr


def test_lists_tell_what_waits_for_whom(recovery: Person, api: FakeApi, paused: dict[str, Any]) -> None:
    """R24: an officer lists what waits for security; an empty list says what was looked for."""
    api.tell("GET", "/cases", {"cases": [paused]}, {"cases": []})
    result = recovery("case", "list", "--waiting-for", "security")
    assert "waiting_for=security" in api.requests[0].path
    assert "a security officer" in result.stdout
    assert recovery("case", "list", "--waiting-for", "security").stdout == "No cases (waiting for security).\n"
