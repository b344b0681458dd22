"""The words of a campaign's announcements and reminders: plain text and HTML, without a link or a name (R40)."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from domain.campaign import ANNOUNCED
from domain.notice_words import ENGLISH, SOME_TENANT, Speech, Words, clean, filled, instant
from domain.texts import Text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

_FIRST = (
    "A second factor will be needed to sign in",
    "From {when} on, signing in at {tenant} needs a second factor: an authenticator app or a security key.",
)
_AGAIN = (
    "Set up your second factor in time",
    "Your account at {tenant} has no second factor yet. From {when} on, signing in needs one.",
)
_REST = (
    (
        "Please set one up before then: sign in the way you always do, open your profile and choose "
        "“Second factors”. If you have one already, you need not do anything."
    ),
    (
        "If you have none by then, you will be asked to set one up at your next sign-in. Nothing of yours is "
        "removed: password, sessions and factors stay as they are."
    ),
    "Questions? Call {help_line}.",
    "This message has no link on purpose. Nobody from {tenant} will ask you for a code or a password because of it.",
)


def every_sentence() -> Iterator[str]:
    """The ids of everything that announcements say, for the catalogs."""
    yield from (*_FIRST, *_AGAIN, *_REST)


def announcement_words(
    *, stage: str, tenant: str, enforce_at: datetime, help_line: str, speech: Speech = ENGLISH
) -> Words:
    """What one person reads at this stage. `enforce_at` is UTC; names are cleaned, and escaped in the HTML (B26)."""
    tenant = clean(tenant) or speech.say(Text(SOME_TENANT))
    title, sentence = _FIRST if stage == ANNOUNCED else _AGAIN
    values = {"when": instant(enforce_at), "tenant": tenant, "help_line": clean(help_line)}
    said = speech.say(Text(title))
    paragraphs = [speech.say(filled(one, **values)) for one in (sentence, *_REST)]
    page = _html(speech.language, tenant, said, paragraphs)
    return Words(f"{tenant}: {said}", "\n\n".join(paragraphs) + "\n", page)


def _html(language: str, tenant: str, title: str, paragraphs: list[str]) -> str:
    body = "\n".join(f"<p>{escape(one)}</p>" for one in paragraphs)
    return (
        f'<!doctype html>\n<html lang="{language}"><head><meta charset="utf-8">'
        '<meta name="format-detection" content="telephone=no, date=no, address=no, email=no">'
        f"<title>{escape(title)}</title></head>\n<body>\n<p>{escape(tenant)}</p>\n<h1>{escape(title)}</h1>\n{body}\n"
        "</body></html>\n"
    )
