"""Turning templates into answers that run no foreign code, are kept by no cache and shown in no frame (B22, B26)."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any

from fastapi import Response
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

_HERE = Path(__file__).parent
_PAGE_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'; require-trusted-types-for 'script'"
    ),
    # Not no-referrer: under that a browser posts our own forms with `Origin: null`, which the check of
    # the origin rightly refuses. To other origins both send nothing.
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_MEDIA_TYPES = {".css": "text/css", ".js": "text/javascript"}


class Assets:
    """The stylesheet and the one script; their addresses change with their content, so they may be kept."""

    def __init__(self) -> None:
        self._contents = {path.name: path.read_bytes() for path in sorted((_HERE / "assets").iterdir())}

    def names(self) -> list[str]:
        """Their file names."""
        return list(self._contents)

    def address(self, name: str) -> str:
        """The path of one of them, with a digest of what is in it."""
        return f"/assets/{name}?{hashlib.sha256(self._contents[name]).hexdigest()[:16]}"

    def answer(self, name: str) -> Response:
        """One of them."""
        return Response(
            self._contents[name],
            media_type=_MEDIA_TYPES[Path(name).suffix],
            headers={"Cache-Control": "public, max-age=31536000, immutable"},
        )


class Renderer:
    """Renders templates; everything put into one is escaped, and a value that is missing is an error."""

    def __init__(self, *, site_name: str, assets: Assets) -> None:
        self._templates = Environment(
            loader=FileSystemLoader(_HERE / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.globals.update(site_name=site_name, asset=assets.address)
        self._templates.filters.update(utc=_utc, minutes_left=_minutes_left, grouped=_grouped)

    def page(self, template: str, *, status: HTTPStatus = HTTPStatus.OK, **context: Any) -> HTMLResponse:
        """The page with its headers."""
        text = self._templates.get_template(template).render(**context)
        # What was typed comes back as typed; a lone surrogate has no bytes to come back as.
        return HTMLResponse(text.encode("utf-8", "replace"), status_code=status, headers=_PAGE_HEADERS)


def _utc(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")


def _grouped(secret: str) -> str:
    """In fours, as it is typed from a screen."""
    return " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))


def _minutes_left(until: datetime) -> int:
    """Whole minutes, for orientation only: expiry is judged by the database's clock."""
    return max(0, round((until - datetime.now(UTC)).total_seconds() / 60))
