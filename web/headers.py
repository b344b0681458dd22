"""The headers of a page: it runs no foreign code, and no cache, frame or robot keeps or shows it (B22, B26)."""

from __future__ import annotations

import secrets

_ALWAYS = {
    "Cache-Control": "no-store",
    # Not no-referrer: under that a browser posts our own forms with `Origin: null`, which looks like a foreign page.
    # To other origins both send nothing, and there is no link to another origin here.
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex, nofollow",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}


def new_nonce() -> str:
    """What marks one answer's scripts as ours: 128 random bits."""
    return secrets.token_urlsafe(16)


def page_headers(nonce: str, *, trusted_types: bool) -> dict[str, str]:
    """The headers of one answer. Only scripts that carry the nonce run, and nothing written in a page does.

    `trusted_types` also forbids scripts to write text as HTML; pages with live parts do just that, with ours.
    """
    policy = (
        f"default-src 'none'; style-src 'self'; script-src 'nonce-{nonce}'; connect-src 'self'; img-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
    if trusted_types:
        policy += "; require-trusted-types-for 'script'"
    return {**_ALWAYS, "Content-Security-Policy": policy}
