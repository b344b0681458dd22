"""The sweep: no case is left alone because its workflow was lost behind the product's back (B29)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

import structlog
from temporalio.client import WorkflowExecutionStatus
from temporalio.service import RPCError, RPCStatusCode

from domain.acts import InterruptBody
from domain.audit import AuditEvent, EventOutcome, EventType
from domain.events import by_part
from domain.ids import watch_id, workflow_id
from starter.relay.outbox import Outbox, Start
from store.sweeping import cases_to_sweep, watches_to_sweep

if TYPE_CHECKING:
    from temporalio.client import Client

    from domain.ports import NewIds
    from starter.relay.overdue import OverdueEnrolments
    from store.ledger import Ledger
    from store.sweeping import OpenCase, OpenWatch

_LOG = structlog.get_logger(__name__)
BATCH = 500
BEFORE_ALL = UUID(int=0)
FIRST_REST = timedelta(seconds=30)
LONGEST_REST = timedelta(hours=1)
"""A case whose continuations fail as well is tried again ever more seldom, not twice a minute for ever."""


class Sweep:
    """Looks at every open case: starts what never started, continues what was claimed, interrupts what was not.

    Where the enrolment's window has passed and no workflow has locked the account, it does so itself (R37).
    """

    def __init__(
        self, ledger: Ledger, client: Client, outbox: Outbox, new_id: NewIds, overdue: OverdueEnrolments
    ) -> None:
        self._ledger = ledger
        self._client = client
        self._outbox = outbox
        self._new_id = new_id
        self._overdue = overdue

    async def sweep(self) -> int:
        """Returns how many cases had to be helped."""
        helped, last = 0, BEFORE_ALL
        while cases := await cases_to_sweep(self._ledger, after=last, limit=BATCH):
            for one in cases:
                helped += await self._look_after(one)
            last = cases[-1].id
        return helped + await self._overdue.lock() + await self._watches()

    async def _watches(self) -> int:
        """Start the watches that never started, or were lost behind the product's back (B29, R38)."""
        started, last = 0, BEFORE_ALL
        while watches := await watches_to_sweep(self._ledger, after=last, limit=BATCH):
            for one in watches:
                started += await self._start_if_lost(one)
            last = watches[-1].case_id
        return started

    async def _start_if_lost(self, watch: OpenWatch) -> bool:
        try:
            description = await self._client.get_workflow_handle(watch_id(watch.case_id)).describe()
            if description.status is WorkflowExecutionStatus.RUNNING:
                return False
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                _LOG.warning("watch_not_described", case=str(watch.case_id))
                return False
        try:
            await self._outbox.start_watch(watch.case_id, watch.tenant_id)
        except RPCError:
            _LOG.warning("watch_not_started", case=str(watch.case_id))
            return False
        return True

    async def _look_after(self, case: OpenCase) -> bool:
        try:
            found = await self._describe(case)
            if found in {"running", "resting"}:
                return False
            _LOG.warning("case_swept", case=str(case.id), found=found, claimed=case.claimed)
            await self._help(case, found)
        except Exception:  # noqa: BLE001 - whatever it is
            # One case that cannot be helped must not keep the sweep from all the others.
            _LOG.exception("sweep_failed", case=str(case.id))
            return False
        return True

    async def _describe(self, case: OpenCase) -> str:
        handle = self._client.get_workflow_handle(workflow_id(case.id, case.continuation))
        try:
            description = await handle.describe()
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                return "never_started" if case.version == 0 else "deleted"
            raise
        if description.task_queue != self._outbox.task_queue:
            # Started by another client where none of our workers listens: as good as lost.
            return "squatted"
        status = description.status
        if status in {WorkflowExecutionStatus.RUNNING, None}:
            return "running"
        if description.close_time and datetime.now(UTC) < description.close_time + _rest(case.continuation):
            return "resting"
        return str(getattr(status, "name", "")).lower()

    async def _help(self, case: OpenCase, found: str) -> None:
        continuation, version = case.continuation, case.version
        if found != "never_started":
            async with self._ledger.page(case.tenant_id, case.id) as page:
                if page.case.outcome is not None or page.case.version != version:
                    return
                continuation = await page.next_continuation()
                if page.case.claimed_at is None and page.case.ending is None:
                    # Nothing was removed, and what the operator meant is unknown: people must look.
                    await page.add_act(act_id=self._new_id(), actor=None, body=InterruptBody(found=found))
                page.audit(_interrupted(case, found, page.case.subject_id, continuation))
        await self._outbox.start_workflow(
            Start(case_id=case.id, tenant_id=case.tenant_id, version=case.version, continuation=continuation)
        )


def _rest(continuation: int) -> timedelta:
    if continuation == 0:
        return timedelta(0)
    doublings: int = 2 ** min(continuation - 1, 10)
    return min(FIRST_REST * doublings, LONGEST_REST)


def _interrupted(case: OpenCase, found: str, subject_id: str, continuation: int) -> AuditEvent:
    return by_part(
        "sweep",
        EventType.CASE_INTERRUPTED,
        EventOutcome.FAILURE,
        subject_id=subject_id,
        case_id=case.id,
        found=found,
        claimed=case.claimed,
        continuation=continuation,
    )
