"""A Temporal server that asks a workflow to continue as new after a few events instead of thousands."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from temporalio.testing import TimeSkippingConfig, WorkflowEnvironment

from starter.embedded.binaries import temporal_program
from tests.support import servers
from workflows.attributes import NAMES_AND_TYPES

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@asynccontextmanager
async def short_histories(events: int) -> AsyncIterator[WorkflowEnvironment]:
    """As `servers.time_skipping_temporal`, with continue-as-new suggested from so many events on."""
    settings = (
        "frontend.WorkflowTimeSkippingEnabled=true",
        "history.transferProcessorMaxPollRPS=1000",
        f"limit.historyCount.suggestContinueAsNew={events}",
    )
    arguments = [word for setting in settings for word in ("--dynamic-config-value", setting)]
    for name, kind in NAMES_AND_TYPES.items():
        arguments += ["--search-attribute", f"{name}={kind}"]
    environment = await WorkflowEnvironment.start_time_skipping_v2(
        ts_config=TimeSkippingConfig(enabled=False),
        dev_server_existing_path=str(temporal_program()),
        dev_server_extra_args=arguments,
        dev_server_log_level="error",
        dev_server_startup_timeout=servers.TEMPORAL_START_TIMEOUT,
    )
    try:
        yield environment
    finally:
        await environment.shutdown()
