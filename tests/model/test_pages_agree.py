"""The model's page does what the store's does: each change, in every order of two and in long rows (M16).

What the model leaves out on purpose is not compared: who stands how (the model has people of its own), the audit,
notices, the watch, how many others claimed within the hour, and `applied_seq`, which no rule reads.
"""

from __future__ import annotations

import random
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from itertools import product
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import pytest

from domain.acts import Brake, CodesUsedBody, ExecuteBody, HeldBody
from domain.case import Compromised, Reason
from domain.messages import Outcome, Phase, Step
from domain.plan import Stage
from store.page import lock_case
from tests.model.machine import Machine, Page
from tests.model.state import State
from tests.recovery.conftest import make_world, prepared
from tests.support.database import connection_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from domain.acts import Act
    from domain.case import Case
    from domain.ports import OperationState
    from store.page import Page as StorePage
    from store.unit import Unit
    from tests.recovery.conftest import MakeWorld

__all__ = ["make_world", "prepared"]
ROWS = 40
ROW_LENGTH = 14
TIMES = ("claimed_at", "wiped_at", "contained_at", "closed_at")
"""Set to the instant of the page, of which each has its own."""
LEFT_OUT = {"applied_seq", *TIMES}


@dataclass
class Both:
    """The same case in the store and in the model, both locked; what is done to one is done to the other."""

    unit: Unit
    store: StorePage
    machine: Machine
    model: Page

    async def reopen(self) -> None:
        """Read both again, as the next activity would."""
        self.store = await lock_case(self.unit, self.store.case.id)
        self.model.commit()
        self.model = Page(self.machine)
        assert self.store.case.ending == self.model.case.ending
        assert self.store.recorded_step() == self.model.recorded_step()
        assert self.store.case.genuine
        assert self.store.file.forged == 0

    async def agree(self, done: str) -> None:
        """Raise where they differ."""
        assert _facts(self.store.case) == _facts(self.model.case), done
        assert [_said(one) for one in self.store.acts] == [_said(one) for one in self.model.file.acts], done
        there, here = await self.store.operations(), await self.model.operations()
        assert [_standing(one) for one in there] == [_standing(one) for one in here], done


def _facts(case: Case) -> dict[str, object]:
    """What the next activity goes by. An ending is what the last step says once it is read again."""
    told = {name: value for name, value in dict(case).items() if name not in LEFT_OUT | {"ending"}}
    return told | {name: getattr(case, name) is not None for name in TIMES}


def _said(act: Act) -> tuple[object, ...]:
    return act.seq, act.actor, act.plan_digest, act.body, act.proof


def _standing(one: OperationState) -> tuple[object, ...]:
    return one.id, one.operation, one.state, one.attempt, one.result


async def _an_act(both: Both) -> None:
    actor = both.store.case.agent
    await both.store.add_act(act_id=uuid4(), actor=actor, body=CodesUsedBody(), ring=False)
    both.model.commit_act(actor, CodesUsedBody())


async def _asked(both: Both) -> None:
    actor = both.store.case.acting_admin
    await both.store.add_act(act_id=uuid4(), actor=actor, body=ExecuteBody(), ring=False)
    both.model.commit_act(actor, ExecuteBody())


async def _one_of_its_own(both: Both) -> None:
    body = HeldBody(brake=Brake.PAIR)
    assert (await both.store.record(body)).body == (await both.model.record(body)).body


async def _moved(both: Both) -> None:
    step = Step(phase=Phase.PRESENCE, version=0, code="presence_missing", wake_in=60)
    assert await both.store.move(step) == await both.model.move(step)


async def _decided(both: Both) -> None:
    step = Step(phase=Phase.CLOSED, version=0, code="cancelled", outcome=Outcome.CANCELLED)
    assert await both.store.move(step) == await both.model.move(step)


async def _claimed(both: Both) -> None:
    until = both.store.case.opened_at + timedelta(minutes=15)
    for page in (both.store, both.model):
        await page.claim(until, "browser-1")


async def _unclaimed(both: Both) -> None:
    for page in (both.store, both.model):
        await page.withdraw_claim()
        await page.forget_unsent(Stage.RESET.value)


async def _judged_against(both: Both) -> None:
    for page in (both.store, both.model):
        await page.judged_against("presence_missing")


async def _wiped(both: Both) -> None:
    for page in (both.store, both.model):
        await page.wiped()


async def _contained(both: Both) -> None:
    for page in (both.store, both.model):
        await page.contained()


async def _closed(both: Both) -> None:
    if both.store.case.outcome is None:
        for page in (both.store, both.model):
            await page.close(Outcome.CANCELLED.value)


async def _replanned(both: Both) -> None:
    case = both.store.case
    left = case.snapshot.backup_codes_left + 1
    snapshot = case.snapshot.model_copy(update={"backup_codes_left": left})
    plan = case.plan.model_copy(update={"operations": tuple(reversed(case.plan.operations))})
    for page in (both.store, both.model):
        await page.replan(snapshot, plan)


async def _taken(both: Both) -> None:
    assert await both.store.take_attempt() == await both.model.take_attempt()


async def _planned(both: Both) -> None:
    made = [(uuid4(), one) for one in both.store.case.plan.operations]
    for page in (both.store, both.model):
        await page.plan_operations(made)


async def _sent(both: Both) -> None:
    attempt = both.store.case.attempt
    for one in both.store.case.plan.operations:
        there = await both.store.mark_sent(one.key, attempt)
        assert there == await both.model.mark_sent(one.key, attempt)


async def _sent_by_an_older_attempt(both: Both) -> None:
    attempt = both.store.case.attempt - 1
    key = both.store.case.plan.operations[0].key
    assert await both.store.mark_sent(key, attempt) == await both.model.mark_sent(key, attempt)


async def _done(both: Both) -> None:
    key = both.store.case.plan.operations[0].key
    assert await both.store.mark_done(key, "done") == await both.model.mark_done(key, "done")


async def _reopened(both: Both) -> None:
    await both.reopen()


CHANGES: tuple[Callable[[Both], Awaitable[None]], ...] = (
    _an_act, _asked, _one_of_its_own, _moved, _decided, _claimed, _unclaimed, _judged_against, _wiped, _contained,
    _closed, _replanned, _taken, _planned, _sent, _sent_by_an_older_attempt, _done, _reopened,
)  # fmt: skip


WORKING = (_unclaimed, _replanned, _taken, _planned, _sent, _sent_by_an_older_attempt, _done, _reopened)
"""What is different once operations are there."""


@asynccontextmanager
async def _in_both(unit: Unit, case_id: UUID) -> AsyncIterator[Both]:
    """The case as it was opened; nothing of what is done to it stays in the store."""
    transaction = connection_of(unit).transaction()
    await transaction.start()
    try:
        page = await lock_case(unit, case_id)
        file = page.file
        machine = Machine(
            State(case=file.case, acts=tuple(file.acts), subject=file.case.snapshot, policy=file.policy, people=())
        )
        yield Both(unit, page, machine, Page(machine))
    finally:
        await transaction.rollback()


async def _played(unit: Unit, case_id: UUID, row: tuple[Callable[[Both], Awaitable[None]], ...]) -> None:
    said: list[str] = []
    async with _in_both(unit, case_id) as both:
        for change in row:
            said.append(change.__name__.strip("_"))
            await change(both)
            await both.agree(" > ".join(said))
        await both.reopen()
        await both.agree(f"{' > '.join(said)} > read again")


@pytest.mark.timeout(120)
async def test_every_two_changes_agree(make_world: MakeWorld) -> None:
    """M16: whichever change follows whichever, the case, its acts, its operations and every answer are the same."""
    async with make_world(start_worker=False) as w:
        case_id = await w.open("bo", "kim")
        async with w.parts.ledger.unit(w.tenant_id) as unit:
            for row in product(CHANGES, CHANGES):
                await _played(unit, case_id, row)
            for row in product(WORKING, WORKING):
                await _played(unit, case_id, (_planned, _taken, *row))
                await _played(unit, case_id, (_planned, _taken, _sent, *row))


@pytest.mark.timeout(120)
async def test_long_rows_agree(make_world: MakeWorld) -> None:
    """M16: so they are after many, also where the device is in other hands; the rows are the same each time."""
    chance = random.Random(16)
    async with make_world(start_worker=False) as w:
        cases = [
            await w.open("bo", "kim"),
            await w.open("bo", "lee", Reason.DEVICE_IN_OTHER_HANDS, password_compromised=Compromised.YES),
        ]
        async with w.parts.ledger.unit(w.tenant_id) as unit:
            for number in range(ROWS):
                row = tuple(chance.choices(CHANGES, k=ROW_LENGTH))
                await _played(unit, cases[number % 2], row)
