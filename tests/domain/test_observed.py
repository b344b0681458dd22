"""Methods that must have been observed: a working factor is one that the subject had before (R14)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from domain.acts import ObservationBody
from domain.case import Reason
from domain.policy.observed import (
    federated_sign_in_observed,
    identity_document_observed,
    working_factor_observed,
)
from tests.domain.builders import HOSTILE, OPENED, TOTP, account, act, after, case, intake


@pytest.mark.parametrize(
    ("factor_id", "kind", "minutes", "code"),
    [
        (TOTP.id, "totp", 5, "allowed"),
        ("f-enrolled-since", "totp", 5, "method_not_observed"),
        (None, "totp", 5, "method_not_observed"),
        (TOTP.id, "backup_code", 5, "method_not_observed"),
        (TOTP.id, "totp", -5, "method_not_observed"),
    ],
)
def test_a_working_factor_was_there_before(factor_id: str | None, kind: str, minutes: int, code: str) -> None:
    """R14: a sign-in after the opening, with a factor on record at it; one enrolled since proves nothing."""
    of = case(stated=intake(Reason.BROKEN_FACTOR))
    seen = ObservationBody(
        event="user.signed_in", event_id="e1", at=after(minutes=minutes), factor_kind=kind, factor_id=factor_id
    )
    acts = [act(of, seen, None, after(minutes=6), proved=None)]
    assert working_factor_observed(of, acts).code == code


@pytest.mark.parametrize(
    ("reason", "kind", "code"),
    [
        (Reason.LOST_PHONE, "totp", "factor_said_to_be_lost"),
        (Reason.LOST_PHONE, "sms", "factor_said_to_be_lost"),
        (Reason.LOST_PHONE, "webauthn", "allowed"),
        (Reason.WIPED_DEVICE, "totp", "factor_said_to_be_lost"),
        (Reason.LOST_SECURITY_KEY, "webauthn", "factor_said_to_be_lost"),
        (Reason.LOST_SECURITY_KEY, "totp", "allowed"),
        (Reason.BROKEN_FACTOR, "totp", "allowed"),
    ],
)
def test_the_factor_that_is_said_to_be_lost_proves_nothing(reason: Reason, kind: str, code: str) -> None:
    """R14: who signs in with what the caller says they lost is a stranger, or the story is wrong."""
    of = case(stated=intake(reason))
    seen = ObservationBody(
        event="user.signed_in", event_id="e1", at=after(minutes=5), factor_kind=kind, factor_id=TOTP.id
    )
    acts = [act(of, seen, None, after(minutes=6), proved=None)]
    assert working_factor_observed(of, acts).code == code


@pytest.mark.parametrize(("hours", "code"), [(23, "allowed"), (25, "document_check_stale")])
def test_a_document_check_keeps_for_a_day(hours: int, code: str) -> None:
    """R21: a check of an identity document is as good as a verdict is fresh, and no longer."""
    of = case()
    seen = ObservationBody(event="identity_document.verified", event_id="check-1", at=after(minutes=5))
    acts = [act(of, seen, None, after(minutes=6), proved=None)]
    assert identity_document_observed(of, acts, "check-1", after(hours=hours)).code == code


def test_not_where_the_device_is_in_other_hands() -> None:
    """R14, R30: a thief of the device holds its factors."""
    of = case(stated=HOSTILE)
    assert working_factor_observed(of, []).code == "factor_may_be_stolen"


def test_a_factor_enrolled_just_before_the_case_proves_nothing() -> None:
    """R14, R16: a thief of the password may have enrolled one yesterday, to sign in with it today."""
    young = TOTP.model_copy(update={"enrolled_at": OPENED - timedelta(days=1)})
    of = case(about=account(factors=(young,)), stated=intake(Reason.BROKEN_FACTOR))
    seen = ObservationBody(
        event="user.signed_in", event_id="e1", at=after(minutes=5), factor_kind="totp", factor_id=young.id
    )
    acts = [act(of, seen, None, after(minutes=6), proved=None)]
    assert working_factor_observed(of, acts).code == "method_not_observed"


@pytest.mark.parametrize(
    ("event", "minutes", "code"),
    [
        ("user.signed_in.federated_mfa", 5, "allowed"),
        ("user.signed_in.federated_mfa", -5, "method_not_observed"),
        ("user.signed_in.federated_mfa", None, "method_not_observed"),
        ("user.signed_in", 5, "method_not_observed"),
    ],
)
def test_a_federated_sign_in_comes_after_the_opening(event: str, minutes: int | None, code: str) -> None:
    """R14: only one with MFA, reported as such, and after the case opened: an older one may be reported late."""
    of = case()
    at = None if minutes is None else after(minutes=minutes)
    acts = [act(of, ObservationBody(event=event, event_id="e1", at=at), None, after(minutes=6), proved=None)]
    assert federated_sign_in_observed(of, acts).code == code


@pytest.mark.parametrize(
    ("event", "reference", "code"),
    [
        ("identity_document.verified", "check-1", "allowed"),
        ("identity_document.verified", "check-2", "method_not_observed"),
        ("identity_document.refused", "check-1", "method_not_observed"),
    ],
)
def test_a_document_was_checked_under_this_reference(event: str, reference: str, code: str) -> None:
    """R14: the verification provider has passed exactly this check, and not another or a refused one."""
    of = case()
    seen = ObservationBody(event=event, event_id="check-1", at=after(minutes=5))
    acts = [act(of, seen, None, after(minutes=6), proved=None)]
    assert identity_document_observed(of, acts, reference, after(minutes=9)).code == code
