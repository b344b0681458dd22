"""Committing to the reset of a locked case, turning it down, and what the provider was seen to have done (R34)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.acts import JudgementBody
from store.brakes import claims_this_hour
from store.locked.records import Records
from store.statements import SQL

if TYPE_CHECKING:
    from datetime import datetime


class Claims(Records):
    """Judgements are acts, so the activity that makes one records it."""

    async def claim(self, enrol_by: datetime, presence_id: str) -> None:
        """Commit to the reset: a signed judgement, and the row that repeats it (R34)."""
        await self.record(JudgementBody(allowed=True, code="claimed", presence_id=presence_id, enrol_by=enrol_by))
        await self._execute("case_claim", self.now, enrol_by, presence_id)
        self.learn(claimed_at=self.now, enrol_by=enrol_by, presence_id=presence_id)

    async def withdraw_claim(self) -> None:
        """Take back a claim of which nothing was sent."""
        await self._execute("case_unclaim")
        self.learn(claimed_at=None, enrol_by=None, presence_id=None)

    async def judged_against(self, code: str) -> None:
        """Record, signed, that the reset was refused; every presence and step-up so far is used up (R27, R36)."""
        act = await self.record(JudgementBody(allowed=False, code=code))
        self.learn(spent_seq=act.seq)

    async def claims_this_hour(self) -> int:
        """How many other cases of the tenant were claimed within the hour; further claims wait until this unit ends."""
        await self.unit._connection.execute(SQL["tenant_lock_claims"], str(self.case.tenant_id))
        return await claims_this_hour(self.unit, besides=self.case.id)

    async def wiped(self) -> None:
        """The reset was read back and is complete."""
        await self._execute("case_wiped", self.now)
        self.learn(wiped_at=self.now)

    async def contained(self) -> None:
        """The hostile case's account is disabled and its sessions are revoked."""
        await self._execute("case_contained", self.now)
        self.learn(contained_at=self.now)
