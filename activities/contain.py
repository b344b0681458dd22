"""Containment: in a hostile case one verdict permits disabling and revoking, nothing more (R19, R30)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from temporalio import activity

from activities.looking import answering, look, open_page, subject_gone
from activities.operations import Carrier, of_stage
from activities.provider import provider_facts
from domain.audit import EventOutcome, EventType
from domain.errors import SubjectGone
from domain.events import by_acting_admin
from domain.messages import Step, StepInput
from domain.plan import Stage
from domain.policy.confirmed import refused_in
from domain.policy.judge import may_contain

if TYPE_CHECKING:
    from domain.ports import Accounts, CaseBook, Effects, NewIds


class Containing:
    """Disables the account and ends its sessions while verification goes on."""

    def __init__(self, book: CaseBook, accounts: Accounts, effects: Effects, new_id: NewIds) -> None:
        self._book = book
        self._accounts = accounts
        self._new_id = new_id
        self._carrier = Carrier(book, effects)

    @activity.defn(name="recovery.contain")
    @answering
    async def contain(self, message: StepInput) -> Step:
        """Judge whether containment is due, carry it out once, and look again."""
        file = await self._book.read_file(message.tenant_id, message.case_id)
        said = await provider_facts(file, self._accounts)
        async with open_page(self._book, message) as page:
            decision = may_contain(page.file, said)
            if not decision.allowed:
                page.audit(by_acting_admin(page.case, EventType.RESET_REFUSED, EventOutcome.DENIED, code=decision.code))
                # Not asked for again before a door or the relay rings: a rule that refuses must not become a busy loop.
                return await look(page, page.file, contain=False)
            await page.plan_operations([(self._new_id(), one) for one in page.case.plan.stage(Stage.CONTAIN)])
            attempt = await page.take_attempt()
            case, states = page.case, await page.operations()
        try:
            await self._carrier.carry_out(case, of_stage(states, Stage.CONTAIN), attempt)
        except SubjectGone:
            return await subject_gone(self._book, message)
        async with open_page(self._book, message) as page:
            if refused := refused_in(await page.operations(), Stage.CONTAIN):
                # Not contained, so the case goes no further until ops have looked (R30).
                page.audit(by_acting_admin(page.case, EventType.CONTAINED, EventOutcome.FAILURE, refused=refused))
                return await look(page, page.file, contain=False)
            await page.contained()
            page.audit(by_acting_admin(page.case, EventType.CONTAINED))
            return await look(page, page.file)
