"""Once a day every account is read, so that an age is known where a provider knows none (R16, R22)."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import structlog

from domain.account import AccountStatus
from domain.audit import AuditEvent, EventOutcome, EventType
from domain.errors import SubjectGone
from domain.events import by_part
from domain.people import Role
from domain.policy.standing import role_is_old_enough
from store.nightly import Timing, complete_round, move_round_on, rest_round, take_round
from store.sightings import forget_absent, record
from store.tenants import all_tenants

if TYPE_CHECKING:
    from uuid import UUID

    from domain.account import Account
    from domain.people import Member
    from domain.ports import Accounts, NewIds
    from store.ledger import Ledger
    from store.nightly import Round
    from store.unit import Unit

_LOG = structlog.get_logger(__name__)
PERIOD = timedelta(hours=24)
SLACK = timedelta(hours=1)
PAGE = 100
PAGES = 20
"""So many pages of one tenant at a time, then the others' turn: a large tenant is read over an hour, not at once."""
LEASE = timedelta(minutes=5)
RETRY = timedelta(minutes=5)
TIMING = Timing(lease=LEASE, longest_lease=max(LEASE, RETRY) + SLACK, longest_pause=PERIOD + SLACK)


class NightlyReads:
    """Goes through all accounts, page after page; where a read fails, the round goes on there later."""

    def __init__(self, ledger: Ledger, accounts: Accounts, new_id: NewIds) -> None:
        self._ledger = ledger
        self._accounts = accounts
        self._new_id = new_id

    async def read(self) -> int:
        """Go on with each tenant's round that is due or under way; returns how many accounts were read."""
        return sum([await self._tenant(one.id) for one in await all_tenants(self._ledger)])

    async def _tenant(self, tenant_id: UUID) -> int:
        taken = await take_round(self._ledger, tenant_id, self._new_id(), TIMING)
        if taken is None:
            return 0
        try:
            return await self._pages(taken)
        except Exception as error:  # noqa: BLE001 - whatever is wrong with one tenant's provider
            # Nothing is forgotten and nothing ages: the round stands where it is until the provider answers.
            _LOG.warning("nightly_read_failed", tenant=str(tenant_id), kind=type(error).__name__)
            await rest_round(self._ledger, taken, RETRY)
            return 0

    async def _pages(self, taken: Round) -> int:
        last, read = taken.last_id, 0
        for _ in range(PAGES):
            page = await self._accounts.some(taken.tenant_id, after=last, limit=PAGE)
            if page:
                last = page[-1].id
            if not await self._record(taken, page, last):
                return read
            read += len(page)
            if len(page) < PAGE:
                await self._finish(taken)
                return read
        await rest_round(self._ledger, taken, timedelta(0))
        return read

    async def _record(self, taken: Round, page: list[Account], last: str | None) -> bool:
        """False, and nothing is recorded, where another reader has taken the round over meanwhile."""
        async with self._ledger.unit(taken.tenant_id) as unit:
            if not await move_round_on(unit, taken, last_id=last, accounts=len(page), lease=LEASE):
                return False
            await record(unit, page)
        return True

    async def _finish(self, taken: Round) -> None:
        wanted, standing = await self._standing(taken.tenant_id)
        eligible = sum([await self._may_sign_in(one) for one in standing])
        async with self._ledger.unit(taken.tenant_id) as unit:
            read = await complete_round(unit, taken, period=PERIOD, eligible=eligible, wanted=wanted)
            if read is None:
                return
            if read * 2 >= taken.accounts_then:
                await forget_absent(unit, taken.started_at)
            else:
                # So many people do not leave in a night: more likely the provider has left some out.
                _LOG.warning("nightly_read_implausible", tenant=str(taken.tenant_id), read=read)
            if eligible < wanted:
                unit.audit(_few(eligible, wanted))

    async def _standing(self, tenant_id: UUID) -> tuple[int, list[Member]]:
        """How many approvers policy calls enough, and the approvers whose role is old enough (R21)."""
        async with self._ledger.unit(tenant_id) as unit:
            policy = await unit.policy()
            return policy.verification.enough_approvers, await approvers_standing(unit)

    async def _may_sign_in(self, member: Member) -> bool:
        try:
            account = await self._accounts.read(member.account_id)
        except SubjectGone:
            return False
        return account.status is AccountStatus.ACTIVE


async def approvers_standing(unit: Unit) -> list[Member]:
    """The tenant's approvers whose role and last recovery are old enough, one a person (R21)."""
    policy, now = await unit.policy(), await unit.now()
    approvers = await unit.with_role(Role.APPROVER)
    return [one for one in approvers.values() if role_is_old_enough(one, now=now, policy=policy).allowed]


def _few(eligible: int, wanted: int) -> AuditEvent:
    failed = EventOutcome.FAILURE
    return by_part("nightly", EventType.FEW_ELIGIBLE_APPROVERS, failed, eligible=eligible, wanted=wanted)
