"""Turning templates into answers that run no code, are kept by no cache and shown in no frame (B20, B22, B26)."""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any

from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from web.languages import SOURCE
from web.rendering import SHARED, speak

_HERE = Path(__file__).parent
_STYLE = (
    "body{font:1rem/1.5 system-ui,sans-serif;margin:2rem auto;max-width:40rem;padding:0 1rem}"
    "button{font:inherit;padding:.6rem 1rem}pre{white-space:pre-wrap;overflow-wrap:anywhere}"
)
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'; require-trusted-types-for 'script'"
    ),
    # Not no-referrer: under that a browser posts our own form with `Origin: null`, which looks like a foreign page.
    # To other origins both send nothing, and there is no link to another origin here.
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex, nofollow",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class Renderer:
    """Renders templates; everything put into one is escaped, and a value that is missing is an error."""

    def __init__(self, *, help_line: str) -> None:
        self._templates = Environment(
            loader=FileSystemLoader([_HERE / "templates", SHARED]),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            extensions=["jinja2.ext.i18n"],
        )
        speak(self._templates)
        self._templates.globals.update(style=_STYLE, help_line=help_line)
        self._templates.filters["utc"] = _utc

    def page(
        self, template: str, *, language: str = SOURCE, status: HTTPStatus = HTTPStatus.OK, **context: Any
    ) -> HTMLResponse:
        """The page with its headers."""
        text = self._templates.get_template(template).render(language=language, **context)
        return HTMLResponse(text.encode("utf-8", "replace"), status_code=status, headers=HEADERS)


def _utc(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
