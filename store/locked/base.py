"""What is known of a locked case, and how what changes is known at once."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from store.statements import SQL

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from domain.acts import Act
    from domain.audit import AuditEvent
    from domain.case import Case
    from domain.case_file import CaseFile
    from store.unit import Unit


class LockedCase:
    """A case whose row is locked until its unit ends; `file` is as it was read then, with what was changed since."""

    def __init__(self, unit: Unit, file: CaseFile) -> None:
        self.unit = unit
        self.file = file

    @property
    def case(self) -> Case:
        """The file's case."""
        return self.file.case

    @property
    def acts(self) -> Sequence[Act]:
        """The file's acts."""
        return self.file.acts

    @property
    def now(self) -> datetime:
        """The instant of the file, in UTC."""
        return self.file.now

    def audit(self, *events: AuditEvent) -> None:
        """Queue audit events for this unit."""
        self.unit.audit(*events)

    async def _execute(self, name: str, *values: object) -> None:
        """Run a statement that changes something of this case, whose id is its first value."""
        await self.unit._connection.execute(SQL[name], self.case.id, *values)

    def learn(self, **facts: object) -> None:
        """Know what was just written."""
        self.file = replace(self.file, case=self.case.model_copy(update=facts))
