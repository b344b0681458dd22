"""Backup codes come first (R10 to R12)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.acts import ActKind, CodesUnavailableBody, ObservationBody
from domain.audit import Reported
from domain.policy.decision import ALLOWED, Decision, refuse
from domain.policy.evidence import is_worded
from domain.refusal_codes import Code
from domain.texts import Text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from domain.acts import Act
    from domain.case import Case

HOW_TO_USE_A_CODE = Text(
    "Tell the caller: sign in with the password and one of the backup codes, set up the new app from the profile "
    "page, then make new backup codes there."
)


def codes_hold_the_case(case: Case, acts: Sequence[Act]) -> bool:
    """Whether the case stops at the codes: some are left and the agent has not said why they cannot be used (R10).

    With the device in other hands the codes count as stolen.

    R10: A case with backup codes left stops there; with the device in other hands they count as stolen.
    """
    if case.hostile or case.snapshot.backup_codes_left == 0:
        return False
    return not any(act.kind is ActKind.CODES_UNAVAILABLE for act in acts)


def sign_in_observed(acts: Sequence[Act]) -> bool:
    """Whether the provider reported a sign-in with a backup code since the case opened (R11)."""
    return any(isinstance(act.body, ObservationBody) and act.body.event == Reported.SIGNED_IN_WITH_CODE for act in acts)


def confirmed_self_service(acts: Sequence[Act]) -> bool:
    """Whether the agent has confirmed that observed sign-in with the caller (R11)."""
    return any(act.kind is ActKind.CODES_USED for act in acts)


def may_state_unavailable(body: CodesUnavailableBody, case: Case) -> Decision:
    """The agent's statement must say why; a wish for a reset is no reason (R11).

    R11: A case leaves the codes by the agent's worded statement why none can be used, or ends by an observed sign-in
    with one that the agent confirms.
    """
    if case.hostile:
        return codes_may_serve(case)
    if not is_worded(body.statement):
        return refuse("R11", Code.STATEMENT_MISSING, "Say in a sentence why the codes cannot be used.")
    return ALLOWED


def codes_may_serve(case: Case) -> Decision:
    """With the device in other hands the codes count as stolen: a sign-in with one may be the thief's (R10)."""
    if case.hostile:
        return refuse(
            "R10", Code.CODES_COUNT_AS_STOLEN, "With the device in other hands the codes count as stolen already."
        )
    return ALLOWED


def may_confirm_used(acts: Sequence[Act]) -> Decision:
    """Only an observed sign-in can be confirmed (R11)."""
    if not sign_in_observed(acts):
        return refuse(
            "R11",
            Code.NO_SIGN_IN_OBSERVED,
            "No sign-in with a backup code has been seen yet. Stay on the line until the caller is in.",
        )
    return ALLOWED
