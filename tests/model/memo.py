"""Remembering what pure rules answered, for as long as their arguments live; changes no answer, only the time."""

from __future__ import annotations

import functools
import sys
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

import domain.acts
import domain.plan
from domain.policy import cooling, evidence, genuine, objections, presence, progress, verification

if TYPE_CHECKING:
    from collections.abc import Callable

    from domain.case import Case
    from domain.case_file import CaseFile
    from tests.model.state import State

P = ParamSpec("P")
T = TypeVar("T")
_KEPT: dict[Any, Any] = {}
_LIMIT = 200_000
_STATE: list[Any] = [None, None]


def clear() -> None:
    """Forget everything; needed whenever a rule is exchanged."""
    _KEPT.clear()
    _STATE[:] = [None, None]


def per_state(state: State, make: Callable[[], T]) -> T:
    """What `make` makes, once for the state that was asked about last."""
    if _STATE[0] is not state:
        _STATE[:] = [state, make()]
    found: T = _STATE[1]
    return found


def by_identity(rule: Callable[P, T]) -> Callable[P, T]:
    """The rule, asked once for the same objects. Arguments are kept with the answer, so that no id is used twice."""

    @functools.wraps(rule)
    def asked(*args: P.args, **kwargs: P.kwargs) -> T:
        key = (rule, *map(id, args), *((name, id(value)) for name, value in kwargs.items()))
        known = _KEPT.get(key)
        if known is None:
            if len(_KEPT) > _LIMIT:
                _KEPT.clear()
            known = _KEPT[key] = (rule(*args, **kwargs), args, kwargs)
        found: T = known[0]
        return found

    return asked


def _of_the_same_file(rule: Callable[[CaseFile], T]) -> Callable[[CaseFile], T]:
    """As `by_identity`, for a rule over a file: files of the same parts are the same file."""

    @functools.wraps(rule)
    def asked(file: CaseFile) -> T:
        parts = (file.case, file.acts, file.members, file.now)
        key = (rule, *map(id, parts))
        known = _KEPT.get(key)
        if known is None:
            if len(_KEPT) > _LIMIT:
                _KEPT.clear()
            known = _KEPT[key] = (rule(file), parts)
        found: T = known[0]
        return found

    return asked


def _of_the_same_facts(rule: Callable[[Case], str]) -> Callable[[Case], str]:
    """As `by_identity`, for a rule that reads only what a case was opened or planned anew with."""

    @functools.wraps(rule)
    def asked(case: Case) -> str:
        facts = (case.snapshot, case.plan, case.policy, case.intake, case.agent, case.acting_admin, case.opened_at,
                 case.id, case.tenant_id, case.risks)  # fmt: skip
        key = (rule, case.tier, case.subject_id, case.subject_person_id, *map(id, facts))
        known = _KEPT.get(key)
        if known is None:
            known = _KEPT[key] = (rule(case), facts)
        found: str = known[0]
        return found

    return asked


def exchange(old: Any, new: Any) -> None:
    """Put `new` wherever a module of ours has imported `old` by name."""
    for module_name, module in list(sys.modules.items()):
        if module_name.split(".")[0] in {"domain", "activities", "tests"} and module_name != __name__:
            for name, value in list(vars(module).items()):
                if value is old:
                    setattr(module, name, new)


def install() -> None:
    """Remember the dearest pure rules."""
    if _INSTALLED:
        return
    _INSTALLED.append(True)
    for rule in (
        verification.given, cooling.clean_channels, genuine.believed, presence.latest_presence, domain.acts.binding,
    ):  # fmt: skip
        exchange(rule, by_identity(rule))
    for asked in (verification.counting, cooling.cooling_off, objections.open_objections, progress.progress):
        exchange(asked, _of_the_same_file(asked))
    exchange(evidence.is_worded, functools.lru_cache(maxsize=1000)(evidence.is_worded))
    exchange(evidence.method_is_evidence, functools.lru_cache(maxsize=1000)(evidence.method_is_evidence))
    exchange(evidence.says_what_was_seen, by_identity(evidence.says_what_was_seen))
    exchange(genuine.facts_digest, _of_the_same_facts(genuine.facts_digest))
    plan = domain.plan.Plan
    plan.digest = by_identity(plan.digest)  # type: ignore[method-assign]


_INSTALLED: list[bool] = []
