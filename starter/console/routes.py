"""How a page says where it is reached."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.responses import Response

    from starter.console.visit import Visit


@dataclass(frozen=True, kw_only=True)
class Route:
    """One path under /console. Only a POST changes anything; `stranger` pages need no sign-in.

    `by_itself` is asked for by pages alone, so that it keeps no reader signed in.
    """

    path: str
    page: Callable[[Visit], Awaitable[Response]]
    post: bool = False
    stranger: bool = False
    by_itself: bool = False


def shown(
    path: str, page: Callable[[Visit], Awaitable[Response]], *, stranger: bool = False, by_itself: bool = False
) -> Route:
    """A page that is looked at."""
    return Route(path=path, page=page, stranger=stranger, by_itself=by_itself)


def posted(path: str, page: Callable[[Visit], Awaitable[Response]], *, stranger: bool = False) -> Route:
    """A form's target."""
    return Route(path=path, page=page, post=True, stranger=stranger)
