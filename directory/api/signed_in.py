"""The end of every way to sign in: the browser gets its session, and its owner can see later where that was."""

from __future__ import annotations

from typing import TYPE_CHECKING

from directory.places import place_of

if TYPE_CHECKING:
    from fastapi import Request, Response

    from directory.api.cookies import Cookies
    from directory.records import IssuedSession
    from directory.services import DirectoryServices


async def keep_session(
    services: DirectoryServices, cookies: Cookies, request: Request, answer: Response, issued: IssuedSession
) -> None:
    """Give the browser its session, and note the browser's kind and address."""
    address = request.client.host if request.client else ""
    await services.sessions.seen_from(issued.session_id, place_of(request.headers.get("user-agent", ""), address))
    cookies.keep_session(answer, issued)
