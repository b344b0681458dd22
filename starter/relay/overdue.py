"""The last resort of the enrolment window: locked by the sweep where no workflow runs to do it (R37)."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID, uuid5

import structlog

from domain.account import AccountStatus
from domain.audit import EventType
from domain.errors import RecoveryError
from domain.events import by_part
from domain.policy.enrolment import enrolment_complete
from domain.policy.objections import suspended
from store.sweeping import cases_overdue

if TYPE_CHECKING:
    from domain.ports import Accounts, Effects
    from store.ledger import Ledger

_LOG = structlog.get_logger(__name__)
PATIENCE = timedelta(minutes=2)
"""The case's own workflow comes first; it does the same by the same command."""
BATCH = 200


class OverdueEnrolments:
    """Locks accounts whose window has passed without an enrolment, whatever has become of their workflows."""

    def __init__(self, ledger: Ledger, accounts: Accounts, effects: Effects) -> None:
        self._ledger = ledger
        self._accounts = accounts
        self._effects = effects

    async def lock(self) -> int:
        """Returns how many accounts were locked."""
        overdue = await cases_overdue(self._ledger, patience=PATIENCE, limit=BATCH)
        return sum([await self._lock_one(one.tenant_id, one.id) for one in overdue])

    async def _lock_one(self, tenant_id: UUID, case_id: UUID) -> bool:
        try:
            file = await self._ledger.read_file(tenant_id, case_id)
            case = file.case
            if case.claimed_at is None or case.wiped_at is None or suspended(file.acts):
                return False
            account = await self._accounts.read(case.subject_id)
            if account.status is not AccountStatus.ACTIVE or enrolment_complete(case, account).allowed:
                return False
            await self._effects.lock(case.subject_id, uuid5(case.id, "lock"))
        except RecoveryError as error:
            _LOG.warning("overdue_not_locked", case=str(case_id), code=error.code)
            return False
        event = by_part(
            "sweep",
            EventType.USER_LOCKED,
            subject_id=case.subject_id,
            case_id=case.id,
            because="enrolment_window_closed",
        )
        await self._ledger.audit(tenant_id, event)
        return True
