"""Running cases survive new code: every recorded history replays on the present workflow (B30, temporal.md F1, F2)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions
from temporalio.workflow import NondeterminismError

import worker
from domain.messages import CaseResult
from tests.replay.keyring import write_keyring
from tests.replay.reordered import ReorderedCase
from tests.replay.scenes import OUTCOMES, SCENES
from transport.converter import data_converter
from transport.interceptors import TransportInterceptor
from transport.keys import load_keyring
from workflows.recovery import RecoveryCase

if TYPE_CHECKING:
    from temporalio.converter import DataConverter

HISTORIES = Path(__file__).parent / "histories"


@pytest.fixture(scope="module")
def converter(tmp_path_factory: pytest.TempPathFactory) -> DataConverter:
    """The real converter with the recordings' keyring."""
    path = write_keyring(tmp_path_factory.mktemp("replay") / "keyring.json")
    return data_converter(load_keyring(path), "default", worker=True)


def history_of(name: str) -> WorkflowHistory:
    """A recorded history."""
    content = json.loads((HISTORIES / f"{name}.json").read_text(encoding="utf-8"))
    return WorkflowHistory.from_json(content["workflow_id"], content["history"])


def replayer(converter: DataConverter, workflow: type) -> Replayer:
    """As the worker runs it: same sandbox, same interceptors."""
    return Replayer(
        workflows=[workflow],
        data_converter=converter,
        interceptors=[TransportInterceptor()],
        workflow_runner=SandboxedWorkflowRunner(
            restrictions=SandboxRestrictions.default.with_passthrough_modules(*worker._PASSED_THROUGH)
        ),
    )


def test_every_scene_is_recorded() -> None:
    """A new way through the runbook is recorded with the commit that brings it."""
    assert {path.stem for path in HISTORIES.glob("*.json")} == set(SCENES)


@pytest.mark.parametrize("name", SCENES)
async def test_replay(converter: DataConverter, name: str) -> None:
    """B30: commands come in the same order, and the history's own result is the outcome that the scene is about."""
    history = history_of(name)
    await replayer(converter, RecoveryCase).replay_workflow(history)
    last = history.events[-1]
    assert last.event_type == EventType.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED
    result = last.workflow_execution_completed_event_attributes.result
    [ended] = await converter.decode(result.payloads, [CaseResult])
    assert ended.outcome == OUTCOMES.get(name, name)


async def test_replay_bites(converter: DataConverter) -> None:
    """F1: a copy of the workflow with two steps swapped fails on a recorded history."""
    with pytest.raises(NondeterminismError):
        await replayer(converter, ReorderedCase).replay_workflow(history_of("recovered"))


def test_recordings_name_no_machine() -> None:
    """G2: what stays readable in a history is ids, codes and digests."""
    for path in HISTORIES.glob("*.json"):
        assert '"identity": "recorded"' in path.read_text(encoding="utf-8")
        assert "@" not in path.read_text(encoding="utf-8")
