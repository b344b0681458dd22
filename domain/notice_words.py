"""The words of notices: plain text and HTML, in one place, with nothing in them that must not leave (R23, R44).

Each sentence is a text, said in the language that the tenant's people read (`RECOVERY_NOTICE_LANGUAGE`).
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import UTC, datetime
from html import escape
from typing import TYPE_CHECKING

from domain.notices import Audience, Occasion
from domain.texts import Text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LONGEST_NAME = 100
_PLACE = re.compile(r"\{([a-z_]+)\}")


@dataclass(frozen=True, kw_only=True)
class Speech:
    """The language that something is written in for people: its tag, and how a text is said in it."""

    language: str = "en"
    say: Callable[[Text], str] = str


ENGLISH = Speech()


@dataclass(frozen=True, kw_only=True)
class Told:
    """What one notice tells.

    `until` is until when objecting is known to help at least, `begins` when the reset may begin at the earliest;
    both in UTC, and None where it does not apply. `code` is a security alert's.
    """

    occasion: Occasion
    audience: Audience
    tenant: str
    reference: str
    at: datetime
    help_line: str
    until: datetime | None = None
    begins: datetime | None = None
    code: str = ""
    stop_url: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Words:
    """A notice in words."""

    subject: str
    text: str = field(repr=False)
    html: str = field(repr=False)


_WHAT = {
    Occasion.OPENED: (
        "Recovery of a second factor was asked for",
        (
            "Somebody asked the help desk of {tenant} to remove the second factors (authenticator app, security key) "
            "of {account}, because they are said to be lost. Nothing has been removed yet: who asks is verified "
            "first."
        ),
    ),
    Occasion.VERIFIED: (
        "Second factors are about to be removed",
        (
            "The help desk of {tenant} has verified who asked for the recovery of {account}. The next step "
            "removes its second factors, and new ones are then set up."
        ),
    ),
    Occasion.RESET: (
        "Second factors were removed",
        (
            "The second factors of {account} at {tenant} were removed after a recovery, and new ones can be set "
            "up for a few minutes."
        ),
    ),
    Occasion.ENROLLED: (
        "A new second factor was set up",
        "A new second factor was set up for {account} at {tenant} after a recovery.",
    ),
    Occasion.CONTACT_CHANGED: (
        "Contact details changed during a recovery",
        (
            "While a recovery of {account} at {tenant} was under way or had just ended, its contact details were "
            "changed. Somebody who takes over an account often does that first."
        ),
    ),
    Occasion.FACTOR_ADDED: (
        "Another second factor was added",
        "Shortly after a recovery of {account} at {tenant}, another second factor was added to it.",
    ),
    Occasion.FACTOR_REMOVED: (
        "A second factor was removed again",
        "Shortly after a recovery of {account} at {tenant}, a second factor was removed from it again.",
    ),
    Occasion.STOPPED: (
        "A recovery was objected to",
        (
            "Somebody who reads one of the contact points of {account} at {tenant} said that the recovery was "
            "not asked for. It goes no further, and what was set up through it is suspended, until somebody has looked "
            "into it."
        ),
    ),
    Occasion.APPROVER_DRAWN: (
        "You were drawn to verify an identity",
        "You are asked to verify, out of band, who stands behind a recovery at {tenant}. Open the case in the console.",
    ),
    Occasion.APPROVER_REMINDED: (
        "A verification waits for you",
        "A recovery at {tenant} still waits for your verification. If you cannot do it now, others will be asked.",
    ),
    Occasion.ESCALATED: (
        "A verification needs somebody",
        "The people drawn for a recovery at {tenant} have not answered. Whoever can verify may do so now.",
    ),
    Occasion.SECURITY_ALERT: (
        "Security: a recovery needs your eyes",
        "A recovery at {tenant} needs a security officer: {alert}. Open the case in the console.",
    ),
}
_NEWLY_ADDED = (
    "This address was added to an account",
    (
        "This address was recently added as a contact point of an account at {tenant}, while a recovery of that "
        "account was under way or had just ended."
    ),
)
_ALERTS = {
    "objection": "a contact point objected to it through its stop link",
    "objection_late": "a contact point objected to it after it had ended",
    "verification_failed": "a verification failed",
    "glass_broken": "a requirement was waived by break-glass",
    "suspended_after_objection": "what was set up was suspended after an objection",
}
_ANY_ALERT = "something about it is unusual"
_OWN, _ANYBODYS = "your account", "an account"
"""Whose account it is, to who reads it. In German both stand in the genitive, whatever sentence they come into."""
_BECAUSE = {
    Audience.MANAGER: "You are told because you are the manager of the person whose account it is.",
    Audience.FORMER: "You are told because this was a contact point of that account until lately.",
}
_STOP = "If this was not you, or you doubt it, open this address and confirm there. Opening it changes nothing."
_STOP_MANAGER = (
    "If you know or suspect that the person did not ask for this, open this address and confirm there. Opening it "
    "changes nothing."
)
_IF_YOU = "If you asked for it, you need not do anything."
_CASE = "Case {reference}, {at}."
_NOT_BEFORE = "The second factors are not removed before {at}."
_OBJECT_UNTIL = "You can object until {at}, at least."
_CALL = "You can also call {help_line} and name the case."
SOME_TENANT = "your organisation"
_NEVER = "Nobody from {tenant} will ever ask you for a code or a password because of this message."


def every_sentence() -> Iterator[str]:
    """The ids of everything that notices say, for the catalogs."""
    for title, sentence in (*_WHAT.values(), _NEWLY_ADDED):
        yield title
        yield sentence
    yield from (*_ALERTS.values(), _ANY_ALERT, _OWN, _ANYBODYS, *_BECAUSE.values(), _STOP, _STOP_MANAGER, _IF_YOU)
    yield from (_CASE, _NOT_BEFORE, _OBJECT_UNTIL, _CALL, SOME_TENANT, _NEVER)


def words(told: Told, speech: Speech = ENGLISH) -> Words:
    """The notice as subject, plain text and HTML. Names are cleaned, and escaped in the HTML (B26)."""
    tenant = clean(told.tenant) or speech.say(Text(SOME_TENANT))
    added = told.audience is Audience.NEWLY_ADDED and told.occasion is Occasion.CONTACT_CHANGED
    title, sentence = _NEWLY_ADDED if added else _WHAT[told.occasion]
    what = filled(
        sentence,
        tenant=tenant,
        account=Text(_OWN if told.audience is Audience.ON_RECORD else _ANYBODYS),
        alert=Text(_ALERTS.get(told.code, _ANY_ALERT)),
    )
    because = [Text(_BECAUSE[told.audience])] if told.audience in _BECAUSE else []
    before = [what, *because, Text(_CASE, reference=told.reference, at=instant(told.at)), *_times(told)]
    after: list[Text] = []
    stop_url = None
    if told.audience is not Audience.STAFF:
        stop_url = told.stop_url
        if told.audience is not Audience.MANAGER and not added:
            before.append(Text(_IF_YOU))
        if stop_url:
            before.append(Text(_STOP_MANAGER if told.audience is Audience.MANAGER else _STOP))
        after = [Text(_CALL, help_line=clean(told.help_line)), Text(_NEVER, tenant=tenant)]
    said = speech.say(Text(title))
    first, last = [speech.say(one) for one in before], [speech.say(one) for one in after]
    return Words(
        f"{tenant}: {said} ({told.reference})",
        _text(first, stop_url, last),
        _html(tenant, said, first, stop_url, last, language=speech.language),
    )


def filled(sentence: str, **values: str | Text) -> Text:
    """A sentence of a table, with those of the values that it has places for."""
    return Text(sentence, **{name: values[name] for name in _PLACE.findall(sentence)})


def instant(at: datetime) -> str:
    """A time for people: UTC, with its offset spelled out."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC (+00:00)"


def clean(text: str, *, longest: int = LONGEST_NAME) -> str:
    """One line without control, format or direction characters and line separators, cut to a length (B26)."""
    kept = "".join(" " if _breaks(letter) else letter for letter in text if not _hides(letter))
    line = " ".join(kept.split())
    return line if len(line) <= longest else f"{line[: longest - 1]}…"


def _breaks(letter: str) -> bool:
    return letter in "\t\n\r\x0b\x0c\x85" or unicodedata.category(letter) in {"Zl", "Zp", "Zs"}


def _hides(letter: str) -> bool:
    return not _breaks(letter) and unicodedata.category(letter) in {"Cc", "Cf", "Cs", "Co", "Cn"}


def _times(told: Told) -> list[Text]:
    found = []
    if told.begins is not None:
        found.append(Text(_NOT_BEFORE, at=instant(told.begins)))
    if told.until is not None:
        found.append(Text(_OBJECT_UNTIL, at=instant(told.until)))
    return found


def _text(before: list[str], stop_url: str | None, after: list[str]) -> str:
    parts = [*before, *([stop_url] if stop_url else []), *after]
    return "\n\n".join(parts) + "\n"


def _html(tenant: str, title: str, before: list[str], stop_url: str | None, after: list[str], *, language: str) -> str:
    """HTML without anything that is fetched, and one thing to click: the stop link."""
    paragraphs = [f"<p>{escape(one)}</p>" for one in before]
    if stop_url:
        paragraphs.append(f'<p><a href="{escape(stop_url)}" rel="noreferrer">{escape(stop_url)}</a></p>')
    paragraphs += [f"<p>{escape(one)}</p>" for one in after]
    return (
        f'<!doctype html>\n<html lang="{language}"><head><meta charset="utf-8">'
        # Mail programs would make numbers and dates clickable.
        '<meta name="format-detection" content="telephone=no, date=no, address=no, email=no">'
        f"<title>{escape(title)}</title></head>\n<body>\n<p>{escape(tenant)}</p>\n<h1>{escape(title)}</h1>\n"
        + "\n".join(paragraphs)
        + "\n</body></html>\n"
    )
