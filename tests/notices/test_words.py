"""The words of notices: calm, complete, without secrets, and plain text whatever a name contains (R23, R44, B26)."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from html.parser import HTMLParser

import pytest

from domain.notice_words import Told, clean, instant, words
from domain.notices import TO_STAFF, Audience, Occasion

AT = datetime(2026, 11, 25, 12, 30, tzinfo=UTC)
LINK = "https://stop.acme.example/stop/k1-0123.abcdef"
CORPUS = [
    "<img src=x onerror=alert(1)>", '"><script>alert(1)</script>', "[x](javascript:alert(1))", "=HYPERLINK(1)",
    "+1", "-1", "@x", "\tx", "\rx", "a\nReset approved", "a\u2028b", "a\x85b", "\x1b[2J", "\u202egpj", "a\0b",
    "\ud800", "x" * 3_000_000, "{tenant}", "{0.__class__}", "%s", "https://evil.example/", "Acme & Söhne",
]  # fmt: skip
SUBJECTS = sorted(set(Occasion) - TO_STAFF)
READERS = sorted(set(Audience) - {Audience.STAFF})


def told(occasion: Occasion = Occasion.OPENED, audience: Audience = Audience.ON_RECORD, **changes: object) -> Told:
    """A notice about a case at Acme."""
    facts: dict[str, object] = {
        "tenant": "Acme", "reference": "R-3F2B-8C1E", "at": AT, "help_line": "the IT help desk, +44 20 7946 0000",
        "until": AT.replace(day=28), "begins": None, "stop_url": LINK,
    }  # fmt: skip
    return Told(occasion=occasion, audience=audience, **{**facts, **changes})  # type: ignore[arg-type]


class Reader(HTMLParser):
    """The elements, links and texts of a page."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[str] = []
        self.links: list[str] = []
        self.attributes: set[str] = set()
        self.words: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
        self.attributes |= {name for name, _ in attrs}
        self.links += [value or "" for name, value in attrs if name in {"href", "src", "action"}]

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.words.append(data.strip())


@pytest.mark.parametrize("audience", READERS)
@pytest.mark.parametrize("occasion", SUBJECTS)
def test_every_notice_says_what_when_until_when_and_whom_to_call(occasion: Occasion, audience: Audience) -> None:
    """R23: tenant, case, time with its offset, the deadline, the stop link and a number, in text and HTML alike."""
    made = words(told(occasion, audience))
    wanted = ["Acme", "R-3F2B-8C1E", "2026-11-25 12:30 UTC (+00:00)", "2026-11-28 12:30 UTC (+00:00)", LINK, "+44 20"]
    assert [one for one in wanted if one not in made.text] == []
    read = Reader(made.html)
    assert [one for one in wanted if one not in " ".join(read.words)] == []
    assert read.links == [LINK]
    assert not any(word in made.text.lower() for word in ("urgent", "immediately", "!", "verify your", "click"))


@pytest.mark.parametrize("occasion", sorted(TO_STAFF))
def test_people_who_work_on_cases_get_no_stop_link(occasion: Occasion) -> None:
    """Staff act in the console, where they are signed in; nothing in their mail can be pressed."""
    made = words(told(occasion, Audience.STAFF, stop_url=None, until=None, code="objection"))
    assert "http" not in made.text
    assert Reader(made.html).links == []
    assert "R-3F2B-8C1E" in made.text


def test_an_unknown_alert_is_told_without_its_code() -> None:
    """A code that this release has no words for is not printed as it is."""
    made = words(told(Occasion.SECURITY_ALERT, Audience.STAFF, stop_url=None, code="<b>new_code</b>"))
    assert "new_code" not in made.text + made.html


def test_a_contact_that_was_added_meanwhile_gets_a_plain_notice() -> None:
    """R05: the reader of the new address learns that it was added, and nothing of the one before."""
    old = words(told(Occasion.CONTACT_CHANGED))
    new = words(told(Occasion.CONTACT_CHANGED, Audience.NEWLY_ADDED))
    assert "takes over" in old.text
    assert "takes over" not in new.text
    assert "added" in new.subject


@pytest.mark.parametrize("hostile", CORPUS)
def test_hostile_names_stay_text(hostile: str) -> None:
    """B26: a tenant's name or help line adds no element, no link, no line and no direction change."""
    plain, made = words(told()), words(told(tenant=hostile, help_line=hostile))
    assert Reader(made.html).elements == Reader(plain.html).elements
    assert Reader(made.html).attributes == Reader(plain.html).attributes
    assert Reader(made.html).links == [LINK]
    assert "\n" not in made.subject
    assert len(made.text.splitlines()) == len(plain.text.splitlines())
    assert len(made.text) < 5000
    for text in (made.subject, made.text, made.html):
        text.encode()
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]", text)


def test_clean_keeps_what_people_write() -> None:
    """Letters of every script, spaces and punctuation stay."""
    for name in ("Müller & Söhne", "株式会社アクメ", "Ακμή A.E.", "O'Neil-Smith (UK)"):
        assert clean(name) == name


def test_an_instant_is_utc_whatever_it_came_in() -> None:
    """Times are UTC with the offset spelled out."""
    elsewhere = datetime.fromisoformat("2026-11-25T14:30:00+02:00")
    assert instant(elsewhere) == "2026-11-25 12:30 UTC (+00:00)"


def test_nothing_of_a_notice_is_in_its_repr() -> None:
    """R44: neither link nor text of a notice can end in a log by accident."""
    assert LINK not in repr(told()) + repr(words(told()))
