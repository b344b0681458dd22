"""A workflow that only waits; alone in its file, because the sandbox imports a workflow's file once more.

A file that imports asyncpg must never define a workflow: importing that extension twice crashes the process.
"""

from __future__ import annotations

from datetime import timedelta

from temporalio import workflow


@workflow.defn(name="one_day")
class OneDay:
    """Waits a day, then says how many seconds passed on its own clock."""

    @workflow.run
    async def run(self) -> float:
        """Wait."""
        begun = workflow.now()
        await workflow.sleep(timedelta(days=1))
        return (workflow.now() - begun).total_seconds()
