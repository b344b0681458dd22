"""Whether anything moves: does Temporal answer, and has a worker asked it for work lately (B29).

Nothing here waits longer than its stated seconds, and nothing raises: a page must not fail because the engine is away.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.service import RPCError

from starter.service.view import View

if TYPE_CHECKING:
    from temporalio.api.workflowservice.v1 import DescribeTaskQueueResponse
    from temporalio.client import Client

SEEN_WITHIN = timedelta(seconds=75)
"""A worker asks again after a minute at the latest: the server answers an idle poll then."""
PATIENCE_SECONDS = 1.0
FRESH_SECONDS = 3.0
USABLE_SECONDS = 20.0
"""An answer of this age is still shown while a newer one is fetched, so that no page waits for it."""
ENGINE_AWAY: tuple[type[Exception], ...] = (RPCError, RuntimeError, TimeoutError, OSError)
"""RuntimeError is what a client says that has not been able to connect yet."""


class Standing(StrEnum):
    """Whether cases move at the moment."""

    MOVING = "moving"
    NO_WORKER = "no_worker"
    ENGINE_AWAY = "engine_away"


class WorkerSeen(View):
    """A worker by the identity it gives itself, which names nobody, and when it last asked for work (UTC)."""

    identity: str
    at: datetime


class QueueView(View):
    """One task queue: who asks it for work, and what waits in it, where the server tells."""

    kind: str
    workers: list[WorkerSeen]
    backlog: int | None
    oldest_seconds: int | None

    @property
    def served(self) -> bool:
        """Whether a worker has asked lately."""
        return bool(self.workers)


class Engine:
    """What pages ask of Temporal about itself; `clock` is in seconds and only rises."""

    def __init__(self, client: Client, *, task_queue: str, clock: Callable[[], float] = time.monotonic) -> None:
        self.client = client
        self.task_queue = task_queue
        self._clock = clock
        self._known: tuple[float, Standing] | None = None
        self._asking: asyncio.Task[Standing] | None = None

    async def standing(self) -> Standing:
        """Whether cases move; asked at most every few seconds, and never waits longer than a second."""
        age = self._clock() - self._known[0] if self._known else USABLE_SECONDS
        if self._known and age < FRESH_SECONDS:
            return self._known[1]
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._ask())
        if self._known and age < USABLE_SECONDS:
            return self._known[1]
        # A page that is given up must not end the question that others wait for.
        return await asyncio.shield(self._asking)

    async def queues(self) -> list[QueueView] | None:
        """Both queues that workers serve; None where Temporal does not answer within a second."""
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                found = await asyncio.gather(
                    self._describe(TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW),
                    self._describe(TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY),
                )
        except ENGINE_AWAY:
            return None
        return [_view(kind, one) for kind, one in zip(("workflow", "activity"), found, strict=True)]

    async def _ask(self) -> Standing:
        queues = await self.queues()
        if queues is None:
            found = Standing.ENGINE_AWAY
        else:
            found = Standing.MOVING if all(one.served for one in queues) else Standing.NO_WORKER
        self._known = (self._clock(), found)
        return found

    async def _describe(self, kind: TaskQueueType.ValueType) -> DescribeTaskQueueResponse:
        return await self.client.workflow_service.describe_task_queue(
            DescribeTaskQueueRequest(
                namespace=self.client.namespace,
                task_queue=TaskQueue(name=self.task_queue),
                task_queue_type=kind,
                report_stats=True,
            ),
            timeout=timedelta(seconds=PATIENCE_SECONDS),
        )


def _view(kind: str, found: DescribeTaskQueueResponse) -> QueueView:
    since = datetime.now(UTC) - SEEN_WITHIN
    workers = [
        WorkerSeen(identity=one.identity, at=one.last_access_time.ToDatetime(tzinfo=UTC)) for one in found.pollers
    ]
    told = found.HasField("stats")
    return QueueView(
        kind=kind,
        workers=sorted((one for one in workers if one.at > since), key=lambda one: one.identity),
        backlog=found.stats.approximate_backlog_count if told else None,
        oldest_seconds=found.stats.approximate_backlog_age.seconds if told else None,
    )
