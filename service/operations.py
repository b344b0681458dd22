"""How the running system stands for one tenant: what waits, what is stuck and what was not delivered (B10, B29).

What the engine is asked is given up after a second, so that the answer comes within two also when it is away.
Cases about the reader are left out (R6).
"""

from __future__ import annotations

import asyncio
import os
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from domain.ids import case_reference, workflow_id
from domain.messages import Phase
from domain.notices import Audience, NoticeState, Occasion, occasion_of
from domain.policy.access import Access, may_read_case
from domain.policy.officers import review_open
from service.course_view import waiver_view
from service.health import QueueView
from service.reading import require
from service.view import View
from store import movement
from store.audit.heads import parse_head
from store.waiting import cases_with_glass_broken

if TYPE_CHECKING:
    from pathlib import Path

    from service.doors import Doors
    from service.ports import Engine
    from service.sessions import Session
    from store.audit.heads import SignedHead
    from store.movement import RunningCase, StillCase

STUCK_AFTER = timedelta(minutes=1)
WAITS_TOO_LONG = timedelta(minutes=1)
HEADS_LATE_AFTER = timedelta(minutes=10)
"""Twice the keeper's interval (R42)."""
REVIEW_OVERDUE_AFTER = timedelta(hours=24)
MOST_SHOWN = 50
MOST_LOOKED_FOR = 1000
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
    """A notice that did not arrive, or whose fate is unknown; `code` is the channel's reason."""

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
    """The whole picture. `queues` and `workflows_known` say whether the engine told."""

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
    began, me = clock(), session.actor.person_id
    bells = await movement.waiting_bells(doors.ledger, session.tenant_id)
    milliseconds = round((clock() - began) * 1000)
    queues, missing, unapplied, notices, reviews, signed = await asyncio.gather(
        engine.queues(),
        _without_workflow(doors, engine, session),
        movement.cases_not_looked_at(
            doors.ledger, session.tenant_id, older_than=STUCK_AFTER, not_about=me, limit=MOST_SHOWN
        ),
        movement.notices_not_delivered(
            doors.ledger, session.tenant_id, of_last=NOTICES_OF_LAST, not_about=me, limit=MOST_SHOWN
        ),
        _reviews(doors, session, bells.now),
        asyncio.to_thread(_last_head, heads, session.tenant_id),
    )
    stuck = [_stuck(one, "not_applied") for one in unapplied if not _is_own(one, session)]
    known = {one.id for one in stuck}
    stuck += [_stuck(one, "no_workflow") for one in missing or () if one.id not in known and not _is_own(one, session)]
    return OperationsView(
        at=bells.now,
        database_ms=milliseconds,
        queues=queues,
        workflows_known=missing is not None,
        outbox=OutboxView(
            waiting=bells.waiting,
            oldest=bells.oldest,
            late=bells.oldest is not None and bells.now - bells.oldest > WAITS_TOO_LONG,
        ),
        stuck=stuck,
        notices=[_notice(one) for one in notices if not _is_own(one, session)],
        reviews=reviews,
        heads=await _heads(doors, session, signed),
    )


async def _without_workflow(doors: Doors, engine: Engine, session: Session) -> list[RunningCase] | None:
    """Open cases whose workflow does not run where our workers listen; None where the engine does not tell in time."""
    cases = await movement.cases_to_find_running(
        doors.ledger,
        session.tenant_id,
        older_than=STUCK_AFTER,
        not_about=session.actor.person_id,
        limit=MOST_LOOKED_FOR,
    )
    if not cases:
        return []
    by_workflow = {workflow_id(one.id, one.continuation): one for one in cases}
    missing = await engine.not_running(session.tenant_id, list(by_workflow))
    return None if missing is None else [one for name, one in by_workflow.items() if name in missing]


async def _reviews(doors: Doors, session: Session, now: datetime) -> ReviewsView:
    waiting: list[datetime] = []
    glass_broken = await cases_with_glass_broken(doors.ledger, session.tenant_id)
    for file in await doors.ledger.read_files(session.tenant_id, glass_broken):
        broken = waiver_view(file.acts) if review_open(file.acts) else None
        waiting += [broken.at] if broken else []
    return ReviewsView(
        waiting=len(waiting),
        overdue=sum(now - one > REVIEW_OVERDUE_AFTER for one in waiting),
        oldest=min(waiting, default=None),
    )


async def _heads(doors: Doors, session: Session, signed: SignedHead | None) -> HeadsView:
    seq = signed.seq if signed else 0
    end = await movement.chain_end(doors.ledger, session.tenant_id, signed_seq=seq)
    since = end.unsigned_since if end else None
    return HeadsView(
        signed_seq=seq,
        signed_at=signed.at if signed else None,
        chain_seq=end.seq if end else 0,
        late=end is not None and since is not None and end.now - since > HEADS_LATE_AFTER,
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


def _stuck(one: StillCase, fault: str) -> StuckCase:
    return StuckCase(id=one.id, reference=case_reference(one.id), phase=one.phase, since=one.since, fault=fault)


def _notice(one: movement.LostNotice) -> LostNotice:
    try:
        occasion = occasion_of(one.occasion)
    except ValueError:
        occasion = None
    return LostNotice(
        reference=case_reference(one.case_id),
        occasion=occasion,
        audience=one.audience,
        channel=one.channel,
        state=one.state,
        code=one.code,
        at=one.settled_at,
    )


def _is_own(one: StillCase | movement.LostNotice, session: Session) -> bool:
    # A subject is not told here that there is a case about them (R6).
    return not may_read_case(session.actor, one.subject_person_id).allowed
