"""Looking after the workflows of campaigns: started, rung for decisions, and started again when lost (B29, R40)."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import structlog
from temporalio.client import (
    WorkflowExecutionStatus,
    WorkflowUpdateRPCTimeoutOrCancelledError,
    WorkflowUpdateStage,
)
from temporalio.common import (
    SearchAttributePair,
    TypedSearchAttributes,
    WorkflowIDConflictPolicy,
    WorkflowIDReusePolicy,
)
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from domain.ids import opaque, rollout_id
from domain.messages import CampaignInput, Doorbell
from store.campaign_bells import campaigns_to_ring
from workflows import attributes
from workflows.campaign import PolicyRollout
from workflows.options import TASK_QUEUE

if TYPE_CHECKING:
    from temporalio.client import Client

    from store.campaign_bells import CampaignBell
    from store.ledger import Ledger

_LOG = structlog.get_logger(__name__)
RPC_TIMEOUT = timedelta(seconds=3)
BATCH = 20


class CampaignBells:
    """A campaign's whole state is in the store, so the same id is started again whatever became of the last run."""

    def __init__(self, ledger: Ledger, client: Client, *, task_queue: str = TASK_QUEUE) -> None:
        self._ledger = ledger
        self._client = client
        self._task_queue = task_queue

    async def ring(self) -> int:
        """Look after each campaign whose turn it is; returns how many were rung or started."""
        return sum([await self._look_after(one) for one in await campaigns_to_ring(self._ledger, limit=BATCH)])

    async def _look_after(self, bell: CampaignBell) -> bool:
        try:
            if not await self._runs(bell):
                await self._start(bell)
                return True
            if bell.unheard:
                await self._ring(bell)
                return True
        except (RPCError, RuntimeError, WorkflowUpdateRPCTimeoutOrCancelledError) as error:
            # RuntimeError is what a client says that has not been able to connect yet. The row comes up again.
            _LOG.info("campaign_not_rung", campaign=str(bell.campaign_id), kind=type(error).__name__)
        return False

    async def _runs(self, bell: CampaignBell) -> bool:
        try:
            description = await self._client.get_workflow_handle(rollout_id(bell.campaign_id)).describe(
                rpc_timeout=RPC_TIMEOUT
            )
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                return False
            raise
        running = description.status in {WorkflowExecutionStatus.RUNNING, None}
        # One that was put under our id where none of our workers listens is as good as lost.
        return running and description.task_queue == self._task_queue and description.workflow_type == "policy_rollout"

    async def _start(self, bell: CampaignBell) -> None:
        if bell.version:
            _LOG.warning("campaign_workflow_lost", campaign=str(bell.campaign_id))
        try:
            await self._client.start_workflow(
                PolicyRollout.run,
                CampaignInput(campaign_id=bell.campaign_id, tenant_id=bell.tenant_id, version=bell.version),
                id=rollout_id(bell.campaign_id),
                task_queue=self._task_queue,
                id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
                id_conflict_policy=WorkflowIDConflictPolicy.TERMINATE_EXISTING,
                static_summary="Policy rollout",
                search_attributes=TypedSearchAttributes(
                    [SearchAttributePair(attributes.TENANT, opaque(bell.tenant_id))]
                ),
                rpc_timeout=RPC_TIMEOUT,
            )
        except WorkflowAlreadyStartedError:
            return

    async def _ring(self, bell: CampaignBell) -> None:
        handle = self._client.get_workflow_handle(rollout_id(bell.campaign_id))
        await handle.start_update(
            PolicyRollout.act_recorded,
            Doorbell(act_id=bell.act_id),
            # The server answers a used id without ringing: a relay that rings again says at which version.
            id=f"{bell.act_id}/{bell.version}",
            wait_for_stage=WorkflowUpdateStage.ACCEPTED,
            rpc_timeout=RPC_TIMEOUT,
        )
