"""The fresh read after the reset: what should be gone and is still there (R31, B12, B15)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.plan import OperationKind, Stage

if TYPE_CHECKING:
    from collections.abc import Iterable

    from domain.account import Account
    from domain.case import Case
    from domain.ports import OperationState

_READ_BACK = frozenset({OperationKind.WIPE_FACTORS, OperationKind.REQUIRE_ENROLMENT})
"""Refused or not, the account itself shows whether these are done."""


def left_behind(case: Case, account: Account, states: Iterable[OperationState]) -> list[str]:
    """Factor ids, and names of operations, that keep the reset from being complete (R31); sorted.

    `account` is as the provider shows it after the last removal.

    R31: The wipe removes the factor ids of the plan and nothing enrolled after the claim; what a fresh read still shows
    keeps the case from being done.
    """
    factors = {*factors_left(case, account), *unjudged_factors(case, account)}
    return sorted({*factors, *_alive(case, account), *_refused(states)})


def factors_left(case: Case, account: Account) -> list[str]:
    """Planned factor ids that a fresh read still shows (R31), sorted."""
    return sorted(case.plan.factor_ids & {factor.id for factor in account.factors})


def unjudged_factors(case: Case, account: Account) -> list[str]:
    """Factors that slipped in between the read that was judged and the claim: in no plan, yet older than the claim."""
    claimed_at = case.claimed_at
    return sorted(
        factor.id
        for factor in account.factors
        if factor.id not in case.plan.factor_ids
        and claimed_at is not None
        and factor.enrolled_at is not None
        and factor.enrolled_at < claimed_at
    )


def _alive(case: Case, account: Account) -> list[str]:
    if not any(one.kind is OperationKind.REVOKE_SESSIONS for one in case.plan.stage(Stage.RESET)):
        return []
    counts = {"sessions": account.sessions, "refresh_tokens": account.refresh_tokens}
    return [name for name, count in counts.items() if count]


def _refused(states: Iterable[OperationState]) -> list[str]:
    """Refused operations whose absence no fresh read would show."""
    return [
        one.operation.key
        for one in states
        if one.operation.stage is Stage.RESET and one.refused and one.operation.kind not in _READ_BACK
    ]
