"""Badly shaped messages against a running case on a real server (B19)."""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from typing import Any

import pytest
from temporalio.api.common.v1 import Payload
from temporalio.api.enums.v1 import EventType
from temporalio.client import (
    Client,
    WorkflowFailureError,
    WorkflowHandle,
    WorkflowQueryFailedError,
    WorkflowUpdateFailedError,
)
from temporalio.common import RawValue
from temporalio.exceptions import ApplicationError

from tests.transport.conftest import QUEUE, Clients
from tests.transport.example_messages import Bell, Opened, Progress
from tests.transport.example_workflow import ExampleCase

pytestmark = [pytest.mark.usefixtures("worker"), pytest.mark.timeout(60)]

OUTSIDE = "identity_verification_signalled"
GOOD = Bell(act_id="act-1")
Case = WorkflowHandle[ExampleCase, Progress]


def raw(data: bytes, **metadata: bytes) -> RawValue:
    """A payload that bypasses conversion."""
    return RawValue(Payload(metadata=metadata, data=data))


NOT_JSON = raw(b"\xff\x00{", encoding=b"json/plain")
NULL = raw(b"", encoding=b"binary/null")
PROTOBUF = raw(b"{}", encoding=b"json/protobuf", messageType=b"temporal.api.common.v1.WorkflowType")
REFERENCE = raw(b"{}", encoding=b"json/protobuf", messageType=b"temporal.api.sdk.v1.ExternalStorageReference")
LEGACY_REFERENCE = raw(b"{}", encoding=b"json/external-storage-reference")
MARKED = raw(b"x", encoding=b"binary/encrypted", __temporal_external_storage_reference=b"true")
FORGED_REFUSAL = raw(b"", encoding=b"binary/refused", reason=b"key_unknown")
TRUNCATED = raw(b"short", encoding=b"binary/encrypted")

# What holders of our keys may send by mistake, and how the outside signal answers.
MALFORMED: dict[str, Any] = {
    "not JSON": NOT_JSON,
    "null payload": NULL,
    "JSON null": raw(b"null", encoding=b"json/plain"),
    "protobuf": PROTOBUF,
    "unknown encoding": raw(b"{}", encoding=b"yaml/plain"),
    "no encoding": raw(b"{}"),
    "missing field": {"urgency": "stop"},
    "wrong type": {"act_id": ["a"]},
    "unknown enum": {"act_id": "a", "urgency": "panic"},
    "1 MB string": {"act_id": "x" * 1_000_000},
    "deep nesting": raw(b"[" * 5_000, encoding=b"json/plain"),
}
# What an attacker without our keys may send.
FOREIGN: dict[str, Any] = {
    "plaintext": GOOD,
    "plain null": NULL,
    "storage reference": REFERENCE,
    "old storage reference": LEGACY_REFERENCE,
    "marked reference": MARKED,
    "forged refusal": FORGED_REFUSAL,
    "truncated": TRUNCATED,
}


async def open_case(client: Client) -> Case:
    """Start an example case."""
    case_id = str(uuid.uuid4())
    return await client.start_workflow(
        ExampleCase.run, Opened(case_id=case_id), id=f"recovery/{case_id}", task_queue=QUEUE
    )


async def still_works(case: Case, *, rings: int = 1) -> Progress:
    """Ring properly and see that it is answered, and that no workflow task has ever failed."""
    async with asyncio.timeout(15):
        progress = await case.execute_update(ExampleCase.ring, GOOD)
    assert progress.rings == rings
    kinds = [event.event_type async for event in case.fetch_history_events()]
    assert EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED not in kinds
    assert EventType.EVENT_TYPE_WORKFLOW_TASK_TIMED_OUT not in kinds
    return progress


async def accepted_updates(case: Case) -> int:
    """How many updates stand in history."""
    accepted = EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED
    return [event.event_type async for event in case.fetch_history_events()].count(accepted)


def by_hand(client: Client, case: Case) -> WorkflowHandle[Any, Any]:
    """The same case through another client, untyped."""
    return client.get_workflow_handle(case.id)


async def refusal(case: WorkflowHandle[Any, Any], name: str, args: list[Any]) -> str | None:
    """Send an update that must be refused and return the code the sender learns."""
    with pytest.raises(WorkflowUpdateFailedError) as caught:
        async with asyncio.timeout(15):
            await case.execute_update(name, args=args)
    cause = caught.value.cause
    assert isinstance(cause, ApplicationError)
    while isinstance(cause.__cause__, ApplicationError):
        cause = cause.__cause__
    return cause.type


@pytest.mark.parametrize("name", MALFORMED)
async def test_malformed_outside_signal_is_noticed_and_the_next_message_works(clients: Clients, name: str) -> None:
    """B19: an outside signal that does not fit is noticed with its code, and the case goes on."""
    case = await open_case(clients.door)
    await by_hand(clients.door, case).signal(OUTSIDE, MALFORMED[name])
    progress = await still_works(case)
    assert progress.outside == ["message_malformed"]


@pytest.mark.parametrize("name", MALFORMED)
async def test_malformed_update_is_refused_without_a_trace_in_history(clients: Clients, name: str) -> None:
    """B19: an update that does not fit is refused with a code, uses up no update, and the case goes on."""
    case = await open_case(clients.door)
    assert await refusal(by_hand(clients.door, case), "ring", [MALFORMED[name]]) == "message_malformed"
    await still_works(case)
    assert await accepted_updates(case) == 1


@pytest.mark.parametrize("name", FOREIGN)
async def test_foreign_signal_is_noticed_and_never_believed(clients: Clients, name: str) -> None:
    """R44, B19: plaintext and whatever else was not encrypted by us is refused, even when it reads well."""
    case = await open_case(clients.door)
    await by_hand(clients.plain, case).signal(OUTSIDE, FOREIGN[name])
    await by_hand(clients.plain, case).signal("typed", FOREIGN[name])
    progress = await still_works(case)
    assert progress.outside in (["payload_refused"], ["key_unknown"])


@pytest.mark.parametrize("name", FOREIGN)
async def test_foreign_update_is_refused(clients: Clients, name: str) -> None:
    """R44, B19: the same by update; the sender without our keys cannot even read the refusal."""
    case = await open_case(clients.door)
    with pytest.raises(WorkflowUpdateFailedError):
        async with asyncio.timeout(15):
            await by_hand(clients.plain, case).execute_update("ring", FOREIGN[name])
    await still_works(case)
    assert await accepted_updates(case) == 1


async def test_unknown_key_is_noticed_and_does_not_jam(clients: Clients) -> None:
    """B19: messages under a key we do not have are refused one by one."""
    case = await open_case(clients.door)
    await by_hand(clients.stranger, case).signal(OUTSIDE, GOOD)
    await by_hand(clients.stranger, case).signal("typed", GOOD)
    with pytest.raises((WorkflowUpdateFailedError, ValueError)):
        async with asyncio.timeout(15):
            await by_hand(clients.stranger, case).execute_update("ring", GOOD)
    progress = await still_works(case)
    assert progress.outside == ["key_unknown"]


@pytest.mark.parametrize("args", [[], [GOOD, GOOD]], ids=["none", "two"])
@pytest.mark.parametrize("signal", [OUTSIDE, "typed"])
async def test_signal_of_wrong_arity_is_dropped(clients: Clients, signal: str, args: list[Any]) -> None:
    """B19: a signal with no or two arguments would fail the task for ever; it is dropped."""
    case = await open_case(clients.door)
    await by_hand(clients.door, case).signal(signal, args=args)
    progress = await still_works(case)
    assert progress.outside == []


@pytest.mark.parametrize("args", [[], [GOOD, GOOD]], ids=["none", "two"])
@pytest.mark.parametrize(("update", "accepted"), [("ring", 1), ("unguarded", 2)])
async def test_update_of_wrong_arity_is_refused(clients: Clients, update: str, accepted: int, args: list[Any]) -> None:
    """B19: refused with message_malformed; with a validator before acceptance, without one after it."""
    case = await open_case(clients.door)
    assert await refusal(by_hand(clients.door, case), update, args) == "message_malformed"
    await still_works(case)
    assert await accepted_updates(case) == accepted


@pytest.mark.parametrize("kind", ["door", "stranger", "plain"])
async def test_unknown_names_are_noticed_or_refused(clients: Clients, kind: str) -> None:
    """B19: an unknown signal is noticed, an unknown update refused without a trace in history."""
    case = await open_case(clients.door)
    other = by_hand(getattr(clients, kind), case)
    await other.signal("open_sesame", args=[GOOD, GOOD, GOOD])
    if kind == "door":
        assert await refusal(other, "open_sesame", [GOOD]) == "message_unknown"
    else:
        with pytest.raises((WorkflowUpdateFailedError, ValueError)):
            await other.execute_update("open_sesame", GOOD)
    progress = await still_works(case)
    assert progress.outside == ["message_unknown"]
    assert await accepted_updates(case) == 1


@pytest.mark.parametrize("args", [[], [GOOD], [GOOD, GOOD]], ids=["none", "one", "two"])
@pytest.mark.parametrize("name", ["progress", "open_sesame"])
async def test_foreign_queries_do_not_jam(clients: Clients, name: str, args: list[Any]) -> None:
    """B19: a query of any name and arity, plaintext or not, fails at most for its sender."""
    case = await open_case(clients.door)
    for client in (clients.plain, clients.door):
        with contextlib.suppress(WorkflowQueryFailedError, KeyError):  # KeyError: without keys the answer is unreadable
            await asyncio.wait_for(by_hand(client, case).query(name, args=args), 10)
    await still_works(case)


async def test_extra_fields_are_ignored(clients: Clients) -> None:
    """B19, B4: an old worker reads what a newer door sends."""
    case = await open_case(clients.door)
    await by_hand(clients.door, case).signal(OUTSIDE, {"act_id": "act-2", "added_later": True})
    assert (await still_works(case)).outside == ["act-2"]


async def test_burst_of_bad_messages_before_the_first_task(clients: Clients) -> None:
    """B19, B25: all of it in one activation, good messages in between, nothing jams."""
    case = await open_case(clients.door)
    strangers = [by_hand(clients.plain, case).signal(OUTSIDE, message) for message in FOREIGN.values()]
    ours = [by_hand(clients.door, case).signal(OUTSIDE, message) for message in MALFORMED.values()]
    await asyncio.gather(*strangers, *ours, by_hand(clients.door, case).signal(OUTSIDE, GOOD))
    progress = await still_works(case)
    assert progress.outside.count("act-1") == 1
    assert len(progress.outside) == len(FOREIGN) + len(MALFORMED) + 1


async def test_known_and_unexpected_activity_errors_arrive_as_codes(clients: Clients) -> None:
    """R44: the workflow learns `internal_error` or the error's own code, never a text."""
    case = await open_case(clients.door)
    await case.execute_update(ExampleCase.ring, Bell(act_id="act-1", urgency="stop"))
    async with asyncio.timeout(15):
        progress = await case.result()
    assert progress.outside == ["internal_error", "vendor_says_no"]


async def test_forged_start_fails_at_once(clients: Clients) -> None:
    """R44, B19: a workflow started with a plaintext input fails instead of being tried for ever."""
    case_id = str(uuid.uuid4())
    with pytest.raises(WorkflowFailureError):
        async with asyncio.timeout(15):
            await clients.plain.execute_workflow(
                "example_case", Opened(case_id=case_id), id=f"recovery/{case_id}", task_queue=QUEUE
            )
