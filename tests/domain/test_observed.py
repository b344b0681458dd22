"""Methods that must have been observed: a working factor is one that the subject had before (R14)."""

from __future__ import annotations

import pytest

from domain.acts import ObservationBody
from domain.policy.observed import working_factor_observed
from tests.domain.builders import HOSTILE, TOTP, act, after, case


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
    of = case()
    seen = ObservationBody(
        event="user.signed_in", event_id="e1", at=after(minutes=minutes), factor_kind=kind, factor_id=factor_id
    )
    acts = [act(of, seen, None, after(minutes=6), proved=None)]
    assert working_factor_observed(of, acts).code == code


def test_not_where_the_device_is_in_other_hands() -> None:
    """R14, R30: whoever holds the device holds its factors."""
    of = case(stated=HOSTILE)
    assert working_factor_observed(of, []).code == "factor_may_be_stolen"
