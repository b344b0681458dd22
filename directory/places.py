"""Where a sign-in came from, in a few words that its owner recognises; nothing else of what a browser says is kept."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field

# In the order of asking: most browsers name others too.
_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Macintosh", "Mac"),
    ("Linux", "Linux"),
)


@dataclass(frozen=True)
class Place:
    """A browser by its kind and system, and the address it came from; None where the browser does not tell."""

    browser: str | None
    address: str | None = field(repr=False)


def place_of(user_agent: str, address: str) -> Place:
    """What is kept of a request."""
    browser = next((name for mark, name in _BROWSERS if mark in user_agent), None)
    system = next((name for mark, name in _SYSTEMS if mark in user_agent), None)
    try:
        known = str(ipaddress.ip_address(address))
    except ValueError:
        known = None
    named = ", ".join(one for one in (browser, system) if one)
    return Place(browser=named or None, address=known)
