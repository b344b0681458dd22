"""What the command line lets somebody ask for is what the API grants (M15)."""

from __future__ import annotations

import pytest

from service.next_steps import WAITING_FOR
from starter.cli.cases import WaitingFor
from starter.wishes.limits import MOST_CAMPAIGNS, MOST_CASES, MOST_EVENTS
from tests.cli.conftest import FakeApi, Person


@pytest.mark.parametrize(
    ("command", "place", "most"),
    [
        (("case", "list"), "/cases", MOST_CASES),
        (("audit", "events"), "/audit/events", MOST_EVENTS),
        (("campaign", "list"), "/campaigns", MOST_CAMPAIGNS),
    ],
)
def test_the_most_that_the_command_line_asks_for(
    recovery: Person, api: FakeApi, command: tuple[str, str], place: str, most: int
) -> None:
    """M15: the largest number is sent, one more is refused before anything is asked."""
    api.tell("GET", place, {})
    assert recovery(*command, "--limit", str(most)).exit_code == 0
    assert f"limit={most}" in api.asked("GET", place)[0].path
    assert recovery(*command, "--limit", str(most + 1)).exit_code == 2
    assert len(api.asked("GET", place)) == 1


def test_those_waited_for_are_the_same() -> None:
    """Everybody the API lists cases for may be named at the command line; nobody has no list."""
    assert {one.value for one in WaitingFor} == set(WAITING_FOR) - {"nobody"}
