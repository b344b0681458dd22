"""Whether a case has moved: all that a reader who waits for news must know to look again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from domain.errors import CaseNotFound
from store.statements import SQL

if TYPE_CHECKING:
    from uuid import UUID

    from store.ledger import Ledger


@dataclass(frozen=True, kw_only=True)
class Pulse:
    """How often the case has moved, how many acts and how many settled notices it has; each only grows."""

    version: int
    act_seq: int
    told: int


async def pulse_of_case(ledger: Ledger, tenant_id: UUID, case_id: UUID) -> Pulse:
    """The case's pulse now. Raises `CaseNotFound`, also for another tenant's case (B23)."""
    row = await ledger._pool.fetchrow(SQL["case_pulse"], case_id, tenant_id)
    if row is None:
        raise CaseNotFound
    return Pulse(version=row["version"], act_seq=row["act_seq"], told=row["told"])
