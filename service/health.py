"""Whether anything moves: is the engine there, and has a worker asked it for work lately (B29)."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from service.view import View

WAITS_TOO_LONG_SECONDS = 10
"""A task that waits as long finds no worker, whichever still stands in the list: a killed worker does for a minute."""


class Health(StrEnum):
    """Whether cases move at the moment."""

    MOVING = "moving"
    NO_WORKER = "no_worker"
    NOT_TAKEN_UP = "not_taken_up"
    ENGINE_AWAY = "engine_away"


class WorkerSeen(View):
    """A worker by the identity it gives itself, which names no person, and when it last asked for work (UTC)."""

    identity: str
    at: datetime


class QueueView(View):
    """One task queue: who asks it for work, and what waits in it, where the server tells."""

    kind: str
    workers: list[WorkerSeen]
    backlog: int | None
    oldest_seconds: int | None

    @property
    def health(self) -> Health:
        """Whether what is put into it moves."""
        if not self.workers:
            return Health.NO_WORKER
        waits = bool(self.backlog) and (self.oldest_seconds or 0) >= WAITS_TOO_LONG_SECONDS
        return Health.NOT_TAKEN_UP if waits else Health.MOVING
