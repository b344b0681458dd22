"""The command line in German: what is said changes, what programs read and what people typed does not."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from domain.errors import CaseNotFound
from domain.texts import Text as Sentence
from settings import terminal_language
from starter.api.bodies import Cases
from starter.cli.language import Language
from tests.cli.api_models import document, paused, verdict
from tests.web.extraction import ROOT
from tests.web.terminal import words_in
from web.languages import translated
from web.texts import PLACE

if TYPE_CHECKING:
    from service.case_view import CaseView
    from tests.cli.conftest import Person
    from tests.cli.stand_in import StandIn

GERMAN = ("--language", "de")


def test_a_case_in_german(recovery: Person, api: StandIn) -> None:
    """Headings, names and sentences are German, and the facts are the same."""
    api.tell("GET", "/cases/R-1", paused())
    english, german = recovery("case", "show", "R-1").stdout, recovery(*GERMAN, "case", "show", "R-1").stdout
    for said in (
        "Wartet auf: Sicherheitsbeauftragte", "läuft ab", "über der Bremse (pair)", "4 s, läuft noch nicht; üblich",
        "auf strong_method verzichtet von a-5", "a-9 (Sie), von 3 Berechtigten", "Einspruch", "was geschieht",
        "Aussage (vom Agenten eingegeben, nicht geprüft)",
    ):  # fmt: skip
        assert said in german
        assert said not in english
    for fact in ("Kim Reyes", "R-1A2B-3C4D", "The harbour is dark", "lost on the ferry", "2026-11-28 09:00:00 UTC"):
        assert german.count(fact) == english.count(fact)


def test_json_and_exit_codes_are_the_same(recovery: Person, api: StandIn, case: CaseView) -> None:
    """A program need not know which language its user speaks."""
    api.tell("GET", "/cases/R-1", case)
    german = recovery(*GERMAN, "case", "show", "R-1", "--json")
    assert json.loads(german.stdout) == document(case)
    assert german.stdout == recovery("case", "show", "R-1", "--json").stdout
    assert recovery(*GERMAN, "case", "list", "--state", "maybe").exit_code == 2


def test_refusals_are_german_and_their_codes_are_not(recovery: Person, stranger: Person, api: StandIn) -> None:
    """The product's own sentences come from the API in the same language; the command line's are its own."""
    api.tell("GET", "/cases/R-1", CaseNotFound())
    for arguments in (GERMAN, ("--language", "en")):
        result = recovery(*arguments, "case", "show", "R-1")
        sentence = translated(CaseNotFound().text, arguments[1])
        assert (result.exit_code, result.stderr) == (1, f"case_not_found: {sentence}\n")
        assert api.requests[-1].headers["Accept-Language"] == arguments[1]
    recovery.token_file.unlink()
    told = stranger(*GERMAN, "case", "list")
    assert (told.exit_code, told.stderr) == (4, "not_signed_in: Melden Sie sich zuerst mit „recovery login“ an.\n")


@pytest.mark.parametrize(
    ("variables", "spoken"),
    [
        ({"LC_ALL": "de_DE.UTF-8", "LANG": "en_GB.UTF-8"}, "Keine Fälle (open).\n"),
        ({"LC_ALL": "", "LC_MESSAGES": "de_AT", "LANG": "en_GB.UTF-8"}, "Keine Fälle (open).\n"),
        ({"LC_ALL": "", "LC_MESSAGES": "", "LANG": "de"}, "Keine Fälle (open).\n"),
        ({"LC_ALL": "C.UTF-8", "LANG": "de_DE.UTF-8"}, "No cases (open).\n"),
        ({"LC_ALL": "fr_FR.UTF-8"}, "No cases (open).\n"),
        ({"LC_ALL": "", "LC_MESSAGES": "", "LANG": ""}, "No cases (open).\n"),
    ],
)
def test_the_terminal_says_which(
    *, recovery: Person, api: StandIn, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], spoken: str
) -> None:
    """POSIX's order; a language that nobody has translated is English; an option goes before all of them."""
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    api.tell("GET", "/cases", Cases(cases=[]))
    assert recovery("case", "list").stdout == spoken
    assert recovery("--language", "en", "case", "list").stdout == "No cases (open).\n"
    assert terminal_language() in {"de", "c", "fr", "en"}


def test_a_question_takes_the_answer_of_its_language(
    recovery: Person, api: StandIn, case: CaseView, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R1: yes or no, in German or as programs say it; words of ours that are sent stay what they are."""
    monkeypatch.setattr("starter.cli.asking.interactive", lambda: True)
    api.tell("POST", "/cases", case)
    for answer, sent in (("ja", True), ("j", True), ("yes", True), ("nein", False), ("n", False)):
        lines = f"kim.reyes\nlost_phone\n{answer}\nno\n\n\n\n\n"
        result = recovery(*GERMAN, "case", "open", lines=lines)
        assert result.exit_code == 0, result.stderr
        assert "Wer ist ausgesperrt?" in result.stderr
        assert api.requests[-1].body["cannot_complete_mfa"] is sent


def test_a_verdict_s_names_are_told_from_its_facts(recovery: Person, api: StandIn, case: CaseView) -> None:
    """B26: what came from elsewhere is never looked up: a statement that is a word of ours stays as it was typed."""
    stated = case.stated.model_copy(update={"statement": "Stopped."})
    shown = case.model_copy(update={"stated": stated, "verification": case.verification})
    api.tell("GET", "/cases/R-1", shown)
    german = recovery(*GERMAN, "case", "show", "R-1").stdout
    assert "Stopped." in german
    assert "Beendet." not in german
    assert verdict().method.value not in german


def test_everything_that_is_said_has_words() -> None:
    """What the command line says is found in its code, and each of it is in the catalog of every language."""
    found = {one for path in (ROOT / "starter/cli").glob("*.py") for one in words_in(path.read_text("utf-8"))}
    assert len(found) > 200
    same = {one for one in found if translated(_text(one), Language.DE.value) == one}
    assert same <= {"Phase", "phase", "status", "code", "plan", "Code", "Ticket", "ticket", "person"}


def _text(sentence: str) -> Sentence:
    return Sentence(sentence, **dict.fromkeys(PLACE.findall(sentence), "x"))
