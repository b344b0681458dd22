"""Where a locked case stands, and moving it on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.messages import Outcome, Step
from store.locked.base import LockedCase
from store.statements import SQL

if TYPE_CHECKING:
    from datetime import datetime

    from domain.case_file import CaseFile
    from store.unit import Unit


class Moves(LockedCase):
    """The case's place in its course; `step` is the last activity's answer as its row has it."""

    def __init__(self, unit: Unit, file: CaseFile, *, step: dict[str, object] | None) -> None:
        super().__init__(unit, file)
        self._step = step

    def recorded_step(self) -> Step | None:
        """What the last activity answered."""
        return Step.model_validate(self._step) if self._step else None

    async def move(self, step: Step) -> Step:
        """Move the case to where `step` says, having applied every act so far; returns it with its version."""
        step = step.model_copy(update={"version": self.case.version + 1, "tier": self.case.tier.value})
        applied = self.case.act_seq
        # A case is closed for its readers when its outcome is written, not when a step has decided on one.
        phase = self.case.phase if step.outcome is not None and self.case.outcome is None else step.phase
        await self.unit._connection.execute(
            SQL["case_move"], self.case.id, self.case.version, phase.value, step.code, applied,
            step.model_dump(mode="json"),
        )  # fmt: skip
        self.learn(version=step.version, phase=phase, code=step.code, applied_seq=applied)
        return step

    async def close(self, outcome: str) -> None:
        """Give the case its outcome."""
        await self._execute("case_close", outcome, self.now)
        self.learn(outcome=Outcome(outcome), closed_at=self.now)

    async def next_continuation(self) -> int:
        """The number of the case's next workflow, which goes on where a lost one stood (B29)."""
        continuation: int = await self.unit._connection.fetchval(SQL["case_continuation"], self.case.id)
        return continuation

    async def begin_watch(self, until: datetime) -> None:
        """Watch the recovered account until then, in UTC (R38)."""
        await self._execute("watch_insert", until)

    async def move_watch(self, *, ended: bool) -> int:
        """The watch has looked: every act so far is applied; returns its new version."""
        await self._execute("case_applied")
        self.learn(applied_seq=self.case.act_seq)
        moved: int = await self.unit._connection.fetchval(SQL["watch_move"], self.case.id, self.now if ended else None)
        return moved
