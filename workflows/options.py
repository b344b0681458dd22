"""How long each kind of activity may take and how it is retried: named, so that a wrong one is visible."""

from __future__ import annotations

from datetime import timedelta

from temporalio.common import RetryPolicy
from temporalio.workflow import ActivityConfig

LOOK = ActivityConfig(
    start_to_close_timeout=timedelta(seconds=20),
    retry_policy=RetryPolicy(initial_interval=timedelta(milliseconds=500), maximum_interval=timedelta(minutes=1)),
)
"""Store only: retried for ever, because a case must be able to end."""

EFFECT = ActivityConfig(
    start_to_close_timeout=timedelta(minutes=2),
    heartbeat_timeout=None,
    retry_policy=RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(minutes=2)),
)
"""Provider and store: retried for ever and forward only; every effect in it is safe to repeat (R33)."""

TASK_QUEUE = "recovery"
