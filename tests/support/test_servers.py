"""The shared fixtures do what their names promise."""

from __future__ import annotations

import asyncio
import socket
import uuid
from datetime import timedelta
from typing import TYPE_CHECKING

import asyncpg
import pytest
from pytest_socket import SocketConnectBlockedError
from temporalio.worker import Worker

from tests.support.servers import client_with
from tests.support.waiting_workflow import OneDay

if TYPE_CHECKING:
    from temporalio.testing import WorkflowEnvironment


async def test_a_fresh_database_is_empty_and_ours(database_url: str) -> None:
    """Each test gets an empty database whose owner it is."""
    connection = await asyncpg.connect(database_url, timeout=10)
    try:
        tables = "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace"
        assert await connection.fetchval(tables) == 0
        await connection.execute("CREATE TABLE mine ()")
    finally:
        await connection.close()


async def test_only_the_asked_workflow_moves_in_time(temporal_server: WorkflowEnvironment) -> None:
    """A workflow's clock moves by fast_forward alone, also for clients with another converter."""
    client = client_with(temporal_server, temporal_server.client.data_converter)
    queue = f"queue-{uuid.uuid4()}"
    async with asyncio.timeout(30), Worker(client, task_queue=queue, workflows=[OneDay]):
        moved = await client.start_workflow(OneDay.run, id=f"moved-{queue}", task_queue=queue)
        waiting = await client.start_workflow(OneDay.run, id=f"waiting-{queue}", task_queue=queue)
        await temporal_server.fast_forward(moved, timedelta(days=2))
        assert await moved.result() >= timedelta(days=1).total_seconds()
        assert (await waiting.describe()).close_time is None
        await waiting.terminate()


def test_tests_cannot_leave_this_machine() -> None:
    """A connection to any other machine is refused before a packet leaves."""
    blocked = pytest.raises(SocketConnectBlockedError)
    with socket.socket() as plain, pytest.warns(UserWarning, match="tried to use socket"), blocked:
        plain.connect(("192.0.2.1", 80))
