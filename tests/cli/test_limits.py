"""What the command line lets a user ask for is what the API grants (M15)."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import BaseModel

from service import auditing
from service.case_view import CaseView
from service.next_steps import WAITING_FOR
from starter.api.audit import Events
from starter.api.bodies import Cases
from starter.api.campaigns import Campaigns
from starter.cli.audit_commands import ExportFormat
from starter.cli.cases import WaitingFor
from starter.wishes.limits import LARGEST_IMPORT_BYTES, LONGEST_TEXT, MOST_CAMPAIGNS, MOST_CASES, MOST_EVENTS
from tests.cli.api_models import CHALLENGE
from tests.cli.conftest import Person
from tests.cli.stand_in import StandIn


@pytest.mark.parametrize(
    ("command", "place", "nothing", "most"),
    [
        (("case", "list"), "/cases", Cases(cases=[]), MOST_CASES),
        (("audit", "events"), "/audit/events", Events(events=[]), MOST_EVENTS),
        (("campaign", "list"), "/campaigns", Campaigns(campaigns=[]), MOST_CAMPAIGNS),
    ],
)
def test_the_most_that_the_command_line_asks_for(
    *, recovery: Person, api: StandIn, command: tuple[str, str], place: str, nothing: BaseModel, most: int
) -> None:
    """M15: the largest number is sent, one more is refused before anything is asked."""
    api.tell("GET", place, nothing)
    assert recovery(*command, "--limit", str(most)).exit_code == 0
    assert f"limit={most}" in api.asked("GET", place)[0].path
    assert recovery(*command, "--limit", str(most + 1)).exit_code == 2
    assert len(api.asked("GET", place)) == 1


def test_those_waited_for_are_the_same() -> None:
    """Everybody the API lists cases for may be named at the command line; nobody has no list."""
    assert {one.value for one in WaitingFor} == set(WAITING_FOR) - {"nobody"}


def test_the_largest_document_with_people(recovery: Person, api: StandIn, tmp_path: Path) -> None:
    """M15: what the API takes is read here, one byte more is refused before it is; they were 480 KB apart."""
    file = tmp_path / "people.json"
    for size, sentence in ((LARGEST_IMPORT_BYTES, "is no JSON"), (LARGEST_IMPORT_BYTES + 1, "is larger than")):
        with file.open("wb") as opened:
            opened.truncate(size)
        result = recovery("directory", "import", str(file))
        assert (result.exit_code, result.stderr.split(":")[0]) == (2, "input_unreadable")
        assert sentence in result.stderr
    assert api.requests == []


def test_the_longest_reason_in_a_file(recovery: Person, api: StandIn, case: CaseView, tmp_path: Path) -> None:
    """As many characters as the API takes, four bytes each, fit into the file with a reason."""
    file = tmp_path / "because.txt"
    api.tell("POST", "/cases/R-1/step-ups", CHALLENGE)
    api.tell("POST", "/cases/R-1/release", case)
    file.write_text("\U0001f6a2" * LONGEST_TEXT, encoding="utf-8")
    result = recovery("case", "release", "R-1", "--because-file", str(file), lines="012345\n")
    assert result.exit_code == 0, result.stderr
    file.write_text("\U0001f6a2" * (LONGEST_TEXT + 1), encoding="utf-8")
    assert recovery("case", "release", "R-1", "--because-file", str(file), lines="012345\n").exit_code == 2


def test_exports_have_the_same_forms() -> None:
    """The command line asks for a form of export by the API's own words."""
    assert {one.value for one in ExportFormat} == {one.value for one in auditing.ExportFormat}
