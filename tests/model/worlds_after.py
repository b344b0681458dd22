"""The small worlds around and after the claim: workers die and overtake each other, browsers enrol, people object."""

from __future__ import annotations

from dataclasses import replace
from functools import cache, partial
from typing import TYPE_CHECKING

from domain.account import Enforcement, FactorKind
from domain.case import Reason
from domain.messages import Phase
from tests.model.cast import ADA, CLEO, DEV, SAM, SOL, Standing, subject
from tests.model.doors import decide, present, record
from tests.model.machine import Machine
from tests.model.moves import (
    account_becomes,
    browser_becomes,
    changed,
    comes_to_stand,
    concurrently,
    decisions,
    enrolment_by,
    enrols,
    falls_silent,
    is_disabled,
    recorded,
    second_worker,
    shows_code,
    wait,
    worker,
)
from tests.model.runs import next_activity, run
from tests.model.starts import (
    CALLBACK,
    CANCEL,
    DESK_OBJECTS,
    EXECUTE,
    HOSTILE,
    IN_PERSON,
    NOTICE_READ,
    OBJECTION,
    OURS,
    RESUME,
    SIGNED_IN,
    SIGNED_IN_WITH_A_LATER_FACTOR,
    STRANGE,
    UPHOLD,
    WORKING_FACTOR,
    intake,
    opened,
)
from tests.model.world import World

if TYPE_CHECKING:
    from domain.account import Account
    from domain.acts import Body
    from domain.case import Intake
    from domain.people import Actor
    from tests.model.state import State

PRESENCE = shows_code("browser")
OBJECTED = recorded("objection", OBJECTION)
SILENT = changed("browser silent", browser_becomes(falls_silent, "browser"))
CLOSED = changed("browser closed", browser_becomes(lambda one, _: one._replace(usable=False), "browser"))
HOURS = 15_000.0


def _decided(state: State, *given: tuple[Actor, Body]) -> State:
    for login, body in given:
        machine = Machine(state)
        if not decide(machine, present(state, login), body):
            raise AssertionError(f"{login.account_id} cannot {body.kind}")
        state = _settled(machine.state)
    return state


def _settled(state: State) -> State:
    """The worker has looked, and contained where that is due; it has not begun to reset."""
    while (name := next_activity(state)) in {"assess", "contain"}:
        after = run(state, name).end
        if after.step == state.step or (name == "assess" and after.step is not None and not after.step.contain):
            return after
        state = after
    return state


@cache
def ready(about: Account | None = None, stated: Intake | None = None) -> State:
    """Verified, cooled off, browser confirmed and asked for: the worker is about to reset."""
    state = opened(about=about, stated=stated, browsers=(OURS, STRANGE))
    state = _decided(state, (CLEO, IN_PERSON), (DEV, CALLBACK))
    machine = Machine(state)
    record(machine, NOTICE_READ)
    state = _decided(replace(machine.state, at=HOURS), (CLEO, PRESENCE), (ADA, EXECUTE))
    if state.step is None or state.step.phase is not Phase.RESET:
        raise AssertionError("not ready")
    return state


@cache
def wiped(about: Account | None = None, stated: Intake | None = None) -> State:
    """The reset is done and the bound browser may enrol."""
    state = run(ready(about, stated), "reset").end
    if state.step is None or state.step.phase is not Phase.RE_ENROLMENT:
        raise AssertionError("not wiped")
    return state


WITH_PASSWORD = intake(reset_password_because="Typed into a strange page", revoke_sessions_because="Seen abroad")
NOT_ENFORCED = subject(enforcement=Enforcement.OPTIONAL)


def has_a_later_factor(state: State) -> bool:
    """Whether a factor was enrolled since the opening."""
    return any(one.id == "f-2" for one in state.subject.factors)


MEANWHILE = (
    concurrently(changed("another factor", enrols("f-2"))),
    concurrently(decisions(CANCEL, by=(ADA,))),
    concurrently(OBJECTED),
    concurrently(changed("cleo loses the role", comes_to_stand("person-cleo", Standing.ROLE_LOST))),
    concurrently(changed("ada is disabled", comes_to_stand("person-ada", Standing.DISABLED))),
    concurrently(SILENT),
    concurrently(CLOSED),
    concurrently(changed("disabled", account_becomes(is_disabled))),
    concurrently(wait(400, limit=1)),
    concurrently(wait(1000, limit=1)),
    second_worker(),
)
TWO_WORKERS = (second_worker(), *(second_worker(number) for number in range(0, 16, 2)))

AROUND_THE_CLAIM = tuple(
    World(
        f"crashes: {name}",
        partial(ready, about, stated),
        (
            worker(meanwhile=MEANWHILE),
            decisions(CANCEL, by=(ADA, SOL)),
            decisions(PRESENCE, EXECUTE, by=(ADA, CLEO), times=2),
            OBJECTED,
            changed("another factor", enrols("f-3")),
            wait(400, limit=1),
            enrolment_by("browser"),
        ),
        depth,
        attentive=False,
    )
    for name, about, stated, depth in (
        ("wipe", None, None, 3),
        ("password", None, WITH_PASSWORD, 2),
        ("not enforced", NOT_ENFORCED, None, 2),
        ("hostile", None, HOSTILE, 2),
    )
)
LATER_FACTOR = (
    World(
        "later factor",
        partial(ready, stated=intake(Reason.BROKEN_FACTOR)),
        (
            changed("another factor", enrols("f-2")),
            recorded("signed in with it", SIGNED_IN_WITH_A_LATER_FACTOR, when=has_a_later_factor),
            recorded("signed in with the old one", SIGNED_IN),
            decisions(WORKING_FACTOR, by=(CLEO, DEV)),
            decisions(PRESENCE, EXECUTE, by=(ADA, CLEO), times=2),
            worker(crashes=False),
        ),
        6,
    ),
)
OVERTAKING = tuple(
    World(f"overtaking: {name}", partial(ready, about, stated), (worker(meanwhile=TWO_WORKERS),), 3)
    for name, about, stated in (("wipe", None, None), ("hostile", None, HOSTILE))
)
KINDS = (("wipe", None, None), ("not enforced", NOT_ENFORCED, None), ("hostile", None, HOSTILE))
AFTER_THE_WIPE = (
    *(
        World(
            f"enrolment: {name}",
            partial(wiped, about, stated),
            (
                decisions(CANCEL, IN_PERSON, EXECUTE, by=(ADA, CLEO, SOL)),
                enrolment_by("browser"),
                enrolment_by("strange-browser"),
                enrolment_by("strange-browser", honest=False),
                enrolment_by("browser", kind=FactorKind.SMS),
                changed("another factor", enrols("f-2")),
                changed("disabled", account_becomes(is_disabled)),
                wait(1000, limit=1),
                worker(meanwhile=(concurrently(wait(1000, limit=1)), second_worker())),
            ),
            12,
        )
        for name, about, stated in KINDS
    ),
    *(
        World(
            f"suspension: {name}",
            partial(wiped, about, stated),
            (
                OBJECTED,
                recorded("objection by the desk phone", DESK_OBJECTS),
                decisions(RESUME, UPHOLD, by=(ADA, CLEO, SOL, SAM), times=2),
                enrolment_by("browser"),
                wait(1000, limit=1),
                worker(meanwhile=(concurrently(OBJECTED), second_worker())),
            ),
            depth,
        )
        for (name, about, stated), depth in zip(KINDS, (5, 4, 4), strict=True)
    ),
)
