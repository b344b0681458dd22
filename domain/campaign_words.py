"""The words of a campaign's announcements and reminders: plain text and HTML, without a link or a name (R40)."""

from __future__ import annotations

from datetime import datetime
from html import escape

from domain.campaign import ANNOUNCED
from domain.notice_words import Words, clean, instant


def announcement_words(*, stage: str, tenant: str, enforce_at: datetime, help_line: str) -> Words:
    """What one person reads at this stage. `enforce_at` is UTC; names are cleaned, and escaped in the HTML (B26)."""
    tenant = clean(tenant) or "your organisation"
    first = stage == ANNOUNCED
    when = instant(enforce_at)
    title = "A second factor will be needed to sign in" if first else "Set up your second factor in time"
    paragraphs = [
        (
            f"From {when} on, signing in at {tenant} needs a second factor: an authenticator app or a security key."
            if first
            else f"Your account at {tenant} has no second factor yet. From {when} on, signing in needs one."
        ),
        (
            "Please set one up before then: sign in the way you always do, open your profile and choose "
            "“Second factors”. If you have one already, you need not do anything."
        ),
        (
            "If you have none by then, you will be asked to set one up at your next sign-in. Nothing of yours is "
            "removed: password, sessions and factors stay as they are."
        ),
        f"Questions? Call {clean(help_line)}.",
        (
            f"This message has no link on purpose. Nobody from {tenant} will ask you for a code or a password because "
            "of it."
        ),
    ]
    return Words(f"{tenant}: {title}", "\n\n".join(paragraphs) + "\n", _html(tenant, title, paragraphs))


def _html(tenant: str, title: str, paragraphs: list[str]) -> str:
    body = "\n".join(f"<p>{escape(one)}</p>" for one in paragraphs)
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="format-detection" content="telephone=no, date=no, address=no, email=no">'
        f"<title>{escape(title)}</title></head>\n<body>\n<p>{escape(tenant)}</p>\n<h1>{escape(title)}</h1>\n{body}\n"
        "</body></html>\n"
    )
