"""Containment: in a hostile case one verdict permits disabling and revoking, nothing more (R19, R30)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from temporalio import activity

from activities.looking import answering, look, open_page, subject_gone
from activities.operations import REFUSED, Carrier, of_stage
from activities.people import inactive_people, with_standing
from domain.audit import EventOutcome, EventType
from domain.errors import SubjectGone
from domain.events import by_acting_admin
from domain.messages import Step, StepInput
from domain.plan import Stage
from domain.policy.judge import may_contain, subject_is_there

if TYPE_CHECKING:
    from domain.account import Account
    from domain.case import Case
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
        case, acts = await self._book.read_case(message.tenant_id, message.case_id)
        inactive = await inactive_people(self._accounts, case, acts)
        subject = await self._subject(case)
        async with open_page(self._book, message) as page:
            members = with_standing(await page.members(), inactive)
            decision = may_contain(case=page.case, acts=page.acts, members=members, now=page.now)
            if decision.allowed and subject is not None:
                decision = subject_is_there(page.case, subject)
            if not decision.allowed:
                page.audit(by_acting_admin(page.case, EventType.RESET_REFUSED, EventOutcome.DENIED, code=decision.code))
                # Not asked for again before somebody rings: a rule that refuses must not become a busy loop.
                return await look(page, contain=False)
            await page.plan_operations([(self._new_id(), one) for one in page.case.plan.stage(Stage.CONTAIN)])
            attempt = await page.take_attempt()
            case, states = page.case, await page.operations()
        try:
            await self._carrier.carry_out(case, of_stage(states, Stage.CONTAIN), attempt)
        except SubjectGone:
            return await subject_gone(self._book, message)
        async with open_page(self._book, message) as page:
            done = of_stage(await page.operations(), Stage.CONTAIN)
            refused = [one.operation.key for one in done if one.result in REFUSED]
            if refused:
                # Not contained, so the case goes no further until ops have looked (R30).
                page.audit(by_acting_admin(page.case, EventType.CONTAINED, EventOutcome.FAILURE, refused=refused))
                return await look(page, contain=False)
            await page.contained()
            page.audit(by_acting_admin(page.case, EventType.CONTAINED))
            return await look(page)

    async def _subject(self, case: Case) -> Account | None:
        try:
            return await self._accounts.read(case.subject_id)
        except SubjectGone:
            # Found out, and told, when the first operation is tried.
            return None
