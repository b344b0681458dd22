"""What the API and the console stand on, wired once in compose/."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from starlette.requests import Request

if TYPE_CHECKING:
    from domain.ports import PeopleImport
    from service.auditing import AuditTrail
    from service.doors import Doors
    from service.identity_checks import IdentityChecks


@dataclass(frozen=True)
class WebServices:
    """The doors and what stands beside them; `temporal_answers` says whether Temporal does, within a second."""

    doors: Doors
    trail: AuditTrail
    people: PeopleImport
    temporal_answers: Callable[[], Awaitable[bool]]
    identity_checks: IdentityChecks | None = None
    stopping: asyncio.Event = field(default_factory=asyncio.Event)


def services_of(request: Request) -> WebServices:
    """The services of the application that a request came to."""
    return cast("WebServices", request.app.state.services)
