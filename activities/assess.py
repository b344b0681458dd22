"""Opening and assessing: read what was decided, say where the case stands."""

from __future__ import annotations

from temporalio import activity

from activities.looking import answering, look, open_page
from domain.audit import EventOutcome, EventType
from domain.events import by_system
from domain.messages import CaseInput, ForeignMessage, Step, StepInput
from domain.ports import CaseBook


class Assessing:
    """The activities that only look."""

    def __init__(self, book: CaseBook) -> None:
        self._book = book

    @activity.defn(name="recovery.open")
    @answering
    async def open(self, case: CaseInput) -> Step:
        """Take up a case, or go on with one whose workflow was lost; the codes left are read first (R10)."""
        async with open_page(self._book, case) as page:
            if case.version == 0:
                page.audit(by_system(page.case, EventType.CODES_CHECKED, left=page.case.snapshot.backup_codes_left))
            return await look(page, page.file)

    @activity.defn(name="recovery.assess")
    @answering
    async def assess(self, message: StepInput) -> Step:
        """Apply the acts recorded since the last look. Bells for acts that are not on record are audited (B04)."""
        async with open_page(self._book, message) as page:
            if unknown := await page.unknown_acts(message.rung):
                denied = EventOutcome.DENIED
                page.audit(
                    by_system(page.case, EventType.FOREIGN_MESSAGE, denied, code="act_unknown", count=len(unknown))
                )
            return await look(page, page.file)

    @activity.defn(name="recovery.record_foreign")
    async def record_foreign(self, message: ForeignMessage) -> None:
        """Audit a message that is not one of ours; it moves nothing (B19)."""
        file = await self._book.read_file(message.tenant_id, message.case_id)
        event = by_system(
            file.case, EventType.FOREIGN_MESSAGE, EventOutcome.DENIED, code=message.code, count=message.count
        )
        await self._book.audit(message.tenant_id, event)
