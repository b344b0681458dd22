"""What the exploration of the rules has found, each as the smallest case that shows it."""

from __future__ import annotations

from datetime import timedelta

from domain.account import Factor, FactorKind
from domain.acts import ObservationBody
from domain.policy.observed import working_factor_observed
from tests.domain.builders import OPENED, TOTP, account, act, after, case


def test_a_plan_made_anew_makes_no_later_factor_a_working_one() -> None:
    """R14 R16 R20: a factor enrolled during the case, or shortly before, proves nothing, whatever the snapshot."""
    for enrolled_at in (after(minutes=3), OPENED - timedelta(days=13), None):
        later = Factor(id="f-later", kind=FactorKind.TOTP, label="Another phone", enrolled_at=enrolled_at)
        of = case(about=account(factors=(TOTP, later)))
        body = ObservationBody(
            event="user.signed_in", event_id="e1", at=after(minutes=5), factor_kind="totp", factor_id=later.id
        )
        seen = [act(of, body, None, after(minutes=6), proved=None)]
        assert working_factor_observed(of, seen).code == "method_not_observed"
