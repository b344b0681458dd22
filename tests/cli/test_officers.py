"""Security officers at the command line: what they see first, what is sent, and where the reason comes from."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from service.case_view import CaseView
from starter.api.bodies import Cases
from starter.api.reviews import Reviews
from tests.cli.api_models import CHALLENGE, STEP_UP, document, review, summary, tampered
from tests.cli.api_models import paused as paused_case
from tests.cli.conftest import Person
from tests.cli.stand_in import Foreign, StandIn
from tests.cli.test_cases import HOSTILE

WHY = "Met the person at the gate, who had clicked by mistake"
COMMANDS = [
    ("rule", ["--ruling", "resume"], "ruling", "ruling", {"ruling": "resume"}),
    ("release", [], "release", "release", {}),
    ("break-glass", ["--waives", "cooling_off"], "break-glass", "break_glass", {"waives": "cooling_off"}),
    ("review", [], "break-glass/review", "review", {}),
]


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """An officer sits at the terminal; secrets come from the lines too."""
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
def paused() -> CaseView:
    """A case with everything that an officer looks at."""
    return paused_case()


@pytest.mark.parametrize(("command", "options", "path", "kind", "decision"), COMMANDS)
def test_a_decision_is_proved_over_exactly_itself(
    *,
    recovery: Person,
    api: StandIn,
    case: CaseView,
    reason: str,
    command: str,
    options: list[str],
    path: str,
    kind: str,
    decision: dict[str, str],
) -> None:
    """R28: the proof is begun over the reason and choice that are then sent; the reason comes from its file (R03)."""
    api.tell("POST", "/cases/R-1/step-ups", CHALLENGE)
    api.tell("POST", f"/cases/R-1/{path}", case)
    result = recovery("case", command, "R-1", *options, "--because-file", reason, "--json", lines="012345\n")
    assert (result.exit_code, json.loads(result.stdout)) == (0, document(case))
    begun, sent = api.requests
    stated = {**decision, "because": WHY}
    assert begun.body == {"decision": {"kind": kind, **stated}}
    assert sent.body == {**stated, "step_up": {"id": str(STEP_UP), "response": {"kind": "totp", "code": "012345"}}}


@pytest.mark.usefixtures("terminal")
def test_the_case_is_shown_before_it_is_decided(recovery: Person, api: StandIn, paused: CaseView) -> None:
    """R24: an officer sees whose case it is, who objected and what holds it, then is asked what and why."""
    api.tell("GET", "/cases/R-1", paused)
    api.tell("POST", "/cases/R-1/step-ups", CHALLENGE)
    api.tell("POST", "/cases/R-1/ruling", paused)
    result = recovery("case", "rule", "R-1", lines=f"uphold\n{WHY}\n012345\n")
    assert result.exit_code == 0
    assert api.requests[1].body == {"decision": {"kind": "ruling", "ruling": "uphold", "because": WHY}}
    told = ["Kim Reyes", "objected: email c-7", "held: past the brake of the pair", "What do you decide?", "Why?"]
    places = [result.stderr.index(one) for one in told]
    assert places[-2:] == sorted(places[-2:])
    assert max(places[:-2]) < places[-2]
    assert "c-8" not in result.stderr.partition("What do you decide?")[0]


def test_the_whole_course_is_shown(recovery: Person, api: StandIn, paused: CaseView) -> None:
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
def test_text_of_others_is_never_obeyed(*, recovery: Person, api: StandIn, paused: CaseView, text: str) -> None:
    """B26: reasons, sentences and ids reach the screen without a control character or a forged line."""
    of_case = ("waiver.because", "held", "tier_because.0.sentence", "objections.0.contact_id", "drawn.approvers.0")
    api.tell("GET", "/cases/R-1", tampered(paused, text, *of_case))
    of_review = ("reference", "waives", "broken_by", "because")
    listed = Reviews(reviews=[review(WHY)])
    api.tell("GET", "/reviews", tampered(listed, text, *(f"reviews.0.{one}" for one in of_review)))
    for command in (["case", "show", "R-1"], ["reviews"]):
        result = recovery(*command)
        assert result.exit_code == 0
        assert not [one for one in result.stdout if one != "\n" and not one.isprintable()]
        assert "\nforged" not in result.stdout


@pytest.mark.parametrize(
    "answer",
    [
        *(Foreign(200, one) for one in (b"{}", b'{"reviews": null}', b'{"reviews": [7]}')),
        Reviews(reviews=[]),
    ],
)
def test_no_reviews(recovery: Person, api: StandIn, answer: Reviews | Foreign) -> None:
    """R39: nothing to review is said, whatever the answer looks like."""
    api.tell("GET", "/reviews", answer)
    result = recovery("reviews")
    assert (result.exit_code, result.stdout) == (0, "No reviews are open.\n")


def test_reviews_name_who_and_why(recovery: Person, api: StandIn) -> None:
    """R39: each open review is a line with the waiver, its officer and the reason; one's own says who reviews it."""
    api.tell("GET", "/reviews", Reviews(reviews=[review(WHY), review(WHY, by_you=True)]))
    first, second = recovery("reviews").stdout.splitlines()[1:]
    assert all(text in first for text in ("R-1A2B-3C4D", "cooling_off", "a-5", "2026-11-25 09:05:00 UTC", WHY))
    assert "another officer reviews it" in second


@pytest.mark.parametrize("content", [b"", b"  \n ", b"\xff\xfe", b"x" * 9000])
def test_a_file_that_is_no_reason(recovery: Person, api: StandIn, tmp_path: Path, content: bytes) -> None:
    """An empty, unreadable or endless file is refused before anything is sent."""
    file = tmp_path / "because.txt"
    file.write_bytes(content)
    result = recovery("case", "release", "R-1", "--because-file", str(file), lines="012345\n")
    assert (result.exit_code, api.requests) == (2, [])


def test_a_reason_needs_somebody_to_ask(recovery: Person, api: StandIn) -> None:
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
    *, recovery: Person, api: StandIn, case: CaseView, method: str, lines: str, evidence: dict[str, Any]
) -> None:
    """R14 R16: the voucher, how they confirmed it, and the photo's age are asked for where they count."""
    api.tell("POST", "/cases/R-1/step-ups", CHALLENGE)
    api.tell("POST", "/cases/R-1/verdicts", case)
    result = recovery(
        "case", "verify", "R-1", "--verdict", "verified", "--method", method, "--seen", "x", "--reference", "y",
        lines=f"{lines}012345\n",
    )  # fmt: skip
    assert result.exit_code == 0, result.stderr
    assert api.requests[0].body["decision"]["evidence"] == {"seen": "x", "reference": "y", **evidence}


def test_the_age_of_a_photo_needs_its_offset(recovery: Person, api: StandIn) -> None:
    """R16: since when a photo is on record is refused without a zone rather than guessed."""
    result = recovery(
        "case", "verify", "R-1", "--verdict", "verified", "--method", "video_call", "--seen", "x", "--reference", "y",
        "--record-since", "2024-03-01", lines="1\n",
    )  # fmt: skip
    assert (result.exit_code, api.requests) == (2, [])
    assert "--record-since" in result.stderr


def test_lists_tell_what_waits_for_whom(recovery: Person, api: StandIn, paused: CaseView) -> None:
    """R24: an officer lists what waits for security; an empty list says what was looked for."""
    api.tell("GET", "/cases", Cases(cases=[summary(paused)]), Cases(cases=[]))
    result = recovery("case", "list", "--waiting-for", "security")
    assert "waiting_for=security" in api.requests[0].path
    assert "a security officer" in result.stdout
    assert recovery("case", "list", "--waiting-for", "security").stdout == "No cases (waiting for security).\n"
