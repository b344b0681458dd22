"""Temporal as the service's engine: does it answer, has a worker asked it for work lately, what runs (B29).

Nothing here waits longer than its stated seconds: a page must not fail because the engine is away.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from temporalio.api.enums.v1 import TaskQueueType, WorkerStatus
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest, ListWorkersRequest
from temporalio.service import RPCError

from service.health import Health, QueueView, WorkerSeen
from starter.engine.patience import ENGINE_AWAY, PATIENCE_SECONDS
from starter.engine.running import not_running

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from temporalio.api.workflowservice.v1 import DescribeTaskQueueResponse
    from temporalio.client import Client


SEEN_WITHIN = timedelta(seconds=75)
"""A worker asks again after a minute at the latest: the server answers an idle poll then."""
FRESH_SECONDS = 3.0
USABLE_SECONDS = 20.0
"""An answer of this age is still shown while a newer one is fetched, so that no page waits for it."""
MOST_WORKERS = 200
_GOODBYE = {WorkerStatus.WORKER_STATUS_SHUTTING_DOWN, WorkerStatus.WORKER_STATUS_SHUTDOWN}


async def answers(client: Client) -> bool:
    """Whether Temporal does, within a second."""
    try:
        return await client.service_client.check_health(timeout=timedelta(seconds=PATIENCE_SECONDS))
    except (RPCError, RuntimeError):
        return False


class TemporalEngine:
    """Fulfils `service.ports.Engine`; `clock` is in seconds and only rises."""

    def __init__(self, client: Client, *, task_queue: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._client = client
        self._task_queue = task_queue
        self._clock = clock
        self._known: tuple[float, Health] | None = None
        self._asking: asyncio.Task[Health] | None = None

    async def health(self) -> Health:
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
                workflows, activities, stopped = await asyncio.gather(
                    self._describe(TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW),
                    self._describe(TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY),
                    self._stopped(),
                )
        except ENGINE_AWAY:
            return None
        return [_view("workflow", workflows, stopped), _view("activity", activities, stopped)]

    async def not_running(self, tenant_id: UUID, workflows: Sequence[str]) -> set[str] | None:
        """Those of the workflows that run nowhere our workers listen; None where Temporal does not tell in time."""
        return await not_running(self._client, self._task_queue, tenant_id, workflows)

    async def _ask(self) -> Health:
        queues = await self.queues()
        if queues is None:
            found = Health.ENGINE_AWAY
        else:
            seen = {one.health for one in queues}
            found = next((one for one in (Health.NO_WORKER, Health.NOT_TAKEN_UP) if one in seen), Health.MOVING)
        self._known = (self._clock(), found)
        return found

    async def _describe(self, kind: TaskQueueType.ValueType) -> DescribeTaskQueueResponse:
        return await self._client.workflow_service.describe_task_queue(
            DescribeTaskQueueRequest(
                namespace=self._client.namespace,
                task_queue=TaskQueue(name=self._task_queue),
                task_queue_type=kind,
                report_stats=True,
            ),
            timeout=timedelta(seconds=PATIENCE_SECONDS),
        )

    async def _stopped(self) -> dict[str, datetime]:
        """Workers that have said goodbye, and when: the queue remembers them as if they were there for a minute."""
        request = ListWorkersRequest(
            namespace=self._client.namespace, page_size=MOST_WORKERS, query=f"TaskQueue='{self._task_queue}'"
        )
        try:
            found = await self._client.workflow_service.list_workers(
                request, timeout=timedelta(seconds=PATIENCE_SECONDS)
            )
        except RPCError:
            # Servers before 1.29 keep no such list.
            return {}
        beats = (one.worker_heartbeat for one in found.workers_info)
        return {
            one.worker_identity: one.heartbeat_time.ToDatetime(tzinfo=UTC) for one in beats if one.status in _GOODBYE
        }


def _view(kind: str, found: DescribeTaskQueueResponse, stopped: dict[str, datetime]) -> QueueView:
    since = datetime.now(UTC) - SEEN_WITHIN
    workers = [
        WorkerSeen(identity=one.identity, at=one.last_access_time.ToDatetime(tzinfo=UTC)) for one in found.pollers
    ]
    # A worker that asked again after a goodbye of its name is another one of that name.
    workers = [one for one in workers if one.at > max(since, stopped.get(one.identity, since))]
    told = found.HasField("stats")
    return QueueView(
        kind=kind,
        workers=sorted(workers, key=lambda one: one.identity),
        backlog=found.stats.approximate_backlog_count if told else None,
        oldest_seconds=found.stats.approximate_backlog_age.seconds if told else None,
    )
