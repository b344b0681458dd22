"""A sentence is a value: English by itself, with its places filled, and never taken apart."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from pydantic import BaseModel

from domain.texts import Text, any_of, joined, verbatim

NOON = datetime(2026, 11, 29, 12, 0, tzinfo=timezone(timedelta(hours=2)))


class Answer(BaseModel):
    """As services answer."""

    sentence: Text
    because: Text | None = None


def test_the_english_sentence() -> None:
    """Numbers, names, instants in UTC and texts within texts."""
    inner = Text("{days} days", days=14)
    text = Text("{name} has waited {how_long} since {at}.", name="Ada", how_long=inner, at=NOON)
    assert str(text) == "Ada has waited 14 days since 2026-11-29 10:00 UTC."


def test_what_a_value_holds_is_no_place() -> None:
    """Braces in a name stay braces, whatever else the sentence carries."""
    assert str(Text("{a} and {b}.", a="{b}", b="{a}")) == "{b} and {a}."


@pytest.mark.parametrize(("sentence", "values"), [("{a}.", {}), ("{a}.", {"a": "1", "b": "2"}), ("Plain.", {"a": 1})])
def test_a_sentence_has_no_holes(sentence: str, values: dict[str, str]) -> None:
    """Each place has its value, and each value its place."""
    with pytest.raises(ValueError, match="differ"):
        Text(sentence, **values)


def test_several_are_one() -> None:
    """In a row, with what says nothing left out; one by itself stays what it is."""
    one, other = Text("One."), Text("Or {n}.", n=2)
    assert str(joined([one, Text(""), other])) == "One. Or 2."
    assert joined([Text(""), one]) is one
    assert str(joined([one, other], between=", ")) == "One., Or 2."
    assert not joined([])


def test_texts_are_values() -> None:
    """Equal by what they say, and fit for sets; nothing about one can be changed."""
    assert {Text("In {n} days.", n=3), Text("In {n} days.", n=3)} == {Text("In {n} days.", n=3)}
    assert Text("In {n} days.", n=3) != Text("In {n} days.", n=4)
    with pytest.raises(AttributeError):
        Text("One.").id = "Other."  # type: ignore[misc] # frozen
    with pytest.raises(TypeError):
        Text("{n}", n=1).values["n"] = 2  # type: ignore[index] # read only


def test_an_answer_says_the_english() -> None:
    """Programs get a string, described as one."""
    answer = Answer(sentence=Text("In {n} days, {name}.", n=3, name="{n}"))
    assert answer.model_dump(mode="json") == {"sentence": "In 3 days, {n}.", "because": None}
    for mode in ("serialization", "validation"):
        assert Answer.model_json_schema(mode=mode)["properties"]["sentence"]["type"] == "string"


def test_an_answer_that_is_read_again() -> None:
    """What came over a wire is taken as it stands, braces and all."""
    assert Answer.model_validate_json('{"sentence": "In {n} days."}').sentence == verbatim("In {n} days.")
    assert str(verbatim("In {n} days.")) == "In {n} days."
    with pytest.raises(ValueError, match="not a text"):
        Answer.model_validate({"sentence": 5})


def test_instants_are_in_utc() -> None:
    """Whatever zone they came in."""
    assert str(Text("{at}", at=NOON.astimezone(UTC))) == str(Text("{at}", at=NOON))


def test_one_of_several() -> None:
    """Each with its own words; a single one stands by itself."""
    assert str(any_of(["admin"])) == "admin"
    assert str(any_of(["admin", Text("auditor"), "security"])) == "admin or auditor or security"
