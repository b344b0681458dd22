"""Chance drives the real workflow, store and directory: whatever comes in between, the runbook holds."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from directory.errors import DirectoryError
from domain.acts import (
    ActKind,
    CancelBody,
    CancelReason,
    ExecuteBody,
    JudgementBody,
    Method,
    PresenceBody,
    Ruling,
    Verdict,
    VerdictBody,
)  # fmt: skip
from domain.errors import RecoveryError
from domain.messages import Outcome, Phase
from domain.people import Role
from tests.model import runbook
from tests.model.cast import Standing
from tests.support import playing

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime
    from uuid import UUID

    from domain.account import Account
    from domain.acts import Act
    from domain.case import Case
    from tests.recovery.conftest import MakeWorld
    from tests.support.world import World

EXAMPLES = 14
MOST_TRUSTED = 2
ROLES = {"bo": {Role.AGENT}, "cleo": {Role.APPROVER}, "dev": {Role.APPROVER}, "sol": {Role.SECURITY}}


@dataclass
class Facts:
    """What is known at one moment of a real case, as `tests.model.runbook` measures it."""

    acts: tuple[Act, ...]
    people: tuple[tuple[str, frozenset[Role], Standing], ...]
    now: datetime

    def standing(self, person_id: str) -> Standing:
        """How this person stands."""
        return next((how for one, _, how in self.people if one == person_id), Standing.FULL)


@dataclass
class Played:
    """One example: the case, the browser that waits, and whose role went before the claim."""

    w: World
    case_id: UUID
    before: Account
    browser: str = ""
    lost: set[str] = field(default_factory=set)
    done: list[str] = field(default_factory=list)
    trusted: int = 0

    async def account(self) -> Account:
        """Kim as the provider has them."""
        return await self.w.parts.feed.read(self.before.id)


async def verify(played: Played, who: str, method: Method, verdict: Verdict = Verdict.VERIFIED) -> None:
    """An actor gives a verdict."""
    body = await played.w.verdict(played.case_id, method)
    body = VerdictBody(verdict=verdict, method=method, evidence=body.evidence)
    await played.w.decide(who, played.case_id, body)


async def waits(played: Played) -> None:
    """Kim's browser waits, and an actor enters its code."""
    played.browser, code = await played.w.wait_in_browser("kim")
    await played.w.confirm_presence(played.case_id, "cleo", code)


async def cancel(played: Played, who: str) -> None:
    """An actor cancels."""
    await played.w.decide(who, played.case_id, CancelBody(reason=CancelReason.SUSPICIOUS), proved=False)


async def lose_role(played: Played) -> None:
    """Cleo is no approver any more; it counts where the claim had not been made by then."""
    await played.w.give_roles("cleo")
    case, _ = await played.w.case(played.case_id)
    if case.claimed_at is None:
        played.lost.add("cleo")


async def wait(played: Played, minutes: float) -> None:
    """Time passes; the browser's page is open all the while."""
    case, _ = await played.w.case(played.case_id)
    if case.outcome is None:
        await played.w.pass_time(played.case_id, timedelta(minutes=minutes))
    if played.browser:
        await played.w.parts.directory.presence.status(played.browser)


async def enrol(played: Played) -> None:
    """The bound browser sets up the new factor."""
    await playing.enrol(played.w, played.browser)


async def another_factor(played: Played) -> None:
    """Kim, or the thief of the phone, signs in and has the browser trusted: a factor more.

    Twice at most: that many codes are surely left in one minute.
    """
    played.trusted += 1
    if played.trusted <= MOST_TRUSTED:
        await playing.sign_in(played.w, "kim", remember=True)


MOVES: dict[str, Callable[[Played], Awaitable[None]]] = {
    "cleo sees Kim": lambda one: verify(one, "cleo", Method.IN_PERSON),
    "dev calls back": lambda one: verify(one, "dev", Method.CALLBACK),
    "dev has a ticket": lambda one: verify(one, "dev", Method.CORROBORATING_TICKET),
    "the agent verifies": lambda one: verify(one, "bo", Method.IN_PERSON),
    "dev doubts": lambda one: verify(one, "dev", Method.CALLBACK, Verdict.UNCERTAIN),
    "dev denies": lambda one: verify(one, "dev", Method.CALLBACK, Verdict.FAILED),
    "the browser waits": waits,
    "the agent executes": lambda one: one.w.execute(one.case_id, "bo"),
    "an approver executes": lambda one: one.w.execute(one.case_id, "cleo"),
    "the agent cancels": lambda one: cancel(one, "bo"),
    "an approver cancels": lambda one: cancel(one, "cleo"),
    "somebody objects": lambda one: one.w.object(one.case_id),
    "sol resumes": lambda one: one.w.rule("sol", one.case_id, Ruling.RESUME),
    "sol upholds": lambda one: one.w.rule("sol", one.case_id, Ruling.UPHOLD),
    "cleo loses the role": lose_role,
    "a factor more": another_factor,
    "six minutes": lambda one: wait(one, 6),
    "a quarter of an hour": lambda one: wait(one, 16),
    "a day": lambda one: wait(one, 25 * 60),
    "the browser enrols": enrol,
}
ROUTINE = ("cleo sees Kim", "the browser waits", "the agent executes", "the browser enrols")
RARE = ("dev denies", "the agent cancels", "sol upholds", "a day")
BETWEEN = st.lists(st.sampled_from(sorted(set(MOVES) - set(RARE))), max_size=1)


@st.composite
def orders_of_events(draw: st.DrawFn) -> list[str]:
    """A routine case with anything in between, and sometimes an end that comes early."""
    moves: list[str] = []
    for step in ROUTINE:
        moves += [*draw(BETWEEN), step]
    if draw(st.booleans()):
        moves.insert(draw(st.integers(0, len(moves))), draw(st.sampled_from(RARE)))
    return moves


@pytest.mark.timeout(240)
@settings(
    max_examples=EXAMPLES, deadline=None, print_blob=True, database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
@given(moves=orders_of_events())
async def test_any_order_of_events_keeps_the_runbook(make_world: MakeWorld, moves: list[str]) -> None:
    """R5, R13, R18, R19, R24, R28, R31, R33, R34, R36, B01, B17: what provider and audit say fits the runbook."""
    async with make_world() as w:
        case_id = await w.open("bo", "kim", statement="Rang from the office")
        await leave_the_codes(w, case_id)
        played = Played(w, case_id, await w.parts.feed.read(w.accounts["kim"]))
        for move in moves:
            await make(played, move)
            await holds(played)
        await ends(played)
        await holds(played)


async def leave_the_codes(w: World, case_id: UUID) -> None:
    """Where Kim has codes left, the agent says why they cannot be used."""
    case = await w.until(case_id, lambda one: one.phase is not Phase.INTAKE)
    if case.phase is Phase.BACKUP_CODES:
        await w.state_codes_unavailable(case_id, "bo")


async def make(played: Played, move: str) -> None:
    """Try the move, refused or not, and let the workflow come to rest."""
    played.done.append(move)
    try:
        await MOVES[move](played)
    except (RecoveryError, DirectoryError):
        played.done.append("(refused)")
    await played.w.until(played.case_id, at_rest)


def at_rest(case: Case) -> bool:
    """Whether the workflow has looked at everything and is not at work."""
    looked = case.applied_seq >= case.act_seq and case.phase not in {Phase.INTAKE, Phase.RESET}
    return case.outcome is not None or (looked and case.ending is None)


async def ends(played: Played) -> None:
    """Every case can end: by its clock, or once an officer has ruled on what was suspended (R5, R24, R37)."""
    for move in ("sol resumes", "a day", "a day", "a day"):
        case, _ = await played.w.case(played.case_id)
        if case.outcome is None:
            await make(played, move)
    case = await played.w.until_closed(played.case_id)
    event(f"ended {case.outcome}")


async def holds(played: Played) -> None:
    """The invariants, on what the store, the provider and the audit say now."""
    case, acts = await played.w.case(played.case_id)
    account = await played.account()
    removed = [one["data"]["factor"] for one in await played.w.audit(played.case_id, "mfa.factor_removed")]
    claims = [act for act in acts if isinstance(act.body, JudgementBody) and act.body.allowed]
    told = f"after {played.done}"
    assert len(removed) == len(set(removed)), told
    assert set(removed) <= case.plan.factor_ids, told
    gone = {one.id for one in played.before.factors} - {one.id for one in account.factors}
    assert not gone or claims, told
    assert never_for_oneself(case, acts), told
    assert each_has_its_own_proof(acts), told
    if case.claimed_at is not None:
        assert claimed_rightly(played, case, acts, claims[-1]), told
    if case.outcome in {Outcome.CANCELLED, Outcome.DENIED}:
        assert not removed, told
    if case.outcome is Outcome.RECOVERED:
        enrolment = account.enrolment
        assert enrolment is not None, told
        assert enrolment.presence_id == case.presence_id, told
        assert case.plan.factor_ids.isdisjoint(one.id for one in account.factors), told


def never_for_oneself(case: Case, acts: list[Act]) -> bool:
    """Nobody decides about themselves, and the agent verifies nothing (R6, R13)."""
    approving = {ActKind.VERDICT, ActKind.PRESENCE}
    return not any(
        act.actor is not None
        and (
            act.actor.person_id == case.subject_person_id
            or (act.kind in approving and act.actor.person_id == case.agent.person_id)
        )
        for act in acts
    )


def each_has_its_own_proof(acts: list[Act]) -> bool:
    """Every decision that moves the case has a step-up, and no step-up serves two (R27, R28)."""
    forward = [act for act in acts if isinstance(act.body, VerdictBody | PresenceBody | ExecuteBody)]
    proofs = [act.proof.step_up_id for act in forward if act.proof is not None]
    return len(proofs) == len(forward) == len(set(proofs))


def claimed_rightly(played: Played, case: Case, acts: list[Act], claim: Act) -> bool:
    """Enough verdicts by people who still count, nothing that stops it, no objection left, a browser and a request."""
    before = tuple(act for act in acts if act.seq < claim.seq)
    people = tuple(
        (person_of(played, who, acts), frozenset(roles), Standing.ROLE_LOST if who in played.lost else Standing.FULL)
        for who, roles in ROLES.items()
    )
    facts = Facts(before, people, claim.at)
    unclaimed = case.model_copy(update={"claimed_at": None})
    refused = max((act.seq for act in before if act.kind is ActKind.JUDGEMENT), default=0)
    asked = {act.kind for act in before if act.seq > refused and act.plan_digest == case.plan.digest()}
    return (
        runbook.verified(facts, unclaimed, case.policy)
        and not runbook.objections_left(facts, unclaimed, case.policy)
        and not {ActKind.CANCEL, ActKind.INTERRUPT} & {act.kind for act in before}
        and {ActKind.PRESENCE, ActKind.EXECUTE} <= asked
    )


def person_of(played: Played, who: str, acts: list[Act]) -> str:
    """The person behind a login, as the acts have them."""
    account = played.w.accounts[who]
    return next((act.actor.person_id for act in acts if act.actor and act.actor.account_id == account), who)
