"""Canaries: what travels is not readable in raw history, in descriptions or in logs (R44, B09)."""

from __future__ import annotations

import asyncio
import base64
import getpass
import io
import json
import logging
import socket
import uuid
from typing import TYPE_CHECKING, Any

import pytest
from temporalio.api.common.v1 import Payload, WorkflowExecution
from temporalio.api.workflowservice.v1 import DescribeWorkflowExecutionRequest
from temporalio.client import (
    Client,
    Interceptor,
    OutboundInterceptor,
    StartWorkflowInput,
    WorkflowFailureError,
    WorkflowHandle,
    WorkflowUpdateFailedError,
)
from temporalio.common import RawValue
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError

from tests.support import waiting
from tests.transport.conftest import QUEUE, Clients
from tests.transport.example_messages import Bell, Opened
from tests.transport.example_workflow import ExampleCase, ExampleWaiting
from transport.codec import ENCODING, ENCRYPTED
from transport.errors import ReadableFieldRefused
from transport.logs import configure_logging

if TYPE_CHECKING:
    from collections.abc import Iterator

    from google.protobuf.message import Message

pytestmark = [pytest.mark.usefixtures("worker"), pytest.mark.timeout(60)]

CANARIES = {
    name: f"canary-{name}-{uuid.uuid4().hex}" for name in ("input", "update", "signal", "memo", "summary", "bad")
}


def payloads_in(message: Message) -> Iterator[Payload]:
    """Every payload anywhere inside a protobuf message."""
    for descriptor, value in message.ListFields():
        if descriptor.message_type is None:
            continue
        if descriptor.message_type.GetOptions().map_entry:
            values = [item for item in value.values() if hasattr(item, "ListFields")]
        else:
            values = list(value) if hasattr(value, "__len__") else [value]
        for item in values:
            if isinstance(item, Payload):
                yield item
            elif hasattr(item, "ListFields"):
                yield from payloads_in(item)


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """Everything logged during a test, as production formats it, at DEBUG."""
    root, stream = logging.getLogger(), io.StringIO()
    handlers, level = list(root.handlers), root.level
    configure_logging(level="DEBUG", stream=stream)
    yield stream
    root.handlers[:] = handlers
    root.setLevel(level)


async def test_nothing_readable_in_history_and_logs(clients: Clients, log: io.StringIO) -> None:
    """R44, B09: inputs, results, updates, signals, failures, memo and summary are ciphertext; logs hold none of it."""
    identifier = f"recovery/{uuid.uuid4()}"
    case = await clients.door.start_workflow(
        ExampleCase.run,
        Opened(case_id=CANARIES["input"]),
        id=identifier,
        task_queue=QUEUE,
        memo={"note": CANARIES["memo"]},
        static_summary=CANARIES["summary"],
    )
    untyped = clients.door.get_workflow_handle(identifier)
    await untyped.signal("identity_verification_signalled", Bell(act_id=CANARIES["signal"]))
    await untyped.signal("typed", {"act_id": [CANARIES["bad"]]})
    with pytest.raises(WorkflowUpdateFailedError):
        await untyped.execute_update("ring", {"act_id": [CANARIES["bad"]]})
    await case.execute_update(ExampleCase.ring, Bell(act_id=CANARIES["update"], urgency="stop"))
    async with asyncio.timeout(15):
        await case.result()

    described = await clients.door.workflow_service.describe_workflow_execution(
        DescribeWorkflowExecutionRequest(namespace="default", execution=WorkflowExecution(workflow_id=identifier))
    )
    events = [event async for event in case.fetch_history_events()]
    raw = b"".join(message.SerializeToString() for message in (*events, described))
    assert len(events) > 15
    for canary in CANARIES.values():
        assert canary.encode() not in raw
        assert base64.b64encode(canary.encode())[:-4] not in raw
        assert canary not in log.getvalue()
    assert b"row (" not in raw
    assert b"because of" not in raw
    for name in (socket.gethostname(), f"{getpass.getuser()}@"):
        assert name.encode() not in raw
    payloads = [payload for event in events for payload in payloads_in(event)]
    assert len(payloads) >= 10
    assert {payload.metadata[ENCODING] for payload in payloads} == {ENCRYPTED}
    assert "activity_failed_unexpectedly" in log.getvalue()
    assert all(json.loads(line) for line in log.getvalue().splitlines())


async def test_headers_are_encrypted(clients: Clients) -> None:
    """R44, G5: headers of any interceptor go through the codec too."""

    class Tagging(OutboundInterceptor):
        async def start_workflow(self, input: StartWorkflowInput) -> WorkflowHandle[Any, Any]:  # noqa: A002 - the SDK's
            input.headers = {"trace": Payload(metadata={"encoding": b"json/plain"}, data=b'"canary-header"')}
            return await super().start_workflow(input)

    class Tagger(Interceptor):
        def intercept_client(self, next: OutboundInterceptor) -> OutboundInterceptor:  # noqa: A002
            return Tagging(next)

    config = clients.door.config()
    config["interceptors"] = [*config["interceptors"], Tagger()]
    case = await Client(**config).start_workflow(
        ExampleCase.run, Opened(case_id="a"), id=f"recovery/{uuid.uuid4()}", task_queue=QUEUE
    )
    await case.execute_update(ExampleCase.ring, Bell(act_id="a"))
    raw = b"".join([event.SerializeToString() async for event in case.fetch_history_events()])
    assert b"trace" in raw
    assert b"canary-header" not in raw


async def test_forged_activity_completion_ends_the_case_visibly(clients: Clients) -> None:
    """R44, B19: a plaintext result forged by an insider with a Temporal login is not believed and jams nothing."""
    case = await clients.door.start_workflow(
        ExampleWaiting.run, Opened(case_id="a"), id=f"recovery/{uuid.uuid4()}", task_queue=QUEUE
    )
    forged = clients.plain.get_async_activity_handle(
        workflow_id=case.id, run_id=case.first_execution_run_id, activity_id="wait"
    )
    await completed(forged.complete, {"rings": 99, "outside": []})
    with pytest.raises(WorkflowFailureError) as caught:
        await asyncio.wait_for(case.result(), 15)
    assert isinstance(caught.value.cause, ApplicationError)
    assert caught.value.cause.type == "payload_refused"


async def test_forged_activity_failure_is_stripped_and_jams_nothing(clients: Clients) -> None:
    """R44, B19: text, type and details of a forged failure are dropped; the case sees an ordinary failure."""
    case = await clients.door.start_workflow(
        ExampleWaiting.run, Opened(case_id="a"), id=f"recovery/{uuid.uuid4()}", task_queue=QUEUE
    )
    forged = clients.plain.get_async_activity_handle(
        workflow_id=case.id, run_id=case.first_execution_run_id, activity_id="wait"
    )
    lie = ApplicationError("canary-lie", RawValue(Payload(data=b"x")), type="enrolled", non_retryable=True)
    await completed(forged.fail, lie)
    progress = await asyncio.wait_for(case.result(), 15)
    assert progress.outside == ["payload_refused", "payload_refused: Application error"]


async def completed(act: Any, argument: Any) -> None:
    """Complete or fail an activity as soon as it has started."""

    async def done() -> bool:
        try:
            await act(argument)
        except RPCError:
            return False
        return True

    await waiting.until(done)


@pytest.mark.parametrize("reason", ["Maria Muster asked", "maria@example.org"])
async def test_readable_fields_take_codes_only(clients: Clients, reason: str) -> None:
    """R44, G2: cancel and terminate reasons, ids and search attributes stay readable, so free text is refused."""
    handle = clients.door.get_workflow_handle("recovery/none")
    with pytest.raises(ReadableFieldRefused):
        await handle.cancel(reason=reason)
    with pytest.raises(ReadableFieldRefused):
        await handle.terminate(reason=reason)
    with pytest.raises(ReadableFieldRefused):
        await handle.execute_update("ring", Bell(act_id="a"), id=reason)
    with pytest.raises(ReadableFieldRefused):
        await clients.door.start_workflow(ExampleCase.run, Opened(case_id="a"), id=reason, task_queue=QUEUE)
