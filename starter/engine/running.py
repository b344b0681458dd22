"""Which workflows run where our workers listen: first by the list, then one by one."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

from temporalio.client import WorkflowExecutionStatus
from temporalio.service import RPCError, RPCStatusCode

from domain.ids import opaque
from starter.engine.patience import ENGINE_AWAY, PATIENCE_SECONDS
from workflows import attributes

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from temporalio.client import Client

MOST_LISTED = 1000
MOST_ASKED_ONE_BY_ONE = 20


async def not_running(client: Client, task_queue: str, tenant_id: UUID, workflows: Sequence[str]) -> set[str] | None:
    """Those of the workflows that do not run on this task queue; None where Temporal does not tell in time."""
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            running = await _running(client, task_queue, tenant_id)
            unseen = [one for one in workflows if one not in running]
            # The list may lag behind; a workflow that is not in it is asked for by name.
            asked = unseen[:MOST_ASKED_ONE_BY_ONE]
            found = await asyncio.gather(*(_runs(client, task_queue, one) for one in asked))
    except ENGINE_AWAY:
        return None
    return {one for one, runs in zip(asked, found, strict=True) if not runs}


async def _running(client: Client, task_queue: str, tenant_id: UUID) -> set[str]:
    query = f"ExecutionStatus = 'Running' AND TaskQueue = '{task_queue}'"
    query += f" AND {attributes.TENANT.name} = '{opaque(tenant_id)}'"
    found = client.list_workflows(query, limit=MOST_LISTED, page_size=MOST_LISTED)
    return {one.id async for one in found}


async def _runs(client: Client, task_queue: str, workflow: str) -> bool:
    handle = client.get_workflow_handle(workflow)
    try:
        found = await handle.describe(rpc_timeout=timedelta(seconds=PATIENCE_SECONDS))
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            return False
        raise
    # Started by another client where none of our workers listens: as good as lost.
    return found.status is WorkflowExecutionStatus.RUNNING and found.task_queue == task_queue
