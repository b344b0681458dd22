"""The outbox: start a case's workflow or ring it, until the store says that the act was applied (steps 3, 4)."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import structlog
from temporalio.client import WorkflowUpdateRPCTimeoutOrCancelledError, WorkflowUpdateStage
from temporalio.common import SearchAttributePair, TypedSearchAttributes, WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from domain.ids import opaque, watch_id, workflow_id
from domain.messages import CaseInput, Doorbell, WatchInput
from store.outbox import bell_of_row, bells_due, close_heard_bells
from workflows import attributes
from workflows.options import TASK_QUEUE
from workflows.recovery import RecoveryCase
from workflows.watch import RecoveryWatch

if TYPE_CHECKING:
    from uuid import UUID

    from temporalio.client import Client

    from store.ledger import Ledger
    from store.outbox import Bell

_LOG = structlog.get_logger(__name__)
RPC_TIMEOUT = timedelta(seconds=3)
BATCH = 20


@dataclass(frozen=True)
class Start:
    """Which workflow to start: the n-th continuation of a case, from the version that the store has."""

    case_id: UUID
    tenant_id: UUID
    version: int
    continuation: int


class Outbox:
    """Delivers outbox rows. Ringing is safe to repeat, so a row is only closed once its act was applied."""

    def __init__(self, ledger: Ledger, client: Client, *, task_queue: str = TASK_QUEUE) -> None:
        self._ledger = ledger
        self.client = client
        self.task_queue = task_queue

    async def deliver_now(self, row_id: int) -> bool:
        """Deliver one row inline; False when it has to wait for the background loop."""
        try:
            async with asyncio.timeout(RPC_TIMEOUT.total_seconds() + 1):
                bell = await bell_of_row(self._ledger, row_id)
                return bell is not None and await self._tell(bell)
        except TimeoutError:
            return False

    async def deliver_waiting(self) -> int:
        """Deliver what is due and close what was applied; returns how many were delivered."""
        await close_heard_bells(self._ledger)
        return sum([await self._tell(one) for one in await bells_due(self._ledger, limit=BATCH)])

    async def start_workflow(self, start: Start) -> None:
        """Start the case's workflow, or a continuation; one that exists already is success (C12)."""
        try:
            await self.client.start_workflow(
                RecoveryCase.run,
                CaseInput(case_id=start.case_id, tenant_id=start.tenant_id, version=start.version),
                id=workflow_id(start.case_id, start.continuation),
                task_queue=self.task_queue,
                id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
                static_summary="Recovery case",
                search_attributes=TypedSearchAttributes(
                    [SearchAttributePair(attributes.TENANT, opaque(start.tenant_id))]
                ),
                rpc_timeout=RPC_TIMEOUT,
            )
        except WorkflowAlreadyStartedError:
            return

    async def _tell(self, bell: Bell) -> bool:
        if bell.heard:
            return True
        try:
            if bell.closed:
                await self._ring_watch(bell)
            elif bell.version == 0 and bell.act_seq == 1:
                await self.start_workflow(_start(bell))
            else:
                await self._ring(bell)
        except (RPCError, RuntimeError, WorkflowUpdateRPCTimeoutOrCancelledError) as error:
            # RuntimeError is what a client says that has not been able to connect yet.
            _LOG.info("bell_not_delivered", case=str(bell.case_id), kind=type(error).__name__)
            return False
        return True

    async def start_watch(self, case_id: UUID, tenant_id: UUID) -> None:
        """Start the watch over a recovered account; one that runs already is success."""
        try:
            await self.client.start_workflow(
                RecoveryWatch.run,
                WatchInput(case_id=case_id, tenant_id=tenant_id),
                id=watch_id(case_id),
                task_queue=self.task_queue,
                id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
                static_summary="Watch after a recovery",
                rpc_timeout=RPC_TIMEOUT,
            )
        except WorkflowAlreadyStartedError:
            return

    async def _ring_watch(self, bell: Bell) -> None:
        handle = self.client.get_workflow_handle(watch_id(bell.case_id))
        try:
            await handle.start_update(
                RecoveryWatch.act_recorded,
                Doorbell(act_id=bell.act_id),
                id=_update_id(bell),
                wait_for_stage=WorkflowUpdateStage.ACCEPTED,
                rpc_timeout=RPC_TIMEOUT,
            )
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise
            await self.start_watch(bell.case_id, bell.tenant_id)

    async def _ring(self, bell: Bell) -> None:
        handle = self.client.get_workflow_handle(workflow_id(bell.case_id, bell.continuation))
        try:
            await handle.start_update(
                RecoveryCase.act_recorded,
                Doorbell(act_id=bell.act_id),
                id=_update_id(bell),
                wait_for_stage=WorkflowUpdateStage.ACCEPTED,
                rpc_timeout=RPC_TIMEOUT,
            )
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise
            # Never started (the first row may still wait), or gone: starting is harmless, the sweep sees to the rest.
            if bell.version == 0:
                await self.start_workflow(_start(bell))


def _update_id(bell: Bell) -> str:
    # A later ring for the same act needs another id: the server answers a used one without ringing.
    again = f"/{bell.attempts}" if bell.attempts > 1 else ""
    return f"{bell.act_id}{again}"


def _start(bell: Bell) -> Start:
    return Start(bell.case_id, bell.tenant_id, bell.version, bell.continuation)
