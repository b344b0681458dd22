"""The moves of the small worlds: what people, provider, policy, clock and workers can do from a state."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from domain.account import AccountStatus, Factor, FactorKind
from domain.acts import ActKind, BreakGlassBody, PresenceBody, VerdictBody
from domain.policy.doors import is_proved, may_decide
from tests.model import doors
from tests.model.cast import instant
from tests.model.doors import BAD, Kind, decide, file_of, may_sign_in, present, record
from tests.model.machine import Machine
from tests.model.runs import next_activity, run

if TYPE_CHECKING:
    from domain.account import Account
    from domain.acts import Body
    from domain.people import Actor
    from domain.policy.document import Policy
    from tests.model.cast import Standing
    from tests.model.machine import Happened
    from tests.model.state import Browser, State

Reached = tuple[str, "State", tuple["Happened", ...]]


@dataclass(frozen=True)
class Move:
    """Something that may happen, at most `limit` times on a path (None: as its own nature allows)."""

    name: str
    reach: Callable[[State], Iterable[Reached]]
    limit: int | None = 1
    waits: tuple[float, ...] = ()


def decisions(*bodies: Body, by: tuple[Actor, ...], times: int = 1, proofs: tuple[Kind, ...] = ()) -> Move:
    """Everybody tries every one of these decisions; what the rules refuse is no transition, but was tried.

    `proofs` are kinds that are accepted here and lead on, beside the good one; the bad ones are always tried.
    """

    def reach(state: State) -> Iterator[Reached]:
        where = file_of(state)
        given = Counter((id(act.body), act.actor.account_id) for act in state.acts if act.actor is not None)
        for login in by:
            if not may_sign_in(state, login):
                continue
            actor = present(state, login)
            for body in bodies:
                if given[id(body), login.account_id] >= times or not may_decide(actor, body, where).allowed:
                    continue
                for kind in (Kind.GOOD, *BAD[:-1], *proofs):
                    if _is_accepted(state, actor, body, kind):
                        yield from _decided(state, actor, body, kind)

    return Move("decide", reach, None)


def _is_accepted(state: State, actor: Actor, body: Body, kind: Kind) -> bool:
    where = file_of(state)
    proof = doors.proof(where.case, actor, body, state, kind)
    # Without a step-up of its own every kind is the same.
    unneeded = kind is not Kind.GOOD and is_proved(actor, body, None, where).allowed and not _forward(body)
    return not unneeded and is_proved(actor, body, proof, where).allowed


def _forward(body: Body) -> bool:
    return body.kind not in {ActKind.CANCEL, ActKind.CODES_UNAVAILABLE, ActKind.CODES_USED}


def _decided(state: State, actor: Actor, body: Body, kind: Kind) -> Iterator[Reached]:
    busy = 1000 if "approver-busy" in state.effects else 0
    machine = Machine(state)
    if decide(machine, actor, body, kind, verdicts_today=busy):
        name = f"{actor.account_id}: {body.kind.value} {_what(body)} ({kind.value})"
        yield name, machine.state, tuple(machine.happened)


def _what(body: Body) -> str:
    if isinstance(body, VerdictBody):
        return f"{body.verdict.value} by {body.method.value}"
    if isinstance(body, BreakGlassBody):
        return body.waives.value
    return str(getattr(body, "ruling", getattr(body, "presence_id", "")))


def recorded(name: str, body: Body, *, when: Callable[[State], bool] = lambda _: True, limit: int = 1) -> Move:
    """The product records something: an observation, a notice's fate, an objection."""

    def reach(state: State) -> Iterator[Reached]:
        if state.case.outcome is None and when(state):
            machine = Machine(state)
            record(machine, body)
            yield name, machine.state, tuple(machine.happened)

    return Move(name, reach, limit)


def changed(name: str, change: Callable[[State], State | None], *, limit: int = 1) -> Move:
    """Something changes around the case."""

    def reach(state: State) -> Iterator[Reached]:
        after = change(state)
        if after is not None:
            yield name, after, ()

    return Move(name, reach, limit)


def wait(*seconds: float, limit: int) -> Move:
    """Time passes, by one of these steps."""

    def reach(state: State) -> Iterator[Reached]:
        for step in seconds:
            yield f"wait {step:g} s", replace(state, at=state.at + step), ()

    return Move("wait", reach, limit, seconds)


def comes_to_stand(person_id: str, how: Standing) -> Callable[[State], State | None]:
    """A person's standing changes."""

    def change(state: State) -> State | None:
        people = tuple((one, roles, how if one == person_id else old) for one, roles, old in state.people)
        return None if people == state.people else replace(state, people=people)

    return change


def policy_becomes(policy: Policy) -> Callable[[State], State | None]:
    """The tenant's policy changes; the case keeps its own beside it."""
    return lambda state: None if state.policy is policy else replace(state, policy=policy)


def account_becomes(change: Callable[[Account], dict[str, object]]) -> Callable[[State], State | None]:
    """Something about the account changes at the provider."""

    def apply(state: State) -> State | None:
        changes = change(state.subject)
        return replace(state, subject=state.subject.model_copy(update=changes)) if changes else None

    return apply


def enrols(factor_id: str, kind: FactorKind = FactorKind.TOTP) -> Callable[[State], State | None]:
    """An owner who can sign in, or another administrator, enrols a further factor."""

    def change(state: State) -> State | None:
        # A moment later than anything that was decided at this instant, and earlier than what comes next.
        at = instant(state.at + 1e-3)
        new = Factor(id=factor_id, kind=kind, label="Further", enrolled_at=at)
        later = replace(state, at=state.at + 2e-3)
        if any(one.id == factor_id for one in state.subject.factors):
            return None
        return replace(later, subject=state.subject.model_copy(update={"factors": (*state.subject.factors, new)}))

    return change


def browser_becomes(make: Callable[[Browser, State], Browser], which: str) -> Callable[[State], State | None]:
    """A waiting browser goes silent, is closed, or comes back."""

    def change(state: State) -> State | None:
        browsers = tuple(make(one, state) if one.id == which else one for one in state.browsers)
        return None if browsers == state.browsers else replace(state, browsers=browsers)

    return change


def falls_silent(browser: Browser, state: State) -> Browser:
    """The browser is heard no more from now on."""
    return browser if browser.seen is not None else browser._replace(seen=state.at)


def enrolment_by(browser: str, *, honest: bool = True, kind: FactorKind = FactorKind.TOTP) -> Move:
    """A browser sets up the new factor and receives its codes.

    `honest` is a provider that lets only the bound browser on; another lets on a thief of the password.
    """

    def change(state: State) -> State | None:
        enrolment = state.subject.enrolment
        if enrolment is None or enrolment.factor_id is not None or state.now >= enrolment.until:
            return None
        if honest and enrolment.presence_id != browser:
            return None
        done = enrolment.model_copy(
            update={
                "presence_id": browser, "factor_id": "f-new", "factor_kind": kind, "codes_issued": True,
                "codes_issued_at": instant(state.at - 60), "password_chosen": True,
            }
        )  # fmt: skip
        new = Factor(id="f-new", kind=kind, label="New phone", enrolled_at=instant(state.at + 1e-3))
        factors = (*state.subject.factors, new)
        return replace(state, subject=state.subject.model_copy(update={"enrolment": done, "factors": factors}))

    return changed(f"{browser} enrols", change)


def worker(*, crashes: bool = True, meanwhile: tuple[Callable[[Machine], str | None], ...] = ()) -> Move:
    """The workflow runs its next activity: to the end, up to a crash at every point, or with others in between."""

    def reach(state: State) -> Iterator[Reached]:
        name = next_activity(state)
        if name is None:
            return
        whole = run(state, name)
        yield name, whole.end, whole.happened
        if name in {"assess", "close"}:
            return
        if crashes:
            for number, point in enumerate(whole.points):
                yield f"{name}, crashed at {number}", point, ()
        for other in meanwhile:
            for number in range(1, len(whole.points) + 1):
                yield from _interleaved(state, name, number, other)

    return Move("work", reach, None)


def _interleaved(state: State, name: str, number: int, other: Callable[[Machine], str | None]) -> Iterator[Reached]:
    said: list[str] = []

    def act(machine: Machine) -> None:
        what = other(machine)
        if what is not None:
            said.append(what)

    attempt = run(state, name, at=number, meanwhile=act)
    if said:
        yield f"{name}, at {number} meanwhile {said[0]}", attempt.end, attempt.happened


def second_worker(crash_at: int | None = None) -> Callable[[Machine], str | None]:
    """Another attempt at the same activity takes over, and ends or crashes before the first goes on."""

    def other(machine: Machine) -> str | None:
        name = next_activity(machine.state)
        if name is None:
            return None
        attempt = run(machine.state, name)
        if crash_at is not None and crash_at >= len(attempt.points):
            return None
        machine.state = attempt.end if crash_at is None else attempt.points[crash_at]
        machine.happened.extend(attempt.happened)
        return f"a second {name}" + ("" if crash_at is None else f" that crashes at {crash_at}")

    return other


def concurrently(move: Move, pick: int = 0) -> Callable[[Machine], str | None]:
    """One of a move's ways, while an activity is between two of its lines."""

    def other(machine: Machine) -> str | None:
        for number, (name, state, happened) in enumerate(move.reach(machine.state)):
            if number == pick:
                machine.state = state
                machine.happened.extend(happened)
                return name
        return None

    return other


def is_disabled(account: Account) -> dict[str, object]:
    """Another administrator disables the account."""
    if account.status is AccountStatus.DISABLED and not account.held_by_recovery:
        return {}
    return {"status": AccountStatus.DISABLED, "held_by_recovery": False}


def is_active(account: Account) -> dict[str, object]:
    """Another administrator enables the account again."""
    return {} if account.status is AccountStatus.ACTIVE else {"status": AccountStatus.ACTIVE, "held_by_recovery": False}


def shows_code(presence_id: str) -> PresenceBody:
    """The confirmation of this browser."""
    return PresenceBody(presence_id=presence_id)
