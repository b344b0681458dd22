"""Which way a change of policy points: a table that says, field by field, what is weaker (R26)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from domain.policy.document import Policy

Weaker = Callable[[Any, Any], bool]


def _less(before: Any, after: Any) -> bool:
    return bool(after < before)


def _more(before: Any, after: Any) -> bool:
    return bool(after > before)


def _off(before: Any, after: Any) -> bool:
    return bool(before) and not after


def _fewer(before: Any, after: Any) -> bool:
    return not frozenset(after) >= frozenset(before)


def _wider(before: Any, after: Any) -> bool:
    return not frozenset(after) <= frozenset(before)


def _other_pattern(before: Any, after: Any) -> bool:
    """Nobody can tell whether another pattern lets more through, so another one counts as weaker."""
    return before is not None and after != before


def _never(before: Any, after: Any) -> bool:
    del before, after
    return False


DIRECTIONS: dict[str, Weaker] = {
    "case_hours": _more,
    "ticket_pattern": _other_pattern,
    "ticket_example": _never,
    "raised_threat": _off,
    "demonstration": lambda before, after: bool(after) and not before,
    "privileged_roles": _fewer,
    "step_up.required": _off,
    "step_up.max_age_minutes": _more,
    "step_up.wrong_tries": _more,
    "step_up.lock_minutes": _less,
    "verification.standard_methods": _less,
    "verification.three_people": _off,
    "verification.fresh_hours": _more,
    "verification.waiting_hours": _more,
    "verification.contact_age_days": _less,
    "verification.privileged_contact_age_days": _less,
    "verification.young_days": _less,
    "verification.draw_approver": _off,
    # Earlier means that somebody else than the drawn approver may verify earlier.
    "verification.remind_minutes": _never,
    "verification.escalate_minutes": _less,
    "verification.enough_approvers": _less,
    "verification.hr_roles": _wider,
    "presence.confirmed_minutes": _more,
    "presence.silent_seconds": _more,
    "enrolment.window_minutes": _more,
    "enrolment.allowed_kinds": _wider,
    "cooling_off.weak_seconds": _less,
    "cooling_off.privileged_seconds": _less,
    "cooling_off.quarantine_days": _less,
    "brakes.subject_days": _less,
    "brakes.agent_openings_a_day": _more,
    "brakes.approver_verdicts_a_day": _more,
    "brakes.pair_a_day": _more,
    "brakes.wipes_an_hour": _more,
    "watch.hours": _less,
}
"""Whether going from the first value to the second is weaker. `version` is no rule."""


def leaves(policy: Policy) -> dict[str, Any]:
    """Every value of a policy by its dotted name, `version` apart."""
    found: dict[str, Any] = {}
    for name, value in dict(policy).items():
        if name == "version":
            continue
        if hasattr(type(value), "model_fields"):
            found |= {f"{name}.{inner}": one for inner, one in dict(value).items()}
        else:
            found[name] = value
    return found


def weakenings(before: Policy, after: Policy) -> tuple[str, ...]:
    """The names of what is weaker in `after`, sorted; a name that the table lacks counts as weaker when it changes."""
    old, new = leaves(before), leaves(after)
    unknown: Weaker = lambda one, other: one != other  # noqa: E731 - the table's own default
    return tuple(sorted(name for name in new if DIRECTIONS.get(name, unknown)(old[name], new[name])))


def changes(before: Policy, after: Policy) -> tuple[str, ...]:
    """The names of everything that differs, sorted."""
    old, new = leaves(before), leaves(after)
    return tuple(sorted(name for name in new if old[name] != new[name]))
