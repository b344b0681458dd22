"""News of a case as server-sent events: each carries the case's pulse, so a lost connection picks up where it was."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from starlette.responses import StreamingResponse

from domain.errors import RecoveryError
from service import reading, sessions
from starter.console.refusals import TOO_MANY

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from uuid import UUID

    from starlette.responses import Response
    from starlette.types import Receive, Scope, Send

    from starter.console.limits import Streams
    from starter.console.visit import Visit

LOOK_SECONDS = 15.0
"""Between two signs of life; proxies close what is silent for longer."""
_PULSE = re.compile(r"[0-9]{1,10}(-[0-9]{1,10}){2}", re.ASCII)


async def stream(visit: Visit, case_id: UUID, *, since: str) -> Response:
    """The events of one case since the pulse that the browser has seen; ends with the session, or with the server."""
    streams, who = visit.site.console.streams, visit.session.actor.account_id
    if not streams.has_room_for(who):
        return visit.page("refused.html", refusal=TOO_MANY)
    last = visit.request.headers.get("last-event-id", since)
    return _Counted(streams, who, _events(visit, case_id, last if _PULSE.fullmatch(last) else ""))


class _Counted(StreamingResponse):
    """Events, counted from before the first byte until the connection is gone."""

    def __init__(self, streams: Streams, who: str, events: AsyncIterator[str]) -> None:
        super().__init__(
            events,
            media_type="text/event-stream",
            headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
        )
        self._streams = streams
        self._who = who

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send them."""
        with self._streams.one_more(self._who):
            await super().__call__(scope, receive, send)


async def _events(visit: Visit, case_id: UUID, last: str) -> AsyncIterator[str]:
    async def stop() -> bool:
        return visit.services.stopping.is_set() or await visit.request.is_disconnected()

    yield "retry: 2000\n\n"
    while not await stop():
        try:
            # Roles and session of this moment; watching keeps no reader signed in.
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
