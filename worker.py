"""Runs the worker: the workflow and its activities, until told to stop."""

from __future__ import annotations

import asyncio
import signal
from datetime import timedelta
from importlib.metadata import version
from typing import TYPE_CHECKING

import structlog
from temporalio.common import WorkerDeploymentVersion
from temporalio.worker import Worker, WorkerDeploymentConfig
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

from compose.addresses import addresses_of, keyring_of
from compose.engine import connect_to_engine
from compose.parts import Parts, open_parts
from compose.provider import directory_settings
from transport.errors import PayloadRefused
from workflows.campaign import PolicyRollout
from workflows.options import TASK_QUEUE
from workflows.recovery import RecoveryCase
from workflows.watch import RecoveryWatch

if TYPE_CHECKING:
    from temporalio.client import Client

    from settings import Settings

_LOG = structlog.get_logger(__name__)
_PACKAGE = "mfa-recovery"
GRACE = timedelta(seconds=30)
_PASSED_THROUGH = (
    "domain.messages", "domain.ids", "domain.errors", "domain.refusal_codes", "transport.errors", "activities",
)  # fmt: skip
"""Named one by one (temporal.md A2, A3): what is passed through is not checked for determinism."""


def build_worker(
    client: Client, these: Parts, *, task_queue: str = TASK_QUEUE, max_cached_workflows: int = 1000
) -> Worker:
    """A worker with the sandbox on; forged input and forged answers fail at once and visibly, never for ever (B19)."""
    return Worker(
        client,
        task_queue=task_queue,
        workflows=[RecoveryCase, RecoveryWatch, PolicyRollout],
        activities=these.activities,
        workflow_runner=SandboxedWorkflowRunner(
            restrictions=SandboxRestrictions.default.with_passthrough_modules(*_PASSED_THROUGH)
        ),
        workflow_failure_exception_types=[PayloadRefused],
        graceful_shutdown_timeout=GRACE,
        sticky_queue_schedule_to_start_timeout=timedelta(seconds=1),
        max_cached_workflows=max_cached_workflows,
        max_concurrent_activities=8,
        # Said, because otherwise the SDK hashes every module of the process at each start, which takes seconds.
        deployment_config=WorkerDeploymentConfig(
            version=WorkerDeploymentVersion(deployment_name=_PACKAGE, build_id=version(_PACKAGE)),
            use_worker_versioning=False,
        ),
    )


async def run(settings: Settings) -> None:
    """Work until SIGTERM or SIGINT, then finish what is running within half a minute."""
    stopping = asyncio.Event()
    for one in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(one, stopping.set)
    keyring = keyring_of(settings)
    addresses = addresses_of(settings)
    client = await connect_to_engine(addresses, keyring, worker=True)
    async with open_parts(addresses, keyring, directory_settings(settings), application="recovery-worker") as these:
        async with build_worker(client, these):
            _LOG.info("worker_ready", task_queue=TASK_QUEUE)
            await stopping.wait()
        _LOG.info("worker_stopped")
