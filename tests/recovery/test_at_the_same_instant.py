"""Two people, one instant: exactly one of them wins, and store, workflow and audit agree (B08, B30, R5, R34)."""

from __future__ import annotations

import asyncio
import dataclasses
from functools import partial
from typing import TYPE_CHECKING

import pytest

from domain.acts import ActKind, CancelBody, CancelReason, ExecuteBody, Method
from domain.case import Compromised, Intake, Reason
from domain.errors import Refused
from domain.messages import Outcome, Phase
from service import deciding, opening, step_up
from tests.support import playing

if TYPE_CHECKING:
    from uuid import UUID

    from domain.ports import Challenge, ProvedFactor, StepUps
    from tests.support.world import World

CANCEL = CancelBody(reason=CancelReason.SUSPICIOUS)
INTAKE = Intake(reason=Reason.LOST_PHONE, cannot_complete_mfa=True, password_compromised=Compromised.NO)


@pytest.mark.parametrize(
    "late",
    [
        "cancel",
        "execute",
        *(pytest.param(f"{one} {n}", marks=pytest.mark.slow) for one in ("cancel", "execute") for n in range(14)),
    ],
)
@pytest.mark.timeout(90)
async def test_cancel_against_execute(w: World, late: str) -> None:
    """B08 R34: a cancel that was accepted means that nothing was removed; one that came too late is told so."""
    for round_, subject in enumerate(("kim", "lee", "nia", "vic", "opal", "exa", "quinn")):
        played = await playing.ready(w, subject)
        before = await w.parts.feed.read(w.accounts[subject])
        answer = await w.step_up("bo", played.case_id, ExecuteBody())
        cancelled = await _race(w, played.case_id, answer, late=late.partition(" ")[0], by=round_ * 0.006)
        case = await w.until(played.case_id, lambda one: one.outcome is not None or one.phase is Phase.RE_ENROLMENT)
        types = await w.audit_types(played.case_id)
        after = await w.parts.feed.read(w.accounts[subject])
        if cancelled:
            assert case.outcome is Outcome.CANCELLED
            assert case.claimed_at is None
            assert (await w.handle(played.case_id).result()).outcome is Outcome.CANCELLED
            assert after == before
            assert not {"mfa.factor_removed", "recovery.reset_claimed", "user.disabled"} & set(types)
        else:
            assert case.claimed_at is not None
            assert "recovery.cancel_requested" not in types
            assert not {one.id for one in before.factors} & {one.id for one in after.factors}
            assert types.count("mfa.factor_admin_reset") == 1


async def _race(w: World, case_id: UUID, answer: object, *, late: str, by: float) -> bool:
    sessions = await w.session("bo"), await w.session("sol")

    async def execute() -> None:
        await asyncio.sleep(by if late == "execute" else 0)
        await deciding.decide(w.doors, sessions[0], case_id, ExecuteBody(), key=f"x{case_id}", answer=answer)  # type: ignore[arg-type]

    async def cancel() -> None:
        await asyncio.sleep(by if late == "cancel" else 0)
        await deciding.decide(w.doors, sessions[1], case_id, CANCEL, key=f"c{case_id}")

    executed, cancelled = await asyncio.gather(execute(), cancel(), return_exceptions=True)
    if cancelled is not None:
        assert isinstance(cancelled, Refused)
        assert cancelled.code == "reset_has_begun"
    if executed is not None:
        assert isinstance(executed, Refused)
        assert executed.code == "case_closed"
    assert executed is None or cancelled is None
    return cancelled is None


async def test_the_same_key_twice_at_once_is_one_case(w: World) -> None:
    """B30: a double click, or a client that tries again, gets the one case."""
    session = await w.session("bo")
    login = w.people["kim"].login
    attempts = [opening.open_case(w.doors, session, subject=login, intake=INTAKE, key="click") for _ in range(6)]
    assert len(set(await asyncio.gather(*attempts))) == 1
    again = await opening.open_case(w.doors, session, subject=login, intake=INTAKE, key="click")
    cases = await w.owner("SELECT count(*) FROM recovery.cases")
    assert cases == 1
    assert (await w.audit_types(again)).count("recovery.case_opened") == 1


async def test_two_agents_at_once(w: World) -> None:
    """R5 B30: the second opener gets the first one's case by its id."""
    sessions = [await w.session("bo"), await w.session("ada")]
    login = w.people["kim"].login
    first, second = await asyncio.gather(
        *(
            opening.open_case(w.doors, one, subject=login, intake=INTAKE, key=f"key-{n}")
            for n, one in enumerate(sessions)
        ),
        return_exceptions=True,
    )
    opened = first if not isinstance(first, BaseException) else second
    refused = second if opened is first else first
    assert isinstance(refused, Refused)
    assert (refused.code, refused.facts["case_id"]) == ("case_already_open", str(opened))


async def test_a_key_of_a_finished_case_opens_nothing(w: World) -> None:
    """B30: the same key after the case has ended gives the ended case, never a new run of it."""
    session = await w.session("bo")
    login = w.people["kim"].login
    case_id = await opening.open_case(w.doors, session, subject=login, intake=INTAKE, key="once")
    await w.until_phase(case_id, Phase.VERIFICATION)
    await w.decide("bo", case_id, CANCEL, proved=False)
    await w.until_closed(case_id)
    assert await opening.open_case(w.doors, session, subject=login, intake=INTAKE, key="once") == case_id
    assert await w.owner("SELECT count(*) FROM recovery.cases") == 1


async def test_a_double_click_while_the_proof_is_still_checked(w: World) -> None:
    """B13: the second click waits for the first one's proof instead of spending it, and both hear that it is done."""
    case_id = await w.open("bo", "kim")
    await w.until_phase(case_id, Phase.VERIFICATION)
    body, session = await w.verdict(case_id, Method.IN_PERSON), await w.session("cleo")
    answer = await w.step_up("cleo", case_id, body)
    slow = SlowStepUps(w.doors.step_ups)
    doors = dataclasses.replace(w.doors, step_ups=slow)
    click = partial(deciding.decide, doors, session, case_id, body, key="twice", answer=answer)
    clicks = [asyncio.create_task(click()) for _ in range(2)]
    await slow.checked.wait()
    # Long enough for a second click that does not wait to be refused; the verdict does not hang on it.
    await asyncio.wait(clicks, timeout=3 * step_up.TWIN_SECONDS)
    slow.answer.set()
    assert [(await one).case_id for one in clicks] == [case_id, case_id]
    _, acts = await w.case(case_id)
    assert [act.kind for act in acts].count(ActKind.VERDICT) == 1


class SlowStepUps:
    """A provider that has spent the proof and takes its time to say so."""

    def __init__(self, inner: StepUps) -> None:
        self._inner = inner
        self.checked, self.answer = asyncio.Event(), asyncio.Event()

    async def start(self, account_id: str, binding: bytes) -> Challenge:
        """As ever."""
        return await self._inner.start(account_id, binding)

    async def finish(self, transaction: str, response: dict[str, object], binding: bytes) -> ProvedFactor:
        """Check at once, answer later."""
        proved = await self._inner.finish(transaction, response, binding)
        self.checked.set()
        await self.answer.wait()
        return proved
