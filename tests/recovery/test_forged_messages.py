"""An insider who reaches Temporal, or only the database, can ring or scribble, but decides nothing (B04, B19)."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from temporalio.api.common.v1 import Payload, Payloads, WorkflowExecution
from temporalio.api.enums.v1 import EventType
from temporalio.api.workflowservice.v1 import SignalWorkflowExecutionRequest
from temporalio.client import Client, WorkflowUpdateFailedError
from temporalio.service import RPCError

from domain.acts import Act, ActKind, ExecuteBody, Method
from domain.messages import Doorbell, Outcome, Phase
from domain.people import Actor, Role
from tests.support import playing, waiting
from tests.support.database import pool_of
from workflows.recovery import RecoveryCase

if TYPE_CHECKING:
    from uuid import UUID

    from tests.support.world import World

SIGNAL = "identity_verification_signalled"
GOOD = {"act_id": str(uuid4())}
MALFORMED = {
    "missing_field": {},
    "wrong_type": {"act_id": 7},
    "not_an_id": {"act_id": "approve"},
    "null": None,
    "a_list": [GOOD],
    "nested": {"act_id": {"approver": "somebody", "verdict": "verified"}},
    "one_megabyte": "x" * 1_000_000,
    "older_shape": {"approver": "cleo", "approved": True},
}


async def settled(w: World, case_id: UUID, events: int) -> None:
    """Wait until so many foreign messages are in the audit."""

    async def there() -> bool:
        return len(await w.audit(case_id, "recovery.foreign_message")) >= events

    await waiting.until(there)


async def _nothing_moved_and_a_good_act_works(w: World, case_id: UUID) -> None:
    case, acts = await w.case(case_id)
    assert case.phase is Phase.VERIFICATION
    assert [one.kind for one in acts] == [ActKind.OPEN]
    await playing.verify(w, case_id)
    failures = [
        event
        async for event in w.handle(case_id).fetch_history_events()
        if event.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED
    ]
    assert failures == []


async def _waiting(w: World) -> UUID:
    case_id = await w.open("bo", "kim")
    await w.until_phase(case_id, Phase.VERIFICATION)
    return case_id


async def test_a_made_up_act_is_not_believed(w: World) -> None:
    """B04: rings for acts that nobody recorded, by signal and by Update: nothing moves, both are audited."""
    case_id = await _waiting(w)
    handle = w.handle(case_id)
    await handle.signal(SIGNAL, Doorbell(act_id=uuid4()))
    await settled(w, case_id, 1)
    await handle.execute_update(RecoveryCase.act_recorded, Doorbell(act_id=uuid4()))
    await settled(w, case_id, 2)
    assert {one["data"]["code"] for one in await w.audit(case_id, "recovery.foreign_message")} == {"act_unknown"}
    await _nothing_moved_and_a_good_act_works(w, case_id)


async def test_the_act_of_another_case_is_not_believed(w: World) -> None:
    """B04: a real act's id rung at another case is unknown there."""
    case_id = await _waiting(w)
    other = await w.open("bo", "nia")
    _, acts = await w.case(other)
    await w.handle(case_id).signal(SIGNAL, Doorbell(act_id=acts[0].id))
    await settled(w, case_id, 1)
    await _nothing_moved_and_a_good_act_works(w, case_id)


async def test_malformed_messages(w: World) -> None:
    """B19: each is noticed and audited as a signal, and refused as an Update; the case lives and a good act works."""
    case_id = await _waiting(w)
    handle = w.handle(case_id)
    for count, what in enumerate(MALFORMED, 1):
        await handle.signal(SIGNAL, MALFORMED[what])
        await settled(w, case_id, count)
        with pytest.raises(WorkflowUpdateFailedError):
            await handle.execute_update("act_recorded", MALFORMED[what], rpc_timeout=timedelta(seconds=10))
    codes = [one["data"]["code"] for one in await w.audit(case_id, "recovery.foreign_message")]
    assert codes == ["message_malformed"] * len(MALFORMED)
    await _nothing_moved_and_a_good_act_works(w, case_id)


async def test_messages_of_wrong_arity_and_name(w: World) -> None:
    """B19: no argument, two arguments, unknown names: nothing fails, unknown signals are audited."""
    case_id = await _waiting(w)
    handle = w.handle(case_id)
    await handle.signal(SIGNAL)
    await handle.signal(SIGNAL, args=[GOOD, GOOD])
    await handle.signal("approve", {"approver": "cleo"})
    for name, args in (("approve", [GOOD]), ("act_recorded", []), ("act_recorded", [GOOD, GOOD])):
        with pytest.raises(WorkflowUpdateFailedError):
            await handle.execute_update(name, args=args, rpc_timeout=timedelta(seconds=10))
    await settled(w, case_id, 1)
    codes = [one["data"]["code"] for one in await w.audit(case_id, "recovery.foreign_message")]
    assert codes == ["message_unknown"]
    await _nothing_moved_and_a_good_act_works(w, case_id)


FOREIGN: tuple[tuple[dict[str, bytes], bytes, str], ...] = (
    ({"encoding": b"json/plain"}, json.dumps(GOOD).encode(), "payload_refused"),
    ({"encoding": b"binary/encrypted", "key-id": b"k9-00ff00ff"}, b"\x00" * 60, "key_unknown"),
    ({"encoding": b"binary/encrypted"}, b"\xff\xfe", "key_unknown"),
    ({"encoding": b"json/plain"}, b"\x80 not json", "payload_refused"),
    ({}, b"", "payload_refused"),
)
"""Plaintext, an unknown key, no key, no JSON, nothing."""


async def test_foreign_payloads(w: World) -> None:
    """R44 B19: plaintext and foreign keys are refused and audited, without failing a task."""
    case_id = await _waiting(w)
    for count, (metadata, data, _) in enumerate(FOREIGN, 1):
        await w.client.workflow_service.signal_workflow_execution(
            SignalWorkflowExecutionRequest(
                namespace=w.client.namespace,
                workflow_execution=WorkflowExecution(workflow_id=w.handle(case_id).id),
                signal_name=SIGNAL,
                input=Payloads(payloads=[Payload(metadata=metadata, data=data)]),
                request_id=str(uuid4()),
            )
        )
        await settled(w, case_id, count)
    codes = [one["data"]["code"] for one in await w.audit(case_id, "recovery.foreign_message")]
    assert codes == [code for _, _, code in FOREIGN]
    await _nothing_moved_and_a_good_act_works(w, case_id)


async def test_a_client_without_keys_decides_nothing(w: World) -> None:
    """B04: namespace rights alone: a plain client can neither Update, nor query, nor start a case of its own making."""
    case_id = await _waiting(w)
    config = w.environment.client.config()
    plain = Client(**config)
    handle = plain.get_workflow_handle(w.handle(case_id).id)
    with pytest.raises(WorkflowUpdateFailedError):
        await handle.execute_update("act_recorded", GOOD, rpc_timeout=timedelta(seconds=10))
    started = await plain.start_workflow(
        "recovery_case",
        {"case_id": str(case_id), "tenant_id": str(w.tenant_id), "version": 0},
        id=f"made-up-{case_id}",
        task_queue=w.task_queue,
    )
    with pytest.raises(Exception):  # noqa: B017 - whatever the failure says, it failed
        await started.result()
    with pytest.raises(RPCError):
        await plain.get_workflow_handle("recovery/unknown").describe()
    case, _ = await w.case(case_id)
    assert case.phase is Phase.VERIFICATION


async def _scribble(w: World, case_id: UUID, record: object, signature: bytes, key_id: str) -> None:
    seq = await w.owner("UPDATE recovery.cases SET act_seq = act_seq + 1 WHERE id = $1 RETURNING act_seq", case_id)
    await w.owner(
        "INSERT INTO recovery.acts (id, case_id, seq, kind, record, signature, key_id, at) "
        "VALUES (gen_random_uuid(), $1, $2, 'verdict', $3::text::jsonb, $4, $5, now())",
        case_id, seq, json.dumps(record), signature, key_id,
    )  # fmt: skip


@pytest.mark.parametrize("forgery", ["other_author", "other_case", "no_act_at_all"])
async def test_an_act_written_past_the_doors_is_not_believed(w: World, forgery: str) -> None:
    """B04: a database owner writes a verdict: without a door's signature it does not count, and is audited."""
    case_id = await _waiting(w)
    await w.verify(case_id, "cleo", Method.CALLBACK)
    await w.until(case_id, lambda one: one.applied_seq == one.act_seq)
    _, acts = await w.case(case_id)
    row = await pool_of(w.parts.ledger).fetchrow(
        "SELECT record, signature, key_id FROM recovery.acts WHERE id = $1", acts[-1].id
    )
    assert row is not None
    target = case_id
    record: object = row["record"]
    if forgery == "other_author":
        dev = Actor(account_id=w.accounts["dev"], person_id=w.accounts["dev"], roles=frozenset({Role.APPROVER}))
        forged = acts[-1].model_copy(update={"actor": dev, "id": uuid4()})
        record = Act.model_dump(forged, mode="json")
    elif forgery == "other_case":
        target = await w.open("bo", "nia")
        await w.until(target, lambda one: one.version > 0)
        await w.state_codes_unavailable(target, "bo")
    else:
        record = {"approved": True}
    await _scribble(w, target, record, bytes(row["signature"]), row["key_id"])
    await w.handle(target).signal(SIGNAL, Doorbell(act_id=uuid4()))
    await playing.audited(w, target, "act_signature_wrong", event="recovery.decision_refused")
    assert (await w.case(target))[0].phase is Phase.VERIFICATION
    if forgery != "other_case":
        await w.verify(target, "dev", Method.CORROBORATING_TICKET)
        await w.until_phase(target, Phase.PRESENCE)


async def test_an_operation_marked_done_by_hand_is_not_believed(w: World) -> None:
    """B12 R31: a row that claims a removal that did not happen is found out by the fresh read, and named."""
    played = await playing.ready(w)
    case, _ = await w.case(played.case_id)
    target = min(case.plan.factor_ids)
    await w.owner(
        "INSERT INTO recovery.operations (id, case_id, key, ordinal, stage, kind, target, justification, state, "
        "done_at, result) VALUES (gen_random_uuid(), $1, $2, 0, 'reset', 'wipe_factors', $3, 'factor_lost', 'done', "
        "now(), 'removed')",
        played.case_id,
        f"reset:wipe_factors:{target}",
        target,
    )
    await w.decide("bo", played.case_id, ExecuteBody())
    done = await w.until_closed(played.case_id)
    assert (done.outcome, done.code) == (Outcome.INTERRUPTED, "wipe_incomplete")
    [event] = await w.audit(played.case_id, "mfa.factor_admin_reset")
    assert event["data"]["left"] == [target]


async def test_foreign_messages_in_a_row_are_all_audited(w: World) -> None:
    """B19: one that arrives while another is being reported is not forgotten until the next ring."""
    case_id = await _waiting(w)
    handle = w.handle(case_id)
    await handle.signal(SIGNAL, {"act_id": "approve"})
    await handle.signal(SIGNAL, {"act_id": str(uuid4())})
    await handle.signal("approve", {"approver": "somebody"})
    await handle.cancel()
    wanted = ("message_malformed", "act_unknown", "message_unknown", "workflow_cancel_ignored")
    await playing.audited(w, case_id, *wanted)
    await _nothing_moved_and_a_good_act_works(w, case_id)
