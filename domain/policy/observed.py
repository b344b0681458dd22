"""Methods that no approver can merely claim: the product must have observed them as events (R14)."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from domain.account import FactorKind
from domain.acts import Method, ObservationBody, VerdictBody
from domain.audit import Reported
from domain.case import Reason
from domain.policy.age import is_old_enough
from domain.policy.decision import ALLOWED, Decision, refuse
from domain.refusal_codes import Code
from domain.texts import Text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from domain.acts import Act
    from domain.case import Case

_NOT_A_FACTOR = frozenset({None, "password", "trusted_browser", "backup_code", "backup_codes"})
_SAID_TO_BE_GONE = {
    Reason.LOST_PHONE: {FactorKind.TOTP, FactorKind.PUSH, FactorKind.SMS},
    Reason.WIPED_DEVICE: {FactorKind.TOTP, FactorKind.PUSH},
    Reason.LOST_SECURITY_KEY: {FactorKind.WEBAUTHN},
}
"""Kinds of factor that the caller says they no longer have: a sign-in with one is another person's."""


def working_factor_observed(case: Case, acts: Sequence[Act]) -> Decision:
    """The subject signed in with a factor they still hold, after the case opened.

    Not where the device is in other hands: the thief holds its factors. Nor with a kind that is said to be lost.
    """
    if case.hostile:
        return refuse(
            "R14", Code.FACTOR_MAY_BE_STOLEN, "With a device in other hands a sign-in with a factor proves nothing."
        )
    # A factor enrolled lately, or since the opening and in a plan made anew, may be a password thief's.
    known = {one.id for one in case.snapshot.factors if is_old_enough(case, one.enrolled_at)}
    kinds = {
        one.factor_kind for one in _since_opening(case, acts, Reported.SIGNED_IN) if one.factor_id in known
    } - _NOT_A_FACTOR
    gone = _SAID_TO_BE_GONE.get(case.intake.reason, set())
    if kinds and kinds <= gone:
        return refuse(
            "R14",
            Code.FACTOR_SAID_TO_BE_LOST,
            "The sign-in was with the very kind of factor that is said to be lost, so it proves nothing. Ask security.",
        )
    return _observed(kinds - gone, Text("No sign-in with a factor was seen since the case opened."))


def federated_sign_in_observed(case: Case, acts: Sequence[Act]) -> Decision:
    """The subject signed in at another identity provider with MFA after the case opened, as a connector reported."""
    seen = {body.event_id for body in _since_opening(case, acts, Reported.FEDERATED_SIGN_IN)}
    return _observed(seen, Text("No federated sign-in with a second factor was seen since the case opened."))


def identity_document_observed(case: Case, acts: Sequence[Act], reference: str, at: datetime) -> Decision:
    """The verification provider reported this very check as passed for this case; one check serves one verdict.

    It keeps no longer than the verdict that rests on it would (R21).
    """
    oldest = at - timedelta(hours=case.policy.verification.fresh_hours)
    passed = {body.event_id: body.at for body in _observations(acts) if body.event == Reported.DOCUMENT_VERIFIED}
    when = passed.get(reference)
    if when is not None and when < oldest:
        return refuse("R21", Code.DOCUMENT_CHECK_STALE, "That check of an identity document is too old; start another.")
    return _observed(reference in passed, Text("No passed check of an identity document of this reference was seen."))


def check_used_before(acts: Sequence[Act], reference: str) -> bool:
    """Whether a verdict has already been given on this identity-document check."""
    return any(
        isinstance(act.body, VerdictBody)
        and act.body.method is Method.IDENTITY_DOCUMENT
        and act.body.evidence.reference == reference
        for act in acts
    )


def _since_opening(case: Case, acts: Sequence[Act], event: str) -> list[ObservationBody]:
    return [
        body
        for body in _observations(acts)
        if body.event == event and body.at is not None and body.at >= case.opened_at
    ]


def _observations(acts: Sequence[Act]) -> list[ObservationBody]:
    return [act.body for act in acts if isinstance(act.body, ObservationBody)]


def _observed(seen: object, otherwise: Text) -> Decision:
    return ALLOWED if seen else refuse("R14", Code.METHOD_NOT_OBSERVED, otherwise)
