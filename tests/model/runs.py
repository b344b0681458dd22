"""Running the real activities on a small world's ports: to the end, up to a crash, or with others in between."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from activities.assess import Assessing
from activities.close import Closing
from activities.confirm import Confirming
from activities.contain import Containing
from activities.reset import Resetting
from activities.suspend import Suspending
from domain.errors import RecoveryError
from domain.messages import Phase, StepInput
from tests.model.machine import Book, Browsers, Machine, Provider

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from tests.model.machine import Happened
    from tests.model.state import State

_AFTER_AN_OBJECTION = ("suspension_due", "lift_due")


@dataclass(frozen=True)
class Run:
    """One attempt at an activity: the state at each point where it could have been cut off, and at its end."""

    points: tuple[State, ...]
    end: State
    happened: tuple[Happened, ...]


def next_activity(state: State) -> str | None:
    """What the workflow would run now, as `workflows/recovery.py` chooses; None once the case is closed."""
    step = state.step
    if step is None:
        return "assess"
    if state.case.outcome is not None:
        return None
    if step.outcome is not None:
        return "close"
    if step.phase is Phase.VERIFICATION and step.contain:
        return "contain"
    if step.phase is Phase.RESET:
        return "reset"
    if step.phase is Phase.RE_ENROLMENT:
        if step.code in _AFTER_AN_OBJECTION:
            return "suspend"
        return "lapse" if step.code == "enrolment_overdue" else "confirm"
    return "assess"


def run(state: State, name: str, *, at: int | None = None, meanwhile: Callable[[Machine], None] | None = None) -> Run:
    """One attempt at the activity; before its point number `at`, `meanwhile` does what others do at that moment."""
    machine = Machine(state)
    work = _activity(machine, name)
    points: list[State] = []
    while True:
        try:
            work.send(None)
        except StopIteration:
            break
        except RecoveryError:
            # Temporal tries again later, from what is committed.
            break
        points.append(machine.state)
        if meanwhile is not None and len(points) == at:
            meanwhile(machine)
    return Run(tuple(points), machine.state, tuple(machine.happened))


def _activity(machine: Machine, name: str) -> Coroutine[Any, Any, object]:
    state = machine.state
    message = StepInput(case_id=state.case.id, tenant_id=state.case.tenant_id, version=state.case.version)
    book, provider, browsers = (
        cast("Any", Book(machine)),
        cast("Any", Provider(machine)),
        cast("Any", Browsers(machine)),
    )
    match name:
        case "reset":
            return Resetting(book, provider, provider, browsers, machine.new_id).reset(message)
        case "contain":
            return Containing(book, provider, provider, machine.new_id).contain(message)
        case "suspend":
            return Suspending(book, provider, machine.new_id).suspend(message)
        case "confirm":
            return Confirming(book, provider, provider).confirm(message)
        case "lapse":
            return Confirming(book, provider, provider).lapse(message)
        case "close":
            return Closing(book).close(message)
    return Assessing(book).assess(message)
