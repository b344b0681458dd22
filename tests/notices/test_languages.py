"""Notices and announcements in the language of the tenant's people (RECOVERY_NOTICE_LANGUAGE)."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import product
from typing import TYPE_CHECKING

import pytest
from pydantic import ValidationError

from compose.notices import announcement_relay, notice_relay, speech_of
from domain.campaign_words import announcement_words
from domain.notice_words import Told, words
from domain.notices import Audience, Occasion
from settings import Settings
from tests.notices.test_words import AT, CORPUS, LINK, Reader, told
from tests.support.database import pool_of

if TYPE_CHECKING:
    from domain.notice_words import Words
    from tests.support.world import World

GERMAN = Settings(notice_language="de")
EVERY = [*product(Occasion, Audience)]
ALERTS = ("objection", "objection_late", "verification_failed", "glass_broken", "suspended_after_objection", "new")


def in_german(what: Told) -> Words:
    """As the relay of a German-speaking tenant writes it."""
    return words(what, speech_of(GERMAN))


def announced(stage: str, settings: Settings) -> Words:
    """An announcement in the language that is set."""
    end = datetime(2026, 12, 1, 9, tzinfo=UTC)
    return announcement_words(
        stage=stage, tenant="Acme", enforce_at=end, help_line="+44 20", speech=speech_of(settings)
    )


def paragraphs(made: Words) -> list[str]:
    """The paragraphs of its text."""
    return made.text.strip().split("\n\n")


@pytest.mark.parametrize(("occasion", "audience"), EVERY)
def test_every_notice_speaks_german(occasion: Occasion, audience: Audience) -> None:
    """R23: the same facts in the same order, and not one sentence that stayed English."""
    for code in ALERTS if occasion is Occasion.SECURITY_ALERT else ("",):
        what = told(occasion, audience, code=code, begins=AT.replace(day=26))
        english, german = words(what), in_german(what)
        assert len(paragraphs(german)) == len(paragraphs(english))
        same = set(paragraphs(german)) & set(paragraphs(english))
        assert same <= {LINK}
        assert german.subject != english.subject
        for fact in ("Acme", "R-3F2B-8C1E", "2026-11-25 12:30 UTC (+00:00)", "+44 20 7946 0000", LINK):
            assert german.text.count(fact) == english.text.count(fact), fact
            assert german.html.count(fact) == english.html.count(fact), fact
        assert "{" not in german.text
        assert '<html lang="de">' in german.html
        assert Reader(german.html).elements == Reader(english.html).elements


@pytest.mark.parametrize("stage", ["announced", "reminder_3"])
def test_every_announcement_speaks_german(stage: str) -> None:
    """R40: when, where and whom to call are the same, the sentences are not."""
    english, german = announced(stage, Settings()), announced(stage, GERMAN)
    assert not set(paragraphs(german)) & set(paragraphs(english))
    assert len(paragraphs(german)) == len(paragraphs(english))
    for fact in ("Acme", "2026-12-01 09:00 UTC (+00:00)", "+44 20"):
        assert fact in german.text
    assert '<html lang="de">' in german.html
    assert "http" not in german.text


@pytest.mark.parametrize("hostile", CORPUS)
def test_hostile_names_stay_text_in_german_too(hostile: str) -> None:
    """B26: a name is put into a sentence after it was translated, and never looked at again."""
    what = told(tenant=hostile, help_line=hostile)
    plain, made = in_german(told()), in_german(what)
    assert Reader(made.html).elements == Reader(plain.html).elements
    assert Reader(made.html).links == [LINK]
    assert len(made.text.splitlines()) == len(plain.text.splitlines())
    assert "\n" not in made.subject


def test_english_is_what_is_said_unless_something_else_is_set() -> None:
    """Nothing changes for who sets nothing; a language that nobody has translated is no setting."""
    for occasion, audience in EVERY:
        what = told(occasion, audience)
        assert words(what) == words(what, speech_of(Settings()))
    with pytest.raises(ValidationError, match="notice_language"):
        Settings(notice_language="fr")


async def test_the_relay_writes_in_the_language_that_is_set(w: World) -> None:
    """R23: what leaves is German, the help line that nobody has set included."""
    await w.open("bo", "kim")
    await notice_relay(w.parts, Settings(notice_language="de", notice_channels="outbox")).work()
    kept = await pool_of(w.parts.ledger).fetch("SELECT subject, text FROM recovery.kept_notices")
    assert kept
    for one in kept:
        assert "Die Wiederherstellung eines zweiten Faktors wurde beantragt" in one["subject"]
        assert "Ihr Helpdesk, unter einer Nummer, die Sie schon kennen" in one["text"]


async def test_announcements_take_the_same_setting(w: World) -> None:
    """R40: both relays are wired with one language and one help line."""
    relay = announcement_relay(w.parts, Settings(notice_language="de", notice_channels="outbox"))
    assert relay._parts.speech.language == "de"
    assert relay._parts.help_line == "Ihr Helpdesk, unter einer Nummer, die Sie schon kennen"
