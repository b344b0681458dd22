"""Stylesheets and scripts; their addresses change with their content, so a browser may keep them for good."""

from __future__ import annotations

import hashlib
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.responses import Response

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request

SHARED = Path(__file__).parent / "shared" / "assets"
_MEDIA_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


class Assets:
    """The files of some folders under one path; read once, and nothing else is ever served."""

    def __init__(self, path: str, *folders: Path) -> None:
        self.path = path
        self._contents = {
            one.name: one.read_bytes()
            for folder in (SHARED, *folders)
            for one in sorted(folder.iterdir())
            if one.suffix in _MEDIA_TYPES
        }

    def names(self) -> list[str]:
        """Their file names."""
        return list(self._contents)

    def address(self, name: str) -> str:
        """The path of one of them, with a digest of what is in it."""
        return f"{self.path}/{name}?{hashlib.sha256(self._contents[name]).hexdigest()[:16]}"

    def answer(self, name: str) -> Response:
        """One of them."""
        return Response(
            self._contents[name],
            media_type=_MEDIA_TYPES[Path(name).suffix],
            headers={
                "Cache-Control": "public, max-age=31536000, immutable",
                "X-Content-Type-Options": "nosniff",
                "Cross-Origin-Resource-Policy": "same-origin",
            },
            status_code=HTTPStatus.OK,
        )

    def endpoint(self, name: str) -> Callable[[Request], Awaitable[Response]]:
        """The route's function for one of them."""

        async def endpoint(_: Request) -> Response:
            return self.answer(name)

        return endpoint
