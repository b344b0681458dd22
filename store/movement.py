"""Whether a tenant's cases move: bells no workflow heard, cases nothing looks at, failed notices, unsigned events."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from domain.messages import Phase
from domain.notices import Audience, NoticeState
from store.statements import SQL

if TYPE_CHECKING:
    from datetime import datetime, timedelta
    from uuid import UUID

    from store.ledger import Ledger


@dataclass(frozen=True, kw_only=True)
class WaitingBells:
    """How many bells of a tenant no workflow has heard, since when the oldest waits, and the time now (UTC)."""

    waiting: int
    oldest: datetime | None
    now: datetime


@dataclass(frozen=True, kw_only=True)
class StillCase:
    """An open case that may have stopped: since when (UTC) nothing has happened, and about whom it is."""

    id: UUID
    subject_person_id: str
    phase: Phase
    since: datetime


@dataclass(frozen=True, kw_only=True)
class RunningCase(StillCase):
    """An open case that should have a workflow; `continuation` is the workflow's number."""

    continuation: int


@dataclass(frozen=True, kw_only=True)
class LostNotice:
    """A notice that failed, or of which it is unknown whether it arrived; `occasion` as it was written."""

    case_id: UUID
    subject_person_id: str
    occasion: str
    audience: Audience
    channel: str
    state: NoticeState
    code: str
    settled_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class ChainEnd:
    """The last event of a tenant's chain, since when the first unsigned one waits, and the time now (UTC)."""

    seq: int
    unsigned_since: datetime | None
    now: datetime


@dataclass(frozen=True, kw_only=True)
class CaseWorkflows:
    """Which workflows a case has had: its continuations from 0 on, and whether a watch."""

    continuation: int
    watched: bool


async def waiting_bells(ledger: Ledger, tenant_id: UUID) -> WaitingBells:
    """The tenant's bells that no workflow has heard."""
    [row] = await ledger._pool.fetch(SQL["outbox_of_tenant"], tenant_id)
    return WaitingBells(waiting=row["waiting"], oldest=row["oldest"], now=row["now"])


async def cases_not_looked_at(
    ledger: Ledger, tenant_id: UUID, *, older_than: timedelta, not_about: str, limit: int
) -> list[StillCase]:
    """Open cases, none about this person, with an act older than this and no look since; the longest waiting first."""
    return [
        StillCase(
            id=row["id"], subject_person_id=row["subject_person_id"], phase=Phase(row["phase"]), since=row["since"]
        )
        for row in await ledger._pool.fetch(SQL["cases_stuck"], tenant_id, older_than, limit, not_about)
    ]


async def cases_to_find_running(
    ledger: Ledger, tenant_id: UUID, *, older_than: timedelta, not_about: str, limit: int
) -> list[RunningCase]:
    """Open cases, none about this person, old enough to have a workflow, the newest first."""
    return [
        RunningCase(
            id=row["id"],
            subject_person_id=row["subject_person_id"],
            phase=Phase(row["phase"]),
            since=row["since"],
            continuation=row["continuation"],
        )
        for row in await ledger._pool.fetch(SQL["cases_to_find_running"], tenant_id, older_than, limit, not_about)
    ]


async def notices_not_delivered(
    ledger: Ledger, tenant_id: UUID, *, of_last: timedelta, not_about: str, limit: int
) -> list[LostNotice]:
    """The latest notices that did not arrive, of cases not about this person; never an address."""
    return [
        LostNotice(
            case_id=row["case_id"],
            subject_person_id=row["subject_person_id"],
            occasion=row["occasion"],
            audience=Audience(row["audience"]),
            channel=row["channel"] or "",
            state=NoticeState(row["state"]),
            code=row["code"],
            settled_at=row["settled_at"],
        )
        for row in await ledger._pool.fetch(SQL["notices_not_delivered"], tenant_id, of_last, limit, not_about)
    ]


async def chain_end(ledger: Ledger, tenant_id: UUID, *, signed_seq: int) -> ChainEnd | None:
    """The chain's end, with heads signed up to `signed_seq`; None for a tenant without a chain."""
    row = await ledger._pool.fetchrow(SQL["audit_unsigned_since"], tenant_id, signed_seq)
    return ChainEnd(seq=row["seq"], unsigned_since=row["since"], now=row["now"]) if row else None


async def workflows_of_case(ledger: Ledger, tenant_id: UUID, case_id: UUID) -> CaseWorkflows | None:
    """What the case has had, or None where the tenant has no such case."""
    row = await ledger._pool.fetchrow(SQL["case_workflows"], case_id, tenant_id)
    return CaseWorkflows(continuation=row["continuation"], watched=row["watched"]) if row else None
