"""A keyring, clients of several kinds and a worker of the example workflow, on the shared Temporal server."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Worker

from tests.transport.example_messages import example_fail, example_wait
from tests.transport.example_workflow import ExampleCase, ExampleWaiting
from transport.connect import connect
from transport.errors import PayloadRefused
from transport.keys import Keyring, make_keyring

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from temporalio.testing import WorkflowEnvironment

QUEUE = "example"


@dataclass(frozen=True)
class Clients:
    """`door` speaks our language, `stranger` has other keys, `plain` has none and no interceptor."""

    door: Client
    stranger: Client
    plain: Client


@pytest.fixture(scope="session")
def keyring(tmp_path_factory: pytest.TempPathFactory) -> Keyring:
    """The installation's keyring."""
    return make_keyring(tmp_path_factory.mktemp("keys") / "keyring.json")


@pytest.fixture
def keyring_path(tmp_path: Path) -> Path:
    """Where a keyring may be made."""
    return tmp_path / "keyring.json"


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def clients(
    temporal_server: WorkflowEnvironment, keyring: Keyring, tmp_path_factory: pytest.TempPathFactory
) -> Clients:
    """Three clients of one server."""
    address = temporal_server.client.service_client.config.target_host
    other = make_keyring(tmp_path_factory.mktemp("others") / "keyring.json")
    return Clients(
        door=await connect(address, "default", keyring, worker=False),
        stranger=await connect(address, "default", other, worker=False),
        plain=await Client.connect(address, data_converter=pydantic_data_converter),
    )


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def worker(temporal_server: WorkflowEnvironment, keyring: Keyring) -> AsyncIterator[Worker]:
    """A worker as it runs in production, that replays from the start on every task."""
    address = temporal_server.client.service_client.config.target_host
    client = await connect(address, "default", keyring, worker=True)
    async with Worker(
        client,
        task_queue=QUEUE,
        workflows=[ExampleCase, ExampleWaiting],
        activities=[example_fail, example_wait],
        max_cached_workflows=0,
        workflow_failure_exception_types=[PayloadRefused],
    ) as running:
        yield running
