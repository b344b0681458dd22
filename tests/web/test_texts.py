"""Sentences that are values: the template is looked up, then its places are filled; values stay what they are."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from domain.texts import Text, joined, verbatim
from tests.web.test_rendering import templates
from web.languages import translated
from web.texts import Sayable, said

if TYPE_CHECKING:
    from pathlib import Path

WORDS = {
    "{name} waits {days}.": "{days} wartet {name}.",
    "{n} days": "{n} Tage",
    "Until {at}.": "Bis {at}.",
    "Ada": "nobody looks a name up",
}


def german(text: Sayable) -> str:
    """With a catalog of three sentences."""
    return said(text, lambda template: WORDS.get(template, template))


def test_places_move_and_texts_within_texts_are_said_too() -> None:
    """The other language has its own order."""
    assert german(Text("{name} waits {days}.", name="Ada", days=Text("{n} days", n=3))) == "3 Tage wartet Ada."


def test_a_value_is_never_read_as_a_sentence() -> None:
    """A name that looks like a template, or like words of ours, stays a name."""
    assert german(Text("{name} waits {days}.", name="{days}", days="Ada")) == "Ada wartet {days}."
    assert german(verbatim("Until {at}.")) == "Until {at}."


def test_instants_and_rows() -> None:
    """As pages without scripts show them, one sentence after the other."""
    at = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)
    assert german(joined([Text("Until {at}.", at=at), Text("Unknown.")])) == "Bis 2026-11-29 12:00 UTC. Unknown."


def test_english_is_as_the_text_says_it() -> None:
    """One and the same at every door."""
    text = Text("{name} waits {days}.", name="Ada", days=Text("{n} days", n=3))
    assert translated(text, "en") == str(text)


def test_a_known_sentence_in_german() -> None:
    """Out of the real catalog."""
    row = joined([Text("Verify the caller out of band."), Text("You were drawn to do it.")])
    assert translated(row, "de") == "Prüfen Sie die anrufende Person auf einem anderen Weg. Sie wurden dafür gezogen."


@pytest.mark.parametrize("hostile", ["<b>", "50 %", "%(name)s", "%%", '" onload="', "{x}"])
def test_a_page_shows_values_as_they_are(tmp_path: Path, hostile: str) -> None:
    """B26: markup is escaped, and neither per cent signs nor braces name anything."""
    page = templates(tmp_path, "{{ _(what) }}").page("page.html", what=Text("It is {x}.", x=hostile))
    shown = hostile.replace("<", "&lt;").replace(">", "&gt;").replace('"', "&#34;")
    assert bytes(page.body).decode() == f"It is {shown}."
