"""How the running system stands for one tenant: what waits, what is stuck and what was not delivered (B10, B29).

What Temporal is asked is given up after a second, so that the answer comes within two also when it is away.
Cases about whoever looks are left out (R6).
"""

from __future__ import annotations

import asyncio
import os
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from temporalio.client import WorkflowExecutionStatus
from temporalio.service import RPCError, RPCStatusCode

from domain.ids import case_reference, opaque, workflow_id
from domain.messages import Phase
from domain.notices import Audience, NoticeState, Occasion, occasion_of
from domain.policy.access import Access, may_read_case
from domain.policy.officers import review_open
from service.course_view import waiver_view
from service.reading import require
from service.standing import ENGINE_AWAY, PATIENCE_SECONDS, QueueView
from service.view import View
from store.audit.heads import parse_head
from store.statements import SQL
from store.waiting import cases_with_glass_broken
from workflows import attributes

if TYPE_CHECKING:
    from pathlib import Path

    from service.doors import Doors
    from service.sessions import Session
    from service.standing import Engine
    from store.audit.heads import SignedHead
    from store.statements import Row

STUCK_AFTER = timedelta(minutes=1)
WAITS_TOO_LONG = timedelta(minutes=1)
HEADS_LATE_AFTER = timedelta(minutes=10)
"""Twice the keeper's interval (R42)."""
REVIEW_OVERDUE_AFTER = timedelta(hours=24)
MOST_SHOWN = 50
MOST_LOOKED_FOR = 1000
MOST_ASKED_ONE_BY_ONE = 20
NOTICES_OF_LAST = timedelta(days=7)
_TAIL_BYTES = 2**20


class OutboxView(View):
    """Bells that no workflow has heard yet, and since when the oldest waits (UTC)."""

    waiting: int
    oldest: datetime | None
    late: bool


class StuckCase(View):
    """An open case that does not move, and why: `not_applied` or `no_workflow`.

    `since` (UTC) is when the act was recorded that nothing has looked at, or when the case was opened.
    """

    id: UUID
    reference: str
    phase: Phase
    since: datetime
    fault: str


class LostNotice(View):
    """A notice that did not arrive, or of which nobody knows; `code` is the channel's reason."""

    reference: str
    occasion: Occasion | None
    audience: Audience
    channel: str
    state: NoticeState
    code: str
    at: datetime | None


class ReviewsView(View):
    """Break-glass that waits for another officer (R39); `overdue` ones longer than a day."""

    waiting: int
    overdue: int
    oldest: datetime | None


class HeadsView(View):
    """The last signed head outside the database, and whether events wait for one too long (R42)."""

    signed_seq: int
    signed_at: datetime | None
    chain_seq: int
    late: bool


class OperationsView(View):
    """The whole picture. `queues` and `workflows_known` say whether Temporal told."""

    at: datetime
    database_ms: int
    queues: list[QueueView] | None
    workflows_known: bool
    outbox: OutboxView
    stuck: list[StuckCase]
    notices: list[LostNotice]
    reviews: ReviewsView
    heads: HeadsView


async def read_operations(doors: Doors, engine: Engine, heads: Path, session: Session) -> OperationsView:
    """The picture of this moment. Raises `Refused` for other roles, and what the database raises."""
    await require(doors, session, Access.READ_OPERATIONS)
    clock = asyncio.get_running_loop().time
    began = clock()
    [outbox] = await doors.ledger.pool.fetch(SQL["outbox_of_tenant"], session.tenant_id)
    milliseconds = round((clock() - began) * 1000)
    queues, missing, unapplied, notices, reviews, signed = await asyncio.gather(
        engine.queues(),
        _without_workflow(doors, engine, session),
        doors.ledger.pool.fetch(SQL["cases_stuck"], session.tenant_id, STUCK_AFTER, MOST_SHOWN),
        doors.ledger.pool.fetch(SQL["notices_not_delivered"], session.tenant_id, NOTICES_OF_LAST, MOST_SHOWN),
        _reviews(doors, session, outbox["now"]),
        asyncio.to_thread(_last_head, heads, session.tenant_id),
    )
    stuck = [_stuck(row, "not_applied") for row in unapplied if not _is_own(row, session)]
    known = {one.id for one in stuck}
    stuck += [
        _stuck(row, "no_workflow") for row in missing or () if row["id"] not in known and not _is_own(row, session)
    ]
    return OperationsView(
        at=outbox["now"],
        database_ms=milliseconds,
        queues=queues,
        workflows_known=missing is not None,
        outbox=OutboxView(
            waiting=outbox["waiting"],
            oldest=outbox["oldest"],
            late=outbox["oldest"] is not None and outbox["now"] - outbox["oldest"] > WAITS_TOO_LONG,
        ),
        stuck=stuck,
        notices=[_notice(row) for row in notices if not _is_own(row, session)],
        reviews=reviews,
        heads=await _heads(doors, session, signed),
    )


async def _without_workflow(doors: Doors, engine: Engine, session: Session) -> list[Row] | None:
    """Open cases whose workflow does not run where our workers listen; None where Temporal does not tell in time."""
    cases = await doors.ledger.pool.fetch(SQL["cases_to_find_running"], session.tenant_id, STUCK_AFTER, MOST_LOOKED_FOR)
    if not cases:
        return []
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            running = await _running(engine, session.tenant_id)
            unseen = [row for row in cases if workflow_id(row["id"], row["continuation"]) not in running]
            # The list may lag behind; whoever is not in it is asked for by name.
            asked = unseen[:MOST_ASKED_ONE_BY_ONE]
            found = await asyncio.gather(*(_runs(engine, row) for row in asked))
    except ENGINE_AWAY:
        return None
    return [row for row, runs in zip(asked, found, strict=True) if not runs]


async def _running(engine: Engine, tenant_id: UUID) -> set[str]:
    query = f"ExecutionStatus = 'Running' AND TaskQueue = '{engine.task_queue}'"
    query += f" AND {attributes.TENANT.name} = '{opaque(tenant_id)}'"
    found = engine.client.list_workflows(query, limit=MOST_LOOKED_FOR, page_size=MOST_LOOKED_FOR)
    return {one.id async for one in found}


async def _runs(engine: Engine, row: Row) -> bool:
    handle = engine.client.get_workflow_handle(workflow_id(row["id"], row["continuation"]))
    try:
        found = await handle.describe(rpc_timeout=timedelta(seconds=PATIENCE_SECONDS))
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            return False
        raise
    # Started by somebody else where none of our workers listens: as good as lost.
    return found.status is WorkflowExecutionStatus.RUNNING and found.task_queue == engine.task_queue


async def _reviews(doors: Doors, session: Session, now: datetime) -> ReviewsView:
    waiting: list[datetime] = []
    for case_id in await cases_with_glass_broken(doors.ledger.pool, session.tenant_id):
        _, acts = await doors.ledger.read_case(session.tenant_id, case_id)
        broken = waiver_view(acts) if review_open(acts) else None
        waiting += [broken.at] if broken else []
    return ReviewsView(
        waiting=len(waiting),
        overdue=sum(now - one > REVIEW_OVERDUE_AFTER for one in waiting),
        oldest=min(waiting, default=None),
    )


async def _heads(doors: Doors, session: Session, signed: SignedHead | None) -> HeadsView:
    seq = signed.seq if signed else 0
    row = await doors.ledger.pool.fetchrow(SQL["audit_unsigned_since"], session.tenant_id, seq)
    since = row["since"] if row else None
    return HeadsView(
        signed_seq=seq,
        signed_at=signed.at if signed else None,
        chain_seq=row["seq"] if row else 0,
        late=row is not None and since is not None and row["now"] - since > HEADS_LATE_AFTER,
    )


def _last_head(path: Path, tenant_id: UUID) -> SignedHead | None:
    # From the end: the file grows for years, and this is asked four times a minute.
    try:
        with path.open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - _TAIL_BYTES))
            lines = file.read(_TAIL_BYTES).splitlines(keepends=True)
    except OSError:
        return None
    heads = (parse_head(line) for line in reversed(lines))
    return next((one for one in heads if one is not None and one.tenant_id == tenant_id), None)


def _stuck(row: Row, fault: str) -> StuckCase:
    return StuckCase(
        id=row["id"],
        reference=case_reference(row["id"]),
        phase=Phase(row["phase"]),
        since=row["since"],
        fault=fault,
    )


def _notice(row: Row) -> LostNotice:
    try:
        occasion = occasion_of(row["occasion"])
    except ValueError:
        occasion = None
    return LostNotice(
        reference=case_reference(row["case_id"]),
        occasion=occasion,
        audience=Audience(row["audience"]),
        channel=row["channel"] or "",
        state=NoticeState(row["state"]),
        code=row["code"],
        at=row["settled_at"],
    )


def _is_own(row: Row, session: Session) -> bool:
    # Whoever looks is not told that there is a case about them (R6).
    return not may_read_case(session.actor, row["subject_person_id"]).allowed
