"""What is refused at the doors before a case exists, and what a stranger with a Temporal login can do: nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

from temporalio.client import Client, WorkflowUpdateStage
from temporalio.service import RPCError

from domain.audit import EventType
from domain.ids import workflow_id
from domain.messages import Doorbell
from starter.demo.desk import refused_with, shortly
from starter.demo.stage import ExpectationFailed, expect

if TYPE_CHECKING:
    from uuid import UUID

    from starter.demo.backstage import Play
    from starter.demo.desk import Desk


async def refused_at_intake(play: Play, agent: Desk) -> None:
    """R3, R6: what no case is opened for."""
    play.stage.heading("Refused before a case exists")
    code = await refused_with(agent.open(agent.person, "lost_phone"))
    play.stage.refused(agent.name, "open a case about themselves", code)
    code = await refused_with(agent.open(play.cast["kim"], "change_authenticator_app"))
    play.stage.refused(agent.name, "open a case to change the app", code)


async def insider(play: Play, auditor: Desk, case_id: UUID) -> None:
    """A made-up Signal without our keys and a made-up Update with them: the case does not move (B04)."""
    stage = play.stage
    stage.heading("An insider with a Temporal login")
    before = await auditor.case(str(case_id))
    plain = await Client.connect(play.temporal_address, namespace=play.temporal_namespace)
    raw = plain.get_workflow_handle(workflow_id(case_id))
    await raw.signal("identity_verification_signalled", {"act_id": str(uuid4()), "verdict": "verified"})
    code = await _audited_code(auditor, case_id, known=set())
    stage.refused("An insider", "send a made-up Signal", code, case_id=str(case_id))

    keyed = await play.connect_temporal()
    handle = keyed.get_workflow_handle(workflow_id(case_id))
    try:
        await handle.start_update(
            "act_recorded", Doorbell(act_id=uuid4()), wait_for_stage=WorkflowUpdateStage.COMPLETED
        )
    except RPCError as error:
        raise ExpectationFailed("the made-up Update did not reach the case") from error
    code = await _audited_code(auditor, case_id, known={code})
    stage.refused("An insider", "send a made-up Update", code, case_id=str(case_id))
    after = await auditor.case(str(case_id))
    for what in ("phase", "outcome", "claimed_at"):
        expect(f"the case's {what} after the made-up messages", seen=after[what], wanted=before[what])


async def _audited_code(auditor: Desk, case_id: UUID, known: set[str]) -> str:
    for _ in range(200):
        events = (await auditor.get("/audit/events", case_id=str(case_id), limit=200))["events"]
        codes = [one["data"]["code"] for one in events if one["type"] == EventType.FOREIGN_MESSAGE]
        fresh = [one for one in codes if one not in known]
        if fresh:
            return str(fresh[0])
        await shortly()
    raise ExpectationFailed("the made-up message was not audited")
