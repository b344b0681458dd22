"""The doors of a small world: a decision is asked for, proved and committed as `service.deciding` does."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING
from uuid import UUID

from domain.acts import HeldBody, PresenceBody, Proof, Verdict, VerdictBody, binding
from domain.case_file import CaseFile
from domain.people import Actor
from domain.policy.brakes import released, verdict_brakes
from domain.policy.doors import is_proved, may_decide
from tests.model import memo
from tests.model.cast import Standing, instant
from tests.model.machine import Machine, Page

if TYPE_CHECKING:
    from domain.acts import Body
    from domain.case import Case
    from domain.people import Role
    from tests.model.state import State


class Kind(StrEnum):
    """What proof comes with a decision."""

    GOOD = "good"
    NONE = "none"
    FOR_SOMETHING_ELSE = "for_something_else"
    WEAK = "weak"
    YOUNG_FACTOR = "young_factor"
    OLD = "old"


BAD = (Kind.NONE, Kind.FOR_SOMETHING_ELSE, Kind.WEAK, Kind.YOUNG_FACTOR, Kind.OLD)


def present(state: State, login: Actor) -> Actor:
    """The actor who signs in with this login now: their present roles, taken from the store."""
    roles = next((known for person, known, _ in state.people if person == login.person_id), frozenset())
    if state.standing(login.person_id) is Standing.ROLE_LOST:
        roles = frozenset()
    return _actor(login.account_id, login.person_id, login.roles & roles)


@cache
def _actor(account_id: str, person_id: str, roles: frozenset[Role]) -> Actor:
    return Actor(account_id=account_id, person_id=person_id, roles=roles)


def may_sign_in(state: State, login: Actor) -> bool:
    """Whether the provider lets this person in."""
    return state.standing(login.person_id) is not Standing.DISABLED


def file_of(state: State) -> CaseFile:
    """The case as a door sees it."""
    return memo.per_state(state, state.file)


def proof(case: Case, actor: Actor, body: Body, state: State, kind: Kind) -> Proof | None:
    """A step-up of this kind; `OLD` was proved for this very decision, but some minutes ago."""
    if kind is Kind.NONE:
        return None
    return _proof(binding(case_id=case.id, plan_digest=case.plan.digest(), actor=actor, body=body), state.at, kind)


@cache
def _proof(wanted: str, at: float, kind: Kind) -> Proof:
    weak, now = kind is Kind.WEAK, instant(at)
    young = kind is Kind.YOUNG_FACTOR
    return Proof(
        step_up_id=UUID(int=1), aal=1 if weak else 3, phishing_resistant=not weak, hardware_bound=not weak,
        factor_kind="webauthn", binding=wanted[::-1] if kind is Kind.FOR_SOMETHING_ELSE else wanted,
        proved_at=now - timedelta(minutes=6 if kind is Kind.OLD else 0),
        factor_enrolled_at=now - timedelta(days=1 if young else 300),
    )  # fmt: skip


def decide(machine: Machine, actor: Actor, body: Body, kind: Kind = Kind.GOOD, *, verdicts_today: int = 0) -> bool:
    """Record the decision if the rules allow it; a verdict past a brake holds the case (R41)."""
    state = machine.state
    where = file_of(state)
    if not may_decide(actor, body, where).allowed:
        return False
    given = proof(where.case, actor, body, state, kind)
    if not is_proved(actor, body, given, where).allowed:
        return False
    if isinstance(body, PresenceBody) and not _bind(machine, body.presence_id):
        return False
    page = Page(machine)
    page.commit_act(actor, body, given)
    if isinstance(body, VerdictBody) and body.verdict is Verdict.VERIFIED:
        limits = page.case.policy.brakes
        for brake in verdict_brakes(limits, verdicts_today=verdicts_today, pair_today=0):
            if not released(page.file.acts, brake):
                page.commit_act(None, HeldBody(brake=brake))
    page.commit()
    return True


def record(machine: Machine, body: Body) -> None:
    """Something that the product itself records."""
    page = Page(machine)
    page.commit_act(None, body)
    page.commit()


def _bind(machine: Machine, browser: str) -> bool:
    """The code that the approver entered is shown by this browser: it is confirmed now, and waits."""
    state = machine.state
    found = [one for one in state.browsers if one.id == browser and one.usable]
    if not found:
        return False
    confirmed = tuple(one._replace(confirmed=one.id == browser or one.confirmed) for one in state.browsers)
    machine.state = replace(state, browsers=confirmed)
    return True
