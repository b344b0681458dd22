"""News of a case as server-sent events: each carries the case's pulse, so a lost connection picks up where it was."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from starlette.responses import StreamingResponse

from domain.errors import RecoveryError
from starter.service import reading, sessions

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from uuid import UUID

    from starter.console.visit import Visit

LOOK_SECONDS = 15.0
"""Between two signs of life; proxies close what is silent for longer."""
_PULSE = re.compile(r"[0-9]{1,10}(-[0-9]{1,10}){2}", re.ASCII)


async def pulse_now(visit: Visit, case_id: UUID) -> str:
    """The case's pulse at this moment; read before a page is made, so that what changes meanwhile is news to it."""

    async def at_once() -> bool:
        return True

    return await reading.next_pulse(visit.doors, visit.session, case_id, after="", seconds=0, stop=at_once)


async def stream(visit: Visit, case_id: UUID, *, since: str) -> StreamingResponse:
    """The events of one case since the pulse that the browser has seen; ends with the session, or with the server."""
    last = visit.request.headers.get("last-event-id", since)
    return StreamingResponse(
        _events(visit, case_id, last if _PULSE.fullmatch(last) else ""),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


async def _events(visit: Visit, case_id: UUID, last: str) -> AsyncIterator[str]:
    async def stop() -> bool:
        return visit.services.stopping.is_set() or await visit.request.is_disconnected()

    yield "retry: 2000\n\n"
    while not await stop():
        try:
            # Roles and session of this moment; watching keeps nobody signed in.
            session = await sessions.authenticate(visit.doors, visit.token, in_use=False)
            pulse = await reading.next_pulse(visit.doors, session, case_id, after=last, seconds=LOOK_SECONDS, stop=stop)
        except RecoveryError:
            yield "event: over\ndata: over\n\n"
            return
        if pulse == last:
            yield ": still here\n\n"
        else:
            last = pulse
            yield f"id: {pulse}\nevent: changed\ndata: {pulse}\n\n"
