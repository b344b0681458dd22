"""Running campaigns survive new code: their recorded histories replay on the present workflow (B30, R40)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowHistory
from temporalio.workflow import NondeterminismError

from tests.replay.campaign_scenes import HISTORIES, SCENES
from tests.replay.impatient import ImpatientRollout
from tests.replay.test_replay import converter, replayer
from workflows.campaign import PolicyRollout

if TYPE_CHECKING:
    from temporalio.converter import DataConverter

__all__ = ["converter"]
LAST_EVENT = {"continued_as_new": EventType.EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW}


def history_of(name: str) -> WorkflowHistory:
    """A recorded history."""
    content = json.loads((HISTORIES / f"{name}.json").read_text(encoding="utf-8"))
    return WorkflowHistory.from_json(content["workflow_id"], content["history"])


def test_every_campaign_scene_is_recorded() -> None:
    """A new way through a campaign is recorded with the commit that brings it."""
    assert {path.stem for path in HISTORIES.glob("*.json")} == set(SCENES)


@pytest.mark.parametrize("name", SCENES)
async def test_replay_campaign(converter: DataConverter, name: str) -> None:
    """B30: commands come in the same order, to the end that the scene is about."""
    history = history_of(name)
    await replayer(converter, PolicyRollout).replay_workflow(history)
    completed = EventType.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED
    assert history.events[-1].event_type == LAST_EVENT.get(name, completed)


async def test_replaying_a_campaign_bites(converter: DataConverter) -> None:
    """F1: a copy that waits before it looks fails on a recorded history."""
    with pytest.raises(NondeterminismError):
        await replayer(converter, ImpatientRollout).replay_workflow(history_of("completed"))


def test_campaign_recordings_name_no_machine() -> None:
    """G2: what stays readable in a history is ids, codes and digests."""
    for path in HISTORIES.glob("*.json"):
        assert "@" not in path.read_text(encoding="utf-8")
