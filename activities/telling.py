"""What a look at a case has to tell: that it was verified, and that its approvers are waited for (R22, R23)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from domain.audit import EventType
from domain.events import by_system
from domain.messages import Phase
from domain.notices import Occasion
from domain.policy.drawing import assignment
from domain.ports import CaseFacts, Telling
from domain.refusal_codes import Code

if TYPE_CHECKING:
    from domain.policy.progress import Progress

_VERIFIED = frozenset({Phase.PRESENCE, Phase.STEP_UP, Phase.RESET})
_NOT_YET = frozenset({Code.HELD_PAST_A_BRAKE, Code.PAUSED_BY_OBJECTION})


class TellingPage(CaseFacts, Telling, Protocol):
    """What telling needs of a locked case."""


async def tell(page: TellingPage, where: Progress) -> None:
    """Order the notices that are due where the case stands; each goes out once a case."""
    if page.case.claimed_at is not None or where.outcome is not None:
        return
    if where.phase in _VERIFIED or (where.phase is Phase.COOLING_OFF and where.code not in _NOT_YET):
        await page.notify(Occasion.VERIFIED)
    if where.phase is Phase.VERIFICATION:
        await _remind(page)


async def _remind(page: TellingPage) -> None:
    drawn = assignment(page.case, page.file.acts)
    if drawn is None:
        return
    if page.file.now >= drawn.escalate_at:
        others = await page.approvers()
        if await page.notify(Occasion.ESCALATED, to=others):
            page.audit(by_system(page.case, EventType.CASE_ESCALATED, asked=len(others)))
    elif page.file.now >= drawn.remind_at and await page.notify(Occasion.APPROVER_REMINDED, to=list(drawn.approvers)):
        page.audit(by_system(page.case, EventType.APPROVER_REMINDED, asked=len(drawn.approvers)))
