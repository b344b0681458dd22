"""Document checks as rows: started for a case, taken by one return of a browser at a time, ended once (R14)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from store.statements import SQL

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, timedelta
    from uuid import UUID

    from store.ledger import Ledger
    from store.page import Page
    from store.unit import Unit


@dataclass(frozen=True, kw_only=True)
class WaitingCheck:
    """A check as the caller's browser finds it when it comes back; `now` is the clock of the rules (UTC)."""

    id: UUID
    tenant_id: UUID
    case_id: UUID
    returns: int
    ended: bool
    expired: bool
    now: datetime


@dataclass(frozen=True, kw_only=True)
class CheckStanding:
    """A check as its case shows it; `outcome` is None while it waits, `code` says why it ended or led nowhere."""

    id: UUID
    outcome: str | None
    code: str | None
    returns: int
    expired: bool
    started_by: str
    started_at: datetime
    expires_at: datetime
    finished_at: datetime | None
    verified_at: datetime | None
    trust_framework: str | None
    assurance_level: str | None
    failed_before: bool


@dataclass(frozen=True, kw_only=True)
class CheckResult:
    """How a check ended. Of the document only digests: `check_digest` of this check, `identity` of whom it names."""

    outcome: str
    code: str
    trust_framework: str | None = None
    assurance_level: str | None = None
    verified_at: datetime | None = None
    check_digest: bytes | None = None
    identity: Sequence[bytes] | None = None
    failed_before: bool = False


async def checks_started(unit: Unit, case_id: UUID) -> int:
    """How many checks were started for the case, whatever became of them."""
    count: int = await unit._connection.fetchval(SQL["identity_checks_count"], case_id)
    return count


async def put_check(
    page: Page, check_id: UUID, *, started_by: str, state_hash: bytes | None, expires_at: datetime
) -> None:
    """Write a check that was started now; `started_by` is an account id, `state_hash` finds it again."""
    case = page.case
    await page.unit._connection.execute(
        SQL["identity_check_insert"], check_id, case.tenant_id, case.id, case.subject_person_id, started_by,
        state_hash, page.now, expires_at,
    )  # fmt: skip


async def check_of_state(ledger: Ledger, state_hash: bytes) -> WaitingCheck | None:
    """The check that this state was made for, of whatever tenant, or None."""
    row = await ledger._pool.fetchrow(SQL["identity_check_by_state"], state_hash)
    if row is None:
        return None
    return WaitingCheck(
        id=row["id"],
        tenant_id=row["tenant_id"],
        case_id=row["case_id"],
        returns=row["returns"],
        ended=row["outcome"] is not None,
        expired=row["expired"],
        now=row["now"],
    )


async def take_check(ledger: Ledger, check_id: UUID, *, lease: timedelta, most_returns: int) -> bool:
    """Count a return and have the check to oneself for `lease`; False where it is over, used up or taken."""
    return await ledger._pool.fetchval(SQL["identity_check_take"], check_id, lease, most_returns) is not None


async def count_return(ledger: Ledger, check_id: UUID, *, most_returns: int) -> bool:
    """Count a return that leads nowhere; False where the check has had them all."""
    return await ledger._pool.fetchval(SQL["identity_check_returned"], check_id, most_returns) is not None


async def release_check(unit: Unit, check_id: UUID, code: str) -> None:
    """Give the check back to the next return, with what became of this one."""
    await unit._connection.execute(SQL["identity_check_release"], check_id, code)


async def has_served_before(unit: Unit, check_digest: bytes, *, besides: UUID) -> bool:
    """Whether another check has passed with this very proof; two cases that show it at once wait for each other."""
    await unit._connection.execute(SQL["identity_check_lock"], check_digest)
    served: bool = await unit._connection.fetchval(SQL["identity_check_served"], check_digest, besides)
    return served


async def failed_before(unit: Unit, person_id: str, identity: Sequence[bytes], *, besides: UUID) -> bool:
    """Whether a document of the same identity was refused for this person before (R8)."""
    failed: bool = await unit._connection.fetchval(
        SQL["identity_failed_before"], unit.tenant_id, person_id, identity, besides
    )
    return failed


async def finish_check(page: Page, check_id: UUID, result: CheckResult) -> bool:
    """Write how the check ended; False where it had ended already."""
    written = await page.unit._connection.fetchval(
        SQL["identity_check_finish"], check_id, result.outcome, result.code, result.trust_framework,
        result.assurance_level, result.verified_at, result.check_digest, result.identity, result.failed_before,
        page.now,
    )  # fmt: skip
    return written is not None


async def checks_of_case(ledger: Ledger, tenant_id: UUID, case_id: UUID) -> list[CheckStanding]:
    """The case's checks, newest first."""
    rows = await ledger._pool.fetch(SQL["identity_checks_of_case"], case_id, tenant_id)
    return [CheckStanding(**dict(row)) for row in rows]
