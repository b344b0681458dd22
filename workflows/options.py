"""How long each kind of activity may take and how it is retried: named, so that a wrong one is visible."""

from __future__ import annotations

from datetime import timedelta

from temporalio.common import RetryPolicy
from temporalio.workflow import ActivityConfig

TASK_QUEUE = "recovery"


def look(summary: str) -> ActivityConfig:
    """Store only: retried for ever, because a case must be able to end."""
    return ActivityConfig(
        summary=summary,
        start_to_close_timeout=timedelta(seconds=20),
        retry_policy=RetryPolicy(initial_interval=timedelta(milliseconds=500), maximum_interval=timedelta(minutes=1)),
    )


def effect(summary: str) -> ActivityConfig:
    """Provider and store: retried for ever and forward only; every effect in it is safe to repeat (R33)."""
    return ActivityConfig(
        summary=summary,
        start_to_close_timeout=timedelta(minutes=2),
        # A dead worker is noticed by its silence: the subject's browser waits, and its window is short.
        heartbeat_timeout=timedelta(seconds=20),
        retry_policy=RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(minutes=2)),
    )
